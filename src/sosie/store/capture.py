"""The tables of a capture that goes on: photographs of which no version of a twin was made yet.
(`sosie.store.models` loads them.)"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from sosie.store.digests import Digests


class CaptureDraft(models.Model):
    """A capture that a model builds up on the pages: nothing of it is signed, and nobody else sees
    it."""

    twin = models.SlugField(max_length=40, unique=True)
    """She signed the consent to it; it need not be made yet."""
    model = models.ForeignKey("store.Party", models.PROTECT, related_name="captures")
    shown_as = models.CharField(max_length=120)
    measurements = models.JSONField(default=dict)
    begun_at = models.DateTimeField()


class DraftPhoto(models.Model):
    """One photograph of it, with the points that were proposed or that she moved, and what was
    found when it was looked at."""

    draft = models.ForeignKey(CaptureDraft, models.CASCADE, related_name="photos")
    name = models.SlugField(max_length=40)
    digest = Digests()
    length = models.PositiveIntegerField()
    """In bytes."""
    judged = models.JSONField()
    """`core.capture.Kept`."""
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draft", "name"], name="photo_named_once"),
        ]
