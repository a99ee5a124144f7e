from django.db import migrations, models
from django.db.models import OuterRef, Subquery

import medicare_django.accounts.models


def fill_addresses(apps, schema_editor):
    """Codes proved the address of their account until now."""
    users = apps.get_model("accounts", "UserProfile").objects.filter(pk=OuterRef("user_id"))
    email, canonical = (
        Subquery(users.values(name)[:1]) for name in ("email", "email_canonical")
    )
    codes = apps.get_model("accounts", "OneTimeCode").objects
    codes.update(email=email, account_email=email, email_canonical=canonical)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='onetimecode',
            name='email',
            field=medicare_django.accounts.models.PlainEmailField(default='', max_length=254, verbose_name='e-mail'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='onetimecode',
            name='email_canonical',
            field=medicare_django.accounts.models.CanonicalEmailField(default='', editable=False, max_length=254),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='onetimecode',
            name='account_email',
            field=medicare_django.accounts.models.PlainEmailField(default='', max_length=254),
            preserve_default=False,
        ),
        migrations.RunPython(fill_addresses, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='onetimecode',
            index=models.Index(fields=['email_canonical', 'issued_at'], name='code_of_address'),
        ),
    ]
