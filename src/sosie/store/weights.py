"""The table of trained weights. (`sosie.store.models` loads it.)"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from sosie.store.digests import Digests


class TwinWeights(models.Model):
    """Weights of a twin, trained for one license: encrypted files until they are erased, then
    their hash alone."""

    class Status(models.TextChoices):
        TRAINING = "training"
        TRAINED = "trained"
        ERASED = "erased"

    twin = models.ForeignKey("store.Twin", models.PROTECT, related_name="weights")
    license = models.ForeignKey("store.License", models.PROTECT, related_name="weights")
    engine = models.CharField(max_length=40)
    base = Digests()
    """The weights that these were trained on."""
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.TRAINING)
    checkpoint = Digests(blank=True, default="")
    """The encrypted file that an unfinished training goes on from."""
    file = Digests(blank=True, default="")
    """The encrypted file of the weights."""
    digest = Digests(blank=True, default="")
    """Of the weights themselves; kept as evidence."""
    metrics = models.JSONField(default=dict)
    recipe = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["license", "engine", "base"],
                condition=~Q(status="erased"),
                name="weights_once_a_license",
            ),
            models.CheckConstraint(
                condition=Q(status="training", file="", digest="")
                | (Q(status="trained", checkpoint="") & ~Q(file="") & ~Q(digest=""))
                | Q(status="erased", checkpoint="", file=""),
                name="weights_as_their_status_says",
            ),
        ]
