"""The hash of all that a decision was made from."""

from __future__ import annotations

from datetime import date
from typing import Any

from sosie.core.terms import Terms
from sosie.core.use import Other, State, Use
from sosie.core.values import Digest, canonical, digest


def inputs(use: Use, terms: Terms, state: State, on: date) -> Digest:
    """Return the digest of all that a decision was made from."""
    return digest(canonical({**inputs_json(use, state, on), "terms": _digest_of(terms)}))


def inputs_json(use: Use, state: State, on: date) -> dict[str, Any]:
    """Return use, state and day as plain JSON values."""
    approvals = state.approvals
    return {
        "on": on.isoformat(),
        "state": {
            "approvals": None if approvals is None else dict(approvals),
            "campaigns": None if state.campaigns is None else dict(state.campaigns),
            "consent_live": state.consent_live,
            "earned": state.earned,
            "others": None if state.others is None else [_other(each) for each in state.others],
            "pictures_made": state.pictures_made,
            "placements_out": state.placements_out,
            "renditions_out": state.renditions_out,
            "revoked_on": None if state.revoked_on is None else state.revoked_on.isoformat(),
            "signed_by": sorted(state.signed_by),
            "signed_on": None if state.signed_on is None else state.signed_on.isoformat(),
            "superseded_by": state.superseded_by,
            "suspended_on": None if state.suspended_on is None else state.suspended_on.isoformat(),
        },
        "use": {
            "account": use.account,
            "act": use.act,
            "alterations": use.alterations,
            "campaign": use.campaign,
            "channel": use.channel,
            "collections": use.collections,
            "depictions": use.depictions,
            "garments": use.garments,
            "licensee": use.licensee,
            "others": use.others,
            "picture": use.picture,
            "pictures": use.pictures,
            "placements": use.placements,
            "purpose": use.purpose,
            "territories": use.territories,
            "twin": use.twin,
            "twin_version": use.twin_version,
        },
    }


def _other(other: Other) -> dict[str, Any]:
    held = other.exclusivity
    return {
        "category": other.category,
        "countries": sorted(other.countries),
        "days": [other.days.start.isoformat(), other.days.end.isoformat()],
        "exclusivity": None if held is None else held.model_dump(mode="json", by_alias=True),
        "license": other.license,
        "licensee": other.licensee,
    }


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
