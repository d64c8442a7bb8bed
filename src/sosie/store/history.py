"""Whom each entry of the log is about."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class LogParty(models.Model):
    """That an entry of the log is about a party: by which her history is found."""

    entry = models.ForeignKey("store.LogEntry", models.PROTECT, related_name="parties")
    party = models.ForeignKey("store.Party", models.PROTECT, related_name="history")
    acted = models.BooleanField()
    """Whether it was she who did it."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["party", "entry"], name="about_a_party_once"),
        ]
