"""The hash of all that a decision was made from: canonical JSON, in which what is unknown is left
out and what is empty stays."""

from __future__ import annotations

import json
from datetime import date
from operator import attrgetter
from typing import Any

from sosie.core.terms import Terms
from sosie.core.use import Other, State, Use
from sosie.core.values import Digest, digest

_USE = (
    *("account", "act", "alterations", "campaign", "channel", "collections", "depictions"),
    *("garments", "licensee", "others", "picture", "pictures", "placements", "purpose"),
    *("territories", "twin", "twin_version"),
)
_of_use = attrgetter(*_USE)
# Keys are written down in their order, so that nothing need be sorted (`test_license.py`).
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False)


def inputs(use: Use, terms: Terms, state: State, on: date) -> Digest:
    """Return the digest of all that a decision was made from."""
    said = {
        "on": on.isoformat(),
        "state": _state(state),
        "terms": _digest_of(terms),
        "use": _use(use),
    }
    return digest(_ENCODER.encode(said).encode())


def inputs_json(use: Use, state: State, on: date) -> dict[str, Any]:
    """Return use, state and day as plain JSON values, their keys in alphabetical order."""
    return {"on": on.isoformat(), "state": _state(state), "use": _use(use)}


def _use(use: Use) -> dict[str, Any]:
    return {key: value for key, value in zip(_USE, _of_use(use), strict=False) if value is not None}


def _state(state: State) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if state.approvals is not None:
        said["approvals"] = dict(sorted(state.approvals.items()))
    if state.campaigns is not None:
        said["campaigns"] = dict(sorted(state.campaigns.items()))
    said["consent_live"] = state.consent_live
    if state.declined_on is not None:
        said["declined_on"] = state.declined_on.isoformat()
    said["earned"] = state.earned
    if state.others is not None:
        said["others"] = [_other(each) for each in state.others]
    said["pictures_made"] = state.pictures_made
    said["placements_out"] = state.placements_out
    said["renditions_out"] = state.renditions_out
    if state.revoked_on is not None:
        said["revoked_on"] = state.revoked_on.isoformat()
    said["signed_by"] = sorted(state.signed_by)
    if state.signed_on is not None:
        said["signed_on"] = state.signed_on.isoformat()
    if state.superseded_by is not None:
        said["superseded_by"] = state.superseded_by
    if state.suspended_on is not None:
        said["suspended_on"] = state.suspended_on.isoformat()
    if state.training_allowed:
        said["training_allowed"] = True
    return said


def _other(other: Other) -> dict[str, Any]:
    held = other.exclusivity
    said: dict[str, Any] = {
        "category": other.category,
        "countries": sorted(other.countries),
        "days": [other.days.start.isoformat(), other.days.end.isoformat()],
        "exclusivity": None if held is None else held.model_dump(mode="json", by_alias=True),
        "license": other.license,
        "licensee": other.licensee,
    }
    canonical_order: dict[str, Any] = json.loads(json.dumps(said, sort_keys=True))
    return canonical_order


_DIGESTS: dict[int, tuple[Terms, Digest]] = {}


def _digest_of(terms: Terms) -> Digest:
    """Return the digest of frozen terms, computed once while they are in use.

    Kept by identity together with the terms themselves, so that an id is never that of others.
    """
    kept = _DIGESTS.get(id(terms))
    if kept is not None and kept[0] is terms:
        return kept[1]
    if len(_DIGESTS) >= 1024:
        _DIGESTS.clear()
    made = terms.digest()
    _DIGESTS[id(terms)] = (terms, made)
    return made
