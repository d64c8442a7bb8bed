"""The two deciders agree on outcome and reason codes, and a broken one is caught.

`SOSIE_ORACLE_CASES` raises the number of random cases (5,000).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from sosie.core import license as deciding
from sosie.core.license import LicenseRule, judge
from sosie.core.terms import Alteration, Channel, Purpose, Terms
from sosie.core.use import Act, State, Use
from sosie.core.values import Outcome, Reason
from tests.oracle import decide as oracle

CASES = int(os.environ.get("SOSIE_ORACLE_CASES", "5000"))
SEED = 20261124
PLACES = ["DE", "FR", "US", "GB", "NO", "JP", "EU", "EEA", "NORDICS", "WORLD"]
FIRST = date(2026, 1, 1)

Case = tuple[Use, Terms, State, date]


def generator(number: int) -> Random:
    return Random(SEED + number)  # noqa: S311 (cases, not keys)


def mostly(rng: Random, usual: Any, *others: Any) -> Any:
    """Return the usual value nine times of ten, so that many cases come near to being allowed."""
    return usual if rng.random() < 0.9 else rng.choice(others)


def some(rng: Random, words: list[Any], most: int = 4) -> list[Any]:
    return rng.sample(words, rng.randint(0, min(most, len(words))))


def random_terms(rng: Random) -> Terms:
    first = FIRST + timedelta(days=rng.randint(0, 40))
    last = first + timedelta(days=rng.randint(0, 40))
    prices = ["0", "60.00", "180.005", "12.5"]
    data = {
        "sosie": "terms/1",
        "title": "random",
        "twin": mostly(rng, "ines", "anna"),
        "parties": {"model": "ines", "brand": "nord", "agency": mostly(rng, "atlas", None)},
        "scope": mostly(rng, "Pictures.", "", " \n"),
        "purposes": mostly(rng, list(Purpose), [], some(rng, list(Purpose))),
        "territories": mostly(
            rng,
            {"include": rng.sample(PLACES, 3), "exclude": some(rng, PLACES[:6], 2)},
            None,
            {"include": ["XX"]},
        ),
        "channels": mostly(rng, list(Channel), [], some(rng, list(Channel))),
        "period": mostly(rng, {"from": first, "until": last}, None),
        "pictures": mostly(rng, rng.randint(1, 6), None),
        "alterations": mostly(rng, list(Alteration), some(rng, list(Alteration))),
        "pay": mostly(
            rng,
            {
                "currency": rng.choice(["EUR", "JPY"]),
                "per_picture": rng.choice(prices[:2]) if rng.random() < 0.9 else prices[2],
                "per_release": mostly(rng, "60.00", *prices),
                "payment_term_days": mostly(rng, 30, None, 0),
            },
            None,
        ),
    }
    return Terms.model_validate({key: value for key, value in data.items() if value is not None})


def random_use(rng: Random) -> Use:
    return Use(
        mostly(rng, rng.choice([Act.MAKE, Act.SEAL, Act.RELEASE]), Act.TRAIN),
        licensee=mostly(rng, "nord", "sud", "atlas"),
        twin=mostly(rng, "ines", "anna"),
        purpose=mostly(rng, rng.choice(list(Purpose)), None),
        channel=mostly(rng, rng.choice(list(Channel)), None),
        territories=mostly(
            rng, tuple(rng.sample(PLACES, rng.randint(1, 2))), None, (), ("UK",), ("YY", "DE")
        ),
        alterations=mostly(rng, tuple(some(rng, list(Alteration)[:5])), None, tuple(Alteration)),
        pictures=mostly(rng, rng.randint(1, 3), 0, -1, 100),
        picture=mostly(rng, rng.choice(["p1", "p2"]), None, "p9"),
    )


def random_state(rng: Random) -> State:
    return State(
        signed_by=frozenset(mostly(rng, ["ines", "nord"], [], ["atlas", "nord"], ["ines"])),
        signed_on=mostly(rng, FIRST, None, FIRST + timedelta(days=rng.randint(0, 80))),
        revoked_on=mostly(rng, None, FIRST, FIRST + timedelta(days=200)),
        consent_live=mostly(rng, True, False),
        pictures_made=rng.randint(0, 4),
        approvals=mostly(rng, {"p1": True, "p2": mostly(rng, True, False)}, None, {}),
    )


def random_case(rng: Random) -> Case:
    terms = random_terms(rng)
    day = FIRST + timedelta(days=rng.randint(-2, 85))
    if terms.period is not None and rng.random() < 0.7:  # on and around the ends
        day = rng.choice([terms.period.first, terms.period.last])
        day += timedelta(days=rng.choice([-1, 0, 0, 0, 1]))
    return random_use(rng), terms, random_state(rng), day


def ours(use: Use, terms: Terms, state: State, day: date) -> tuple[str, list[str]]:
    outcome, reasons = judge(use, terms, state, on=day)
    return outcome.value, sorted(reason.code for reason in reasons)


def disagreements(cases: int) -> tuple[list[Case], Counter[str], Counter[str]]:
    """Return the cases on which the two differ, and how often each outcome and code was met."""
    rng = generator(0)
    differ, outcomes, codes = [], Counter[str](), Counter[str]()
    for _ in range(cases):
        case = random_case(rng)
        answer = oracle.decide(*case)
        outcomes[answer[0]] += 1
        codes.update(answer[1])
        if ours(*case) != answer:
            differ.append(case)
    return differ, outcomes, codes


def test_both_decide_alike() -> None:
    differ, outcomes, codes = disagreements(CASES)
    assert [(case, ours(*case), oracle.decide(*case)) for case in differ[:3]] == []
    # The cases are worth something: each outcome and each code was met, and met often.
    assert sum(outcomes.values()) == CASES
    assert min(outcomes[outcome] for outcome in Outcome) > CASES / 100, outcomes
    assert set(codes) == set(deciding.CODES) - {"act.unknown"}, codes


def _silent(*_: object) -> tuple[Reason, ...]:
    return ()


def _late(use: Use, terms: Terms, state: State, on: date) -> tuple[Reason, ...]:
    return deciding._period(use, terms, state, on - timedelta(days=1))


def _one_more(use: Use, terms: Terms, state: State, on: date) -> tuple[Reason, ...]:
    return deciding._volume(use, terms, replace(state, pictures_made=state.pictures_made - 1), on)


BROKEN: list[tuple[str, Callable[..., tuple[Reason, ...]]]] = [
    *((rule.name, _silent) for rule in deciding.RULES),
    ("period", _late),
    ("volume", _one_more),
]


@pytest.mark.parametrize(("name", "test"), BROKEN)
def test_a_broken_decider_is_caught(
    name: str, test: Callable[..., tuple[Reason, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for act, rules in dict(deciding._RULES_OF).items():
        changed = tuple(
            LicenseRule(rule.name, rule.says, rule.acts, test) if rule.name == name else rule
            for rule in rules
        )
        monkeypatch.setitem(deciding._RULES_OF, act, changed)
    assert disagreements(500)[0] != []


def test_a_revocation_never_allows() -> None:
    rng = generator(1)
    allowed = 0
    for _ in range(CASES):
        use, terms, state, day = random_case(rng)
        allowed += ours(use, terms, replace(state, revoked_on=None), day)[0] == "allowed"
        revoked = replace(state, revoked_on=day + timedelta(days=rng.randint(-30, 30)))
        assert ours(use, terms, revoked, day)[0] == "refused"
    assert allowed > CASES / 100


def test_a_smaller_territory_never_allows() -> None:
    rng = generator(2)
    met = 0
    for _ in range(CASES):
        use, terms, state, day = random_case(rng)
        before = ours(use, terms, state, day)[0]
        if terms.territories is None or before == "allowed":
            continue
        smaller = terms.territories.model_copy(
            update={"exclude": (*terms.territories.exclude, rng.choice(PLACES))}
        )
        after = ours(use, terms.model_copy(update={"territories": smaller}), state, day)[0]
        assert after != "allowed"
        met += 1
    assert met > CASES / 4
