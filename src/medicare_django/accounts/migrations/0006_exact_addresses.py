from django.db import migrations

COLUMNS = {
    "UserProfile": ["email", "email_canonical"],
    "OneTimeCode": ["email", "email_canonical", "account_email"],
}


def compare_exactly(apps, schema_editor):
    """Of tables that were made before these columns had a collation of their own on MySQL."""
    if schema_editor.connection.vendor != "mysql":
        return
    quoted = schema_editor.quote_name
    for name, columns in COLUMNS.items():
        model = apps.get_model("accounts", name)
        changes = ", ".join(
            f"MODIFY {quoted(column)} varchar(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"
            for column in columns
        )
        schema_editor.execute(f"ALTER TABLE {quoted(model._meta.db_table)} {changes}")


class Migration(migrations.Migration):
    atomic = False  # MySQL cannot take a change of a table back

    dependencies = [
        ('accounts', '0005_login_that_a_code_goes_with'),
    ]

    operations = [
        migrations.RunPython(compare_exactly, migrations.RunPython.noop),
    ]
