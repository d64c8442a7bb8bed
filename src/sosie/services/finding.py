"""What was found of a picture, in a link: signed by this workspace, and kept nowhere.

The link itself holds the finding (what was concluded, the steps, the SHA-256 of the file, the day),
neither the picture nor its name. So there is nothing to delete, and nothing to list.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core import signing

from sosie.core.seal import Report, spell
from sosie.core.values import Refusal
from sosie.services import publication

DAYS = 90
"""For which a link is answered."""
_SALT = "sosie.finding/1"
_MOST = 8000
"""Characters of a link that is looked at."""


def of(report: Report, *, now: datetime) -> dict[str, Any]:
    """Return what a report concludes, as plain values that say nothing of the picture but its
    SHA-256: what a page shows, and what a link holds."""
    placed = report.placement
    return {
        "at": now.replace(microsecond=0).isoformat(),
        "outcome": report.outcome.value,
        "exit_code": report.exit_code,
        "sentence": report.sentence,
        "number": None if report.number is None else spell(report.number),
        "standing": (report.subject or {}).get("standing"),
        "placed": None if placed is None else placed.outcome.value,
        "regions": [str(box) for box in report.regions],
        "digest": report.judged.digest,
        "on": report.judged.on.isoformat(),
        "steps": [step.as_dict() for step in report.steps],
    }


def link(said: Mapping[str, Any]) -> str:
    """Return what the link to a finding holds: the finding itself, signed."""
    return signing.dumps(said, salt=_SALT, compress=True)


def read(token: str, *, now: datetime) -> dict[str, Any] | Refusal:
    """Return the finding that a link holds; none that is old, or about what is public no more."""
    try:
        if len(token) > _MOST:
            raise signing.BadSignature
        said: dict[str, Any] = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        text = "this link holds no finding of ours: copy it whole, or check the picture anew"
        return Refusal.because("finding.unknown", text)
    until = datetime.fromisoformat(said["at"]) + timedelta(days=DAYS)
    gone = said["number"] is not None and publication.find(said["number"]) is None
    if until <= now or gone:
        text = "this finding is not told any more: check the picture anew"
        return Refusal.because("finding.expired", text)
    return said
