from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0002_invitation_and_email_change'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('email_code', 'Email Code'), ('account_exists', 'Account Exists'), ('password_reset', 'Password Reset'), ('invitation', 'Invitation'), ('email_change', 'Email Change'), ('booked', 'Booked'), ('rescheduled', 'Rescheduled'), ('cancelled', 'Cancelled'), ('reminder', 'Reminder')], max_length=20),
        ),
    ]
