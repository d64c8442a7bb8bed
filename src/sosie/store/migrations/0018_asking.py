"""What brands see of a twin, as its model signed it (append-only), and unsent requests."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from sosie.store.triggers import refuse

_LISTING = "store_twinlisting"


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers in the dialect of the database."""
    del apps
    for event in ("UPDATE", "DELETE"):
        refuse(schema_editor, _LISTING, event, f"{_LISTING} is append-only")


def _key() -> tuple[str, "models.BigAutoField[int, int]"]:
    return (
        "id",
        models.BigAutoField(
            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
        ),
    )


class Migration(migrations.Migration):
    """Adds the tables and the triggers; taking them away again is not offered."""

    dependencies = (("store", "0017_bond"),)
    operations = (
        migrations.CreateModel(
            name="TwinListing",
            fields=[
                _key(),
                ("body", models.JSONField()),
                (
                    "twin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="listings",
                        to="store.twin",
                    ),
                ),
                (
                    "statement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, to="store.signedact"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LicenseDraft",
            fields=[
                _key(),
                ("said", models.JSONField(default=dict)),
                ("changed_at", models.DateTimeField()),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="store.party",
                    ),
                ),
                (
                    "twin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="store.twin",
                    ),
                ),
            ],
        ),
        migrations.RunPython(refuse_changes),
    )
