from django.db import migrations, models


class Migration(migrations.Migration):
    """A change of address that is under way, for ten minutes at most, has to be asked for again."""

    dependencies = [
        ('accounts', '0003_cleaned_pictures'),
    ]

    operations = [
        migrations.AddField(
            model_name='onetimecode',
            name='password_mark',
            field=models.CharField(default='', max_length=64),
            preserve_default=False,
        ),
    ]
