"""The tables of what comes before a license: what brands see of a twin, and what a brand is still
writing. (`sosie.store.models` loads them.)"""

from __future__ import annotations

from django.db import models


class TwinListing(models.Model):
    """What a model lets brands see of a twin, as she signed it; the newest counts."""

    twin = models.ForeignKey("store.Twin", models.PROTECT, related_name="listings")
    body = models.JSONField()
    statement = models.OneToOneField("store.SignedAct", models.PROTECT)


class LicenseDraft(models.Model):
    """What a brand has filled in to ask for a license: nothing of it is signed, and nobody else
    sees it."""

    brand = models.ForeignKey("store.Party", models.PROTECT, related_name="drafts")
    twin = models.ForeignKey("store.Twin", models.PROTECT, related_name="drafts")
    said = models.JSONField(default=dict)
    """As it was typed, by the name of the field: a list of texts each."""
    changed_at = models.DateTimeField()
