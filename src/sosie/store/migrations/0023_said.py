"""Columns of licenses that the database keeps equal to what their terms say, for lists to read."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from sosie.store.triggers import refuse

_TABLE = "store_license"


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers anew, as `0004_life_kept` did: altering a table drops them in SQLite."""
    del apps
    parties = "UPDATE OF model_id, brand_id, twin_id"
    refuse(schema_editor, _TABLE, parties, f"{_TABLE} keeps its parties")
    refuse(
        schema_editor,
        _TABLE,
        "UPDATE OF terms, terms_digest",
        f"{_TABLE} keeps its terms once its contract is made",
        when="OLD.contract <> ''",
        name=f"{_TABLE}_terms_kept",
    )
    refuse(schema_editor, _TABLE, "DELETE", f"{_TABLE} keeps its rows")


def _said(name: str, output: models.Field[Any, Any], clause: str, part: str) -> Any:
    said = KeyTextTransform(part, KeyTransform(clause, "terms") if clause else "terms")
    field = models.GeneratedField(
        expression=Cast(said, output), output_field=output, db_persist=True
    )
    return migrations.AddField(model_name="license", name=name, field=field)


_DAY = models.CharField(max_length=10, null=True)
_DAYS = models.IntegerField(null=True)


class Migration(migrations.Migration):
    """Adds them; taking them away again is not offered."""

    dependencies = (("store", "0022_studio"),)
    operations = (
        _said("title", models.TextField(), "", "title"),
        _said("first_day", _DAY, "period", "from"),
        _said("last_day", _DAY, "period", "until"),
        _said("time_zone", models.TextField(null=True), "period", "time_zone"),
        _said("sell_off_days", _DAYS, "after_end", "sell_off_days"),
        _said("take_down_days", _DAYS, "withdrawal", "take_down_days"),
        migrations.RunPython(refuse_changes),
    )
