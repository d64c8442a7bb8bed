"""What a brand says of a picture it may say again: the newest word counts, and each is kept."""

from typing import ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from sosie.store.triggers import allow, refuse

_TABLE, _READS = "store_signedact", "store_actevidence"
_CERTIFIED = "(SELECT certificate FROM store_signedact WHERE id = NEW.act_id) <> ''"


def take_away(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the trigger away that reads the table: SQLite makes the table anew."""
    del apps
    allow(schema_editor, _READS, "INSERT")


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers anew, as `0002_append_only` and `0016_act_evidence` did."""
    del apps
    for event in ("UPDATE", "DELETE"):
        refuse(schema_editor, _TABLE, event, f"{_TABLE} is append-only")
    message = "a statement is signed by a key or by a passkey"
    refuse(schema_editor, _READS, "INSERT", message, when=_CERTIFIED)


class Migration(migrations.Migration):
    """Asks for one statement a party, act and subject but for those; not to be taken back."""

    dependencies: ClassVar = [("store", "0025_comps")]
    operations: ClassVar = [
        migrations.RunPython(take_away),
        migrations.RemoveConstraint(model_name="signedact", name="said_once"),
        migrations.AddConstraint(
            model_name="signedact",
            constraint=models.UniqueConstraint(
                fields=["party", "act", "subject"],
                condition=~models.Q(act__in=("picture.accept", "picture.decline")),
                name="said_once",
            ),
        ),
        migrations.RunPython(refuse_changes),
    ]
