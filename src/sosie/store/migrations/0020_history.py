"""Whom each entry of the log is about, by which the history of a party is found; noted of every
entry that is there already. What operators did is append-only, too."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from sosie.store.triggers import refuse

_TABLE, _ACTS = "store_logparty", "account_store_operatoract"
_NAMED = ("party", "by", "model", "brand", "agency", "owner")
_HERS = (b"picture.approved", b"picture.refused", b"picture.recognized")
_THE_BRANDS = (b"shoot.ordered", b"picture.released", b"change.ordered")


def note_all(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Note whom the entries are about that are there."""
    del schema_editor
    opening, noted = apps.get_model("store", "Opening"), apps.get_model("store", "LogParty")
    parties = set(apps.get_model("store", "Party").objects.values_list("pk", flat=True))
    owners = dict(apps.get_model("store", "Twin").objects.values_list("pk", "owner"))
    sides = {
        pk: rest
        for pk, *rest in apps.get_model("store", "License").objects.values_list(
            "pk", "model", "brand", "agency"
        )
    }
    under = {}
    for name, way in (("Shoot", "license"), ("Picture", "license"), ("Seal", "picture__license")):
        under.update(apps.get_model("store", name).objects.values_list("pk", way))
    rows = []
    for each in opening.objects.select_related("entry").order_by("entry").iterator():
        said, leaf = each.record, bytes(each.entry.leaf)
        about = {"seal": said.get("number"), **(said.get("reference") or {}), **said}
        license = about.get("license") or next(
            (under[about[key]] for key in ("picture", "shoot", "seal") if about.get(key) in under),
            None,
        )
        model, brand, agency = sides.get(license, (None, None, None))
        named = {said[key] for key in _NAMED if isinstance(said.get(key), str)} & parties
        by = said.get("by") or said.get("party")
        if any(act in leaf for act in _HERS):
            by = model
        elif any(act in leaf for act in _THE_BRANDS):
            by = brand
        found = named | {owners.get(about.get("twin")), model, brand, agency}
        rows += [
            noted(entry_id=each.entry_id, party_id=party, acted=party == by)
            for party in sorted(found - {None})
        ]
    noted.objects.bulk_create(rows, batch_size=500)


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers in the dialect of the database."""
    del apps
    refuse(schema_editor, _TABLE, "UPDATE", f"{_TABLE} is append-only")
    for event in ("UPDATE", "DELETE"):
        refuse(schema_editor, _ACTS, event, f"{_ACTS} is append-only")


class Migration(migrations.Migration):
    """Adds the table and fills it; taking it away again is not offered."""

    dependencies = (("store", "0019_lists"), ("account_store", "0004_operator_acts"))
    operations = (
        migrations.CreateModel(
            name="LogParty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("acted", models.BooleanField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parties",
                        to="store.logentry",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history",
                        to="store.party",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("party", "entry"), name="about_a_party_once")
                ],
            },
        ),
        migrations.RunPython(refuse_changes),
        migrations.RunPython(note_all),
    )
