"""The workspace that this process shows."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from sosie import metrics, wiring
from sosie.core.ports import Outside


@cache
def outside() -> Outside:
    """Return what services are handed: one for the whole process, with its indexes in memory, and
    with the passphrase of the house where the server was given it, never that of a party; files
    from strangers are decoded in a process of their own."""
    return wiring.opened(settings.WORKSPACE, settings.HOUSE_PASSPHRASE, strangers=metrics.unread)


def now() -> datetime:
    """Return the time of an act: UTC, whole seconds."""
    return timezone.now().replace(microsecond=0)


def site(request: HttpRequest) -> str:
    """Return where others reach these pages, without a slash at the end."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")


def unattended() -> str:
    """Return why nobody does what is asked for here: `closed` (this server has not the passphrase
    of the house), `no_worker` (none is there); empty where a worker is."""
    if not settings.HOUSE_PASSPHRASE:
        return "closed"
    return "" if wiring.worker_is_present(settings.WORKSPACE) else "no_worker"
