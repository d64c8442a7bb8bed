"""A second opinion: the stateless part of a decision, translated to Cedar, has the same outcome."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bench.decide import cedar

from sosie.core.license import judge
from sosie.core.terms import Channel, Purpose, Terms
from sosie.core.use import Act, Use
from sosie.core.values import Outcome
from tests.oracle.test_oracle import generator, random_state, random_terms, random_use

UNTRANSLATED: dict[str, Any] = {
    "accounts": None,
    "renditions": None,
    "placements": None,
    "sublicense": None,
    "category": None,
}
LICENSES, USES = 60, 40


def plain(terms: Terms) -> Terms:
    """Return terms without the clauses that count, or that ask what happened elsewhere."""
    pay = terms.pay and terms.pay.model_copy(update={"cap": None, "per_placement": None})
    parties = terms.parties.model_copy(update={"studio": None})
    approvals = terms.approvals.model_copy(update={"each_campaign": None})
    changes = {**UNTRANSLATED, "pay": pay, "parties": parties, "approvals": approvals}
    return terms.model_copy(update=changes)


def translatable(terms: Terms) -> bool:
    """Return whether Cedar is given a license that states what must be stated."""
    try:
        stated = terms.territories is not None and bool(terms.territories.countries())
    except ValueError:
        return False
    whole = terms.scope.strip() and terms.purposes and terms.channels and terms.period
    paid = terms.pay is not None and terms.pay.payment_term_days is not None
    return bool(stated and whole and paid and str(terms.pay.per_release) != "180.005")  # type: ignore[union-attr]


def known(use: Use) -> Use:
    """Return a release of which every translated fact is known."""
    from sosie.core.territories import expand

    countries = tuple(code for code in use.territories or () if code not in ("UK", "YY"))
    return replace(
        use,
        act=Act.RELEASE,
        purpose=use.purpose or Purpose.EDITORIAL,
        channel=use.channel or Channel.PRINT,
        territories=tuple(sorted(expand(countries or ("DE",)))),
        alterations=tuple(a for a in use.alterations or () if a != "nudity"),
        picture=use.picture or "p9",
        placements=1,
    )


def disagreements(skew: int = 0) -> tuple[int, int, int]:
    """Return how many uses differ, were asked, and were allowed; ``skew`` moves Cedar's day."""
    rng = generator(11)
    differ = asked = allowed = 0
    while asked < LICENSES * USES:
        terms = plain(random_terms(rng))
        if not translatable(terms):
            continue
        ask = cedar(terms)["cedarpy"]
        for _ in range(USES):
            use, state = known(random_use(rng)), replace(random_state(rng), others=())
            state = replace(state, suspended_on=None, superseded_by=None, declined_on=None)
            assert terms.period is not None
            day = rng.choice([terms.period.first, terms.period.last])
            day = day.fromordinal(day.toordinal() + rng.choice([-1, 0, 0, 1]))
            outcome, _ = judge(use, terms, state, on=day)
            answer, _ = ask((use, state, day.fromordinal(day.toordinal() + skew)))
            differ += answer is not (outcome is Outcome.ALLOWED)
            allowed += outcome is Outcome.ALLOWED
            asked += 1
    return differ, asked, allowed


def test_cedar_has_the_same_outcome() -> None:
    pytest.importorskip("cedarpy")
    differ, asked, allowed = disagreements()
    assert differ == 0
    assert allowed > asked / 100


def test_a_cedar_that_is_a_day_off_is_found_out() -> None:
    pytest.importorskip("cedarpy")
    assert disagreements(skew=1)[0] > 0
