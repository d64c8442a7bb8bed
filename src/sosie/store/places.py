"""Where a brand has its releases sent, and what was sent there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Place(models.Model):
    """A folder in a bucket, or an address that is told, for what a brand releases on a channel."""

    class Ending(models.TextChoices):
        """What becomes of files in a bucket when their license ends."""

        DELETE = "delete"
        TOMBSTONE = "tombstone"
        """They are deleted, and a note says so in their place."""

    id = models.CharField(primary_key=True, max_length=8)
    brand = models.ForeignKey("store.Party", models.PROTECT, related_name="places")
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=500)
    """`s3://BUCKET/PREFIX`, or the URL of a webhook."""
    endpoint = models.CharField(max_length=300, blank=True, default="")
    region = models.CharField(max_length=40, blank=True, default="")
    ending = models.CharField(max_length=10, choices=Ending.choices, default=Ending.DELETE)
    credentials = models.BinaryField(default=b"")
    """Of a bucket, encrypted under a key of the place; empty once nothing is left to be done."""
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    """From when on nothing new is sent there."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id__regex=r"^[a-z2-7]{8}$"), name="place_id_form"),
            models.CheckConstraint(
                condition=Q(address__regex=r"^(s3|https?)://"), name="place_has_address"
            ),
            models.CheckConstraint(
                condition=Q(ending__in=["delete", "tombstone"]), name="place_ending_known"
            ),
        ]


class Errand(models.Model):
    """One release to be sent to one place, or to be taken down there."""

    class What(models.TextChoices):
        DELIVER = "deliver"
        TAKE_DOWN = "take_down"

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        ACKNOWLEDGED = "acknowledged"
        """Whoever runs the place said so; of a bucket, the store: it deleted the files."""
        FAILED = "failed"

    place = models.ForeignKey(Place, models.PROTECT, related_name="errands")
    release = models.ForeignKey("store.Release", models.PROTECT, related_name="errands")
    what = models.CharField(max_length=10, choices=What.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=200, blank=True, default="")
    """What went wrong the last time."""
    names = models.JSONField(default=list)
    """Of the files in a bucket."""
    failures = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    """Before which it is not tried again."""
    tried_at = models.DateTimeField(null=True)
    """When it was first sent, or begun to be: from then on something may be there."""
    made_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "release", "what"], name="one_errand_each"),
            models.CheckConstraint(
                condition=Q(what__in=["deliver", "take_down"]), name="errand_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "failed"])
                | Q(state="delivered", delivered_at__isnull=False)
                | Q(state="acknowledged", acknowledged_at__isnull=False),
                name="errand_state_has_its_time",
            ),
        ]
