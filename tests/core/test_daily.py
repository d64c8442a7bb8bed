"""The daily check answers what `judge` answers, one by one, and names what changed overnight."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from sosie.core.daily import Held, Placement, answers, rejudge
from sosie.core.license import judge
from sosie.core.terms import Channel, Purpose
from sosie.core.use import Act, Use
from sosie.core.values import Outcome
from tests.core.test_license import STATE, terms
from tests.oracle.test_oracle import FIRST, PLACES, generator, mostly, random_state, random_terms


def random_placement(rng: Random, licenses: int) -> Placement:
    return Placement(
        license=f"L-{rng.randint(0, licenses)}",
        picture=rng.choice(["p1", "p2", "p9"]),
        channel=rng.choice(list(Channel)),
        territories=tuple(rng.sample(PLACES, rng.randint(1, 2))),
        purpose=mostly(rng, rng.choice(list(Purpose)), None),
        account=rng.choice(["@nord", "@a", None]),
    )


def one_by_one(placement: Placement, held: Held, on: date) -> tuple[Outcome, list[str]]:
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
    outcome, reasons = judge(use, held.terms, held.state, on=on)
    return outcome, [reason.code for reason in reasons]


def test_all_at_once_answers_what_one_by_one_answers() -> None:
    rng = generator(7)
    licenses = {f"L-{n}": Held(random_terms(rng), random_state(rng)) for n in range(60)}
    placements = [random_placement(rng, 60) for _ in range(4000)]
    met = dict.fromkeys(Outcome, 0)
    for days in (0, 20, 45, 80):
        on = FIRST + timedelta(days=days)
        for placement, (outcome, reasons) in zip(
            placements, answers(placements, licenses, on=on), strict=True
        ):
            held = licenses.get(placement.license)
            if held is None:
                assert (outcome, reasons[0].code) == (Outcome.REFUSED, "license.unknown")
                continue
            assert (outcome, [r.code for r in reasons]) == one_by_one(placement, held, on)
            met[outcome] += 1
    assert min(met.values()) > 20, met


HELD = Held(terms(placements=3), replace(STATE, placements_out=3))
OUT = Placement("L-1", "p1", Channel.INSTAGRAM, ("FR",), Purpose.CAMPAIGN)
LAST = date(2027, 4, 30)


def test_what_changed_overnight_is_named_once() -> None:
    assert rejudge([OUT, OUT], {"L-1": HELD}, on=LAST) == []
    ended = rejudge([OUT, OUT], {"L-1": HELD}, on=LAST + timedelta(days=1))
    assert [(c.index, c.was, c.now) for c in ended] == [
        (0, Outcome.ALLOWED, Outcome.REFUSED),
        (1, Outcome.ALLOWED, Outcome.REFUSED),
    ]
    assert [reason.code for reason in ended[0].reasons] == ["period.ended"]
    assert rejudge([OUT], {"L-1": HELD}, on=LAST + timedelta(days=2)) == []


def test_a_revocation_and_too_many_places_of_the_day_are_changes() -> None:
    before, on = {"L-1": HELD}, date(2026, 12, 1)
    revoked = replace(HELD, state=replace(HELD.state, revoked_on=on - timedelta(days=1)))
    (change,) = rejudge([OUT], {"L-1": revoked}, on=on, before=before)
    assert [reason.code for reason in change.reasons] == ["license.revoked"]
    over = replace(HELD, state=replace(HELD.state, placements_out=4))
    (change,) = rejudge([OUT], {"L-1": over}, on=on, before=before)
    assert [reason.code for reason in change.reasons] == ["placements.exceeded"]
    assert rejudge([OUT], {"L-1": over}, on=on) == []


def test_nothing_to_check_is_no_change() -> None:
    assert rejudge([], {}, on=LAST) == []
    assert rejudge([OUT], {}, on=LAST) == []
