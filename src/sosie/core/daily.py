"""The daily check: every placement judged anew, many at once; what changed overnight.

`judge(SHOW)` asks each rule for each placement. Placements of one kind (license, channel,
countries, purpose, account, her answer) have one answer: it is asked once, and the others cost a
look-up.
`tests/core/test_daily.py` holds this to what `judge` says one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sosie.core.license import judge
from sosie.core.terms import Channel, Purpose, Terms
from sosie.core.use import Act, State, Use
from sosie.core.values import Outcome, Reason


@dataclass(frozen=True, slots=True)
class Placement:
    """One release that is out, in one place."""

    license: str
    picture: str
    channel: Channel
    territories: tuple[str, ...]
    purpose: Purpose | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A license as the daily check reads it."""

    terms: Terms
    state: State


@dataclass(frozen=True, slots=True)
class Change:
    """A placement whose answer is another than the day before."""

    index: int
    """Its place among those that were handed in."""
    was: Outcome
    now: Outcome
    reasons: tuple[Reason, ...]


_Kind = tuple[str, Channel, tuple[str, ...], Purpose | None, str | None, bool | None]
_Answer = tuple[Outcome, tuple[Reason, ...]]


def rejudge(
    placements: Sequence[Placement],
    licenses: Mapping[str, Held],
    *,
    on: date,
    before: Mapping[str, Held] | None = None,
) -> list[Change]:
    """Return every placement whose answer today is not that of yesterday, in their order.

    ``before`` holds the licenses as they stood yesterday (the same, when absent): revocations,
    counters and answers of the day. A placement without a license is refused on both days.
    """
    today = answers(placements, licenses, on=on)
    yesterday = answers(placements, before or licenses, on=on - timedelta(days=1))
    return [
        Change(index, was[0], now[0], now[1])
        for index, (was, now) in enumerate(zip(yesterday, today, strict=True))
        if was[0] is not now[0]
    ]


def answers(
    placements: Iterable[Placement], licenses: Mapping[str, Held], *, on: date
) -> list[_Answer]:
    """Return what `judge` says of showing each placement on a day, in their order.

    A picture counts by the model's answer for it alone, so that placements of one kind (license,
    channel, countries, purpose, account, answer) are judged once.
    """
    known: dict[_Kind, _Answer] = {}
    found = []
    for each in placements:
        held = licenses.get(each.license)
        if held is None:
            found.append(_UNLICENSED)
            continue
        yes = (held.state.approvals or _NO_ANSWERS).get(each.picture)
        kind = (each.license, each.channel, each.territories, each.purpose, each.account, yes)
        answer = known.get(kind)
        if answer is None:
            answer = known[kind] = _judged(each, held, yes, on)
        found.append(answer)
    return found


_NO_ANSWERS: Mapping[str, bool] = {}
_UNLICENSED: _Answer = (
    Outcome.REFUSED,
    (Reason("license.unknown", "no license is known for this placement"),),
)


def _judged(placement: Placement, held: Held, yes: bool | None, on: date) -> _Answer:
    answered = {} if yes is None else {placement.picture: yes}
    use = Use(
        Act.SHOW,
        licensee=held.terms.parties.brand,
        twin=held.terms.twin,
        purpose=placement.purpose,
        channel=placement.channel,
        territories=placement.territories,
        picture=placement.picture,
        account=placement.account,
    )
    return judge(use, held.terms, replace(held.state, approvals=answered), on=on)
