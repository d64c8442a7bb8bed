"""Evidence of the statements that passkeys signed: append-only, and of statements without a
certificate alone."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from sosie.store.triggers import refuse

_TABLE = "store_actevidence"
_CERTIFIED = "(SELECT certificate FROM store_signedact WHERE id = NEW.act_id) <> ''"


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers in the dialect of the database."""
    del apps
    for event in ("UPDATE", "DELETE"):
        refuse(schema_editor, _TABLE, event, f"{_TABLE} is append-only")
    message = "a statement is signed by a key or by a passkey"
    refuse(schema_editor, _TABLE, "INSERT", message, when=_CERTIFIED)


class Migration(migrations.Migration):
    """Adds the table and its triggers; taking them away again is not offered."""

    dependencies = (("store", "0015_twin_weights"),)
    operations = (
        migrations.CreateModel(
            name="ActEvidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("counter", models.BigIntegerField()),
                (
                    "act",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="store.signedact",
                    ),
                ),
                (
                    "passkey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="store.passkey",
                    ),
                ),
            ],
        ),
        migrations.RunPython(refuse_changes),
    )
