"""The triggers anew, since altering a table drops them; terms are frozen once a contract is made.
Licenses from before get the steps that their rows tell of."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from sosie.store.triggers import refuse

_APPEND_ONLY = (
    "store_agreement",
    "store_release",
    "store_preference",
    "store_licenseoffer",
    "store_licensestep",
    "store_paper",
)


def refuse_changes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers in the dialect of the database."""
    del apps
    for table in _APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            refuse(schema_editor, table, event, f"{table} is append-only")
    table = "store_license"
    parties = "UPDATE OF model_id, brand_id, twin_id"
    refuse(schema_editor, table, parties, f"{table} keeps its parties")
    refuse(
        schema_editor,
        table,
        "UPDATE OF terms, terms_digest",
        f"{table} keeps its terms once its contract is made",
        when="OLD.contract <> ''",
        name=f"{table}_terms_kept",
    )
    refuse(schema_editor, table, "DELETE", f"{table} keeps its rows")


def tell_of_older(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the steps of licenses that were made before steps were kept."""
    del schema_editor
    offers = apps.get_model("store", "LicenseOffer")
    steps = apps.get_model("store", "LicenseStep")
    for row in apps.get_model("store", "License").objects.filter(offers__isnull=True):
        offers.objects.create(license=row, number=1, terms=row.terms, terms_digest=row.terms_digest)

        def tell(step: str, role: str, party: str | None, at: Any, row: Any = row) -> None:
            steps.objects.create(license=row, step=step, role=role, party_id=party, offer=1, at=at)

        tell("drafted", "brand", row.brand_id, row.drafted_at)
        if not row.contract:
            continue
        tell("asked", "brand", row.brand_id, row.drafted_at)
        tell("agreed", "model", row.model_id, row.drafted_at)
        tell("contract_made", "", None, row.drafted_at)
        for signature in row.signatures.order_by("signed_at", "id"):
            tell("signed", signature.role, signature.party_id, signature.signed_at)
        if row.revocation:
            tell("revoked", "model", row.model_id, row.revocation.at)


class Migration(migrations.Migration):
    """Adds triggers and steps; taking them away again is not offered."""

    dependencies = (("store", "0003_life"),)
    operations = (
        migrations.RunPython(tell_of_older),
        migrations.RunPython(refuse_changes),
    )
