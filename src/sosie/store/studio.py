"""The tables of the studio of a brand: what it said of pictures, plans that nobody has ordered yet,
who is at work, by what comps are known, and what is asked to go out. (`sosie.store.models` loads
them.)"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Review(models.Model):
    """What the brand says of a picture by now; every signed word of it stays (`SignedAct`)."""

    picture = models.OneToOneField("store.Picture", models.PROTECT, related_name="review")
    accepted = models.BooleanField()
    statement = models.OneToOneField("store.SignedAct", models.PROTECT)


class ShootDraft(models.Model):
    """A plan as it was laid on a page, checked and priced: nothing of it is signed, and nobody else
    sees it."""

    license = models.OneToOneField("store.License", models.PROTECT, related_name="plan")
    plan = models.JSONField()
    """`shoot/1`."""
    files = models.JSONField(default=dict)
    """The digest of each file that the plan lists."""
    told = models.JSONField()
    """What it would come to, as it was when it was checked."""
    checked_at = models.DateTimeField()


class Making(models.Model):
    """The making of the pictures of a shoot: whether a worker is to do it, and what whoever does
    it said last."""

    shoot = models.OneToOneField("store.Shoot", models.PROTECT, related_name="making")
    started = models.BooleanField(default=False)
    """Whether a worker (`sosie shoot work`) is to make them."""
    picture = models.CharField(max_length=24, blank=True, default="")
    """In work; empty once nobody is at work any more."""
    share = models.FloatField(default=0.0)
    """How much of it is made, 0 to 1."""
    what = models.CharField(max_length=80, blank=True, default="")
    heard_at = models.DateTimeField(null=True)
    deaths = models.PositiveSmallIntegerField(default=0)
    """How many that were at work on the picture ended without a word."""


class CompMark(models.Model):
    """By what a layout comp is found again, or a part of it, where it comes back as a picture."""

    picture = models.OneToOneField(
        "store.Picture", models.PROTECT, primary_key=True, related_name="comp_mark"
    )
    fingerprint = models.CharField(max_length=64)
    features = models.BinaryField()
    """As `core/features.py` writes them."""


class ReleaseRequest(models.Model):
    """One file that a brand asked for: a picture, to be sealed if it is not yet, and to go out on
    one channel. A worker does it; who asked, and when, its signed statement says."""

    class State(models.TextChoices):
        ASKED = "asked"
        BEGUN = "begun"
        DONE = "done"
        REFUSED = "refused"

    statement = models.ForeignKey("store.SignedAct", models.PROTECT, related_name="requested")
    picture = models.ForeignKey("store.Picture", models.PROTECT, related_name="requested")
    channel = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20)
    territories = models.JSONField()
    account = models.CharField(max_length=100, blank=True, default="")
    campaign = models.CharField(max_length=100, blank=True, default="")
    placements = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    reasons = models.JSONField(default=list)
    """Why it was refused."""
    release = models.OneToOneField(
        "store.Release", models.PROTECT, null=True, related_name="request"
    )
    begun = models.PositiveSmallIntegerField(default=0)
    """How many times somebody began it: more than once, where one ended without a word."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["picture", "channel"],
                condition=Q(state__in=["asked", "begun"]),
                name="one_open_request_each",
            ),
            models.CheckConstraint(
                condition=Q(state="done", release__isnull=False)
                | Q(state__in=["asked", "begun", "refused"], release__isnull=True),
                name="request_done_with_release",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state"], name="requests_by_state")]
