"""The workspace that this process shows."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.http import HttpRequest

from sosie import wiring
from sosie.core.ports import Outside


@cache
def outside() -> Outside:
    """Return what services are handed: one for the whole process, with its indexes in memory, and
    without any passphrase; files from strangers are decoded in a process of their own."""
    return wiring.opened(settings.WORKSPACE, "", strangers=True)


def site(request: HttpRequest) -> str:
    """Return where others reach these pages, without a slash at the end."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
