"""What lists are read by: indexes, and columns for what was only in the JSON of another table."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Case, CharField, F, OuterRef, Subquery, Value, When
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, NullIf

from sosie.store.triggers import allow, refuse

_FILLED = ("store_posting", "store_release")


def fill(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Fill the columns of the rows that are there; nothing else of them can change."""
    table = {
        name: apps.get_model("store", name)
        for name in ("Posting", "LedgerEntry", "Release", "Seal")
    }
    for each in _FILLED:
        allow(schema_editor, each, "UPDATE")
    entry = table["LedgerEntry"].objects.filter(pk=OuterRef("entry_id"))
    license, release = (_text(key, "reference", "body") for key in ("license", "release"))
    paid = When(body__basis__ground="payment", then=Value(None))
    table["Posting"].objects.update(
        on=Subquery(entry.values("on")),
        license=Subquery(entry.annotate(said=license).values("said")),
        release=Subquery(entry.annotate(said=Case(paid, default=release)).values("said")),
    )
    seal = table["Seal"].objects.filter(pk=OuterRef("seal_id"))
    table["Release"].objects.update(license=Subquery(seal.values("picture__license")))
    for each in _FILLED:
        refuse(schema_editor, each, "UPDATE", f"{each} is append-only")


def _text(key: str, *path: str) -> NullIf:
    at: Any = F(path[-1])
    for name in reversed(path[:-1]):
        at = KeyTransform(name, at)
    # SQLite says `null` of what is null in JSON.
    return NullIf(Cast(KeyTextTransform(key, at), CharField()), Value("null"))


class Migration(migrations.Migration):
    """Adds them, and fills the columns; taking them away again is not offered."""

    dependencies = (("store", "0018_asking"),)
    operations = (
        migrations.AddField(
            model_name="posting",
            name="license",
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name="posting",
            name="on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="posting",
            name="release",
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name="release",
            name="license",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="releases",
                to="store.license",
            ),
        ),
        migrations.AddIndex(
            model_name="licensestep",
            index=models.Index(fields=["license", "step"], name="steps_of_a_license"),
        ),
        migrations.AddIndex(
            model_name="paper",
            index=models.Index(fields=["party", "-dated", "-id"], name="papers_of_a_party"),
        ),
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                fields=["license", "status", "made_at", "id"], name="pictures_of_a_license"
            ),
        ),
        migrations.AddIndex(
            model_name="release",
            index=models.Index(fields=["license", "at"], name="releases_of_a_license"),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(
                fields=["party", "account", "on", "currency", "minor", "entry"],
                name="postings_of_a_party",
            ),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(
                condition=models.Q(("release__isnull", False)),
                fields=["release", "account", "party", "currency", "minor"],
                name="postings_of_a_release",
            ),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(fields=["license", "account"], name="postings_of_a_license"),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(fields=["account", "entry"], name="postings_on_an_account"),
        ),
        migrations.AddIndex(
            model_name="signedact",
            index=models.Index(fields=["subject", "act"], name="acts_about"),
        ),
        migrations.AddIndex(
            model_name="signedact",
            index=models.Index(fields=["party", "-at", "-id"], name="acts_of_a_party"),
        ),
        migrations.RunPython(fill),
    )
