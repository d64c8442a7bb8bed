"""The tables of the studio of a brand: what it said of pictures, plans that nobody has ordered yet,
who is at work, and by what comps are known. (`sosie.store.models` loads them.)"""

from __future__ import annotations

from django.db import models


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
