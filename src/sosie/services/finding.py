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
_STEP = ("number", "name", "state", "code", "sentence")


def link_of(report: Report, *, now: datetime) -> str:
    """Return what the link to a finding holds. A report on what is no longer public can be put in a
    link, and is not told by it."""
    placed, standing = report.placement, (report.subject or {}).get("standing")
    said = {
        "at": int(now.timestamp()),
        "outcome": report.outcome.value,
        "exit": report.exit_code,
        "sentence": report.sentence,
        "number": None if report.number is None else spell(report.number),
        "standing": standing,
        "placed": None if placed is None else placed.outcome.value,
        "differs": [str(box) for box in report.regions],
        "digest": report.judged.digest,
        "on": report.judged.on.isoformat(),
        "steps": [[each.as_dict()[name] for name in _STEP] for each in report.steps],
    }
    return signing.dumps(said, salt=_SALT, compress=True)


def read(token: str, *, now: datetime) -> Mapping[str, Any] | Refusal:
    """Return the finding in a link, as plain values; ``until`` is when it is answered no more."""
    try:
        if len(token) > _MOST:
            raise signing.BadSignature
        said = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        text = "this link holds no finding of ours: copy it whole, or check the picture anew"
        return Refusal.because("finding.unknown", text)
    at = datetime.fromtimestamp(said["at"], now.tzinfo)
    until = at + timedelta(days=DAYS)
    gone = said["number"] and publication.find(said["number"]) is None
    if until <= now or gone:
        text = "this finding is not told any more: check the picture anew"
        return Refusal.because("finding.expired", text)
    steps = [dict(zip(_STEP, step, strict=True)) for step in said["steps"]]
    return {**said, "at": at, "until": until, "steps": steps}
