"""The two deciders agree on outcome and reason codes, and a broken one is caught.

`SOSIE_ORACLE_CASES` raises the number of random cases (5,000), `SOSIE_ORACLE_SEED` chooses others:
`make nightly` takes 100,000 of the day.
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
from sosie.core.license import LicenseRule, decide, how_much, what
from sosie.core.terms import Alteration, Channel, Exclusivity, Purpose, Terms
from sosie.core.territories import expand
from sosie.core.use import Act, Other, State, Use
from sosie.core.values import Outcome, Period, Reason
from tests.oracle import decide as oracle

CASES = int(os.environ.get("SOSIE_ORACLE_CASES", "5000"))
SEED = int(os.environ.get("SOSIE_ORACLE_SEED", "20261124"))
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
        "parties": {
            "model": "ines",
            "brand": "nord",
            "agency": mostly(rng, "atlas", None),
            "studio": rng.choice([None, "studio"]),
        },
        "scope": mostly(rng, "Pictures.", "", " \n"),
        "purposes": mostly(rng, list(Purpose), [], some(rng, list(Purpose))),
        "territories": mostly(
            rng,
            {"include": rng.sample(PLACES, 5), "exclude": some(rng, PLACES[:6], 2)},
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
                "per_placement": mostly(rng, None, "5", "0.001"),
                "cap": mostly(rng, None, "100", "400"),
            },
            None,
        ),
        **random_limits(rng, first, last),
    }
    if data["channels"] and rng.random() < 0.2:
        channels = some(rng, data["channels"], 2)
        data["accounts"] = {channel: rng.choice([["@nord"], ["@a", "@b"]]) for channel in channels}
    return Terms.model_validate({key: value for key, value in data.items() if value is not None})


def random_limits(rng: Random, first: date, last: date) -> dict[str, Any]:
    """Return the clauses that most licenses leave out, each in one of eight or so."""
    choices: dict[str, list[Any]] = {
        "twin_version": [1, 2],
        "category": ["knitwear", "denim"],
        "garments": [["coat"], ["coat", "scarf"]],
        "collections": [["spring"], ["fall"]],
        "renditions": [1, 2, 5],
        "placements": [1, 3, 9],
        "excluded_depictions": [["fur"], ["alcohol", "tobacco"], []],
        "co_depiction": [{"people": "anybody"}, {"people": "named", "named": ["tomas"]}],
        "approvals": [{"each_campaign": True}, {"each_campaign": False}],
        "after_end": [
            {"sell_off_days": rng.choice([0, 1, 5]), "archive": archive}
            for archive in ("take_down", "posts_stay")
        ],
        "disclosure": [{"label": "Digital twin"}],
        "usage_reports": ["monthly", "quarterly", "yearly"],
        "sublicense": [["sud"], ["ost", "west"]],
        "withdrawal": [{"take_down_days": 0}, {"take_down_days": 5}],
        "credit": ["Digital twin of Ines"],
    }
    often = {"category", "after_end", "withdrawal", "excluded_depictions", "credit"}
    return {
        key: rng.choice(values)
        for key, values in choices.items()
        if rng.random() < (0.5 if key in often else 0.12)
    }


def random_other(rng: Random) -> Other:
    first = FIRST + timedelta(days=rng.randint(-10, 60))
    held = {
        "category": rng.choice(["knitwear", "denim"]),
        "territories": {"include": rng.sample(PLACES, 2)},
        "from": first,
        "until": first + timedelta(days=rng.randint(0, 60)),
    }
    return Other(
        license="L-2",
        licensee=mostly(rng, "ost", "nord"),
        category=rng.choice(["knitwear", None]),
        countries=expand(rng.sample(PLACES, 2)),
        days=Period.through(first, first + timedelta(days=30)),
        exclusivity=mostly(rng, Exclusivity.model_validate(held), None),
    )


def random_use(rng: Random) -> Use:
    acts = [Act.MAKE, Act.SEAL, Act.RELEASE, Act.SHOW]
    return Use(
        act := mostly(rng, rng.choice(acts), Act.TRAIN),
        licensee=mostly(rng, "nord", "sud", "atlas", "studio"),
        twin=mostly(rng, "ines", "anna"),
        purpose=None
        if act is Act.SHOW and rng.random() < 0.3
        else mostly(rng, rng.choice(list(Purpose)), None),
        channel=mostly(rng, rng.choice(list(Channel)), None),
        territories=mostly(
            rng, tuple(rng.sample(PLACES, rng.randint(1, 2))), None, (), ("UK",), ("YY", "DE")
        ),
        alterations=mostly(rng, tuple(some(rng, list(Alteration)[:5])), None, tuple(Alteration)),
        pictures=mostly(rng, rng.randint(1, 3), 0, -1, 100),
        picture=mostly(rng, rng.choice(["p1", "p2"]), None, "p9"),
        twin_version=mostly(rng, 1, 2, None),
        account=rng.choice(["@nord", "@a", "@b", None]),
        garments=mostly(rng, ("coat",), ("coat", "scarf"), ("hat",), (), None),
        collections=mostly(rng, None, ("spring",), ("fall", "spring"), ()),
        depictions=mostly(rng, (), ("fur",), ("alcohol", "politics"), None),
        others=mostly(rng, (), ("tomas",), ("tomas", "somebody"), None),
        campaign=rng.choice(["c1", "c2", None]),
        placements=mostly(rng, rng.randint(1, 2), 0, 9),
    )


def random_state(rng: Random) -> State:
    return State(
        signed_by=frozenset(mostly(rng, ["ines", "nord"], [], ["atlas", "nord"], ["ines"])),
        signed_on=mostly(rng, FIRST, None, FIRST + timedelta(days=rng.randint(0, 80))),
        revoked_on=mostly(rng, None, FIRST, FIRST + timedelta(days=200)),
        consent_live=mostly(rng, True, False),
        pictures_made=rng.randint(0, 4),
        approvals=mostly(rng, {"p1": True, "p2": mostly(rng, True, False)}, None, {}),
        suspended_on=mostly(rng, None, FIRST),
        superseded_by=mostly(rng, None, "L-9"),
        renditions_out=rng.randint(0, 3),
        placements_out=rng.randint(0, 3),
        earned=mostly(rng, 0, 9000, 5000),
        campaigns=mostly(rng, {"c1": True}, {"c1": False}, None),
        others=mostly(rng, (), tuple(random_other(rng) for _ in range(3)), None),
        declined_on=FIRST if rng.random() < 0.05 else None,
        training_allowed=rng.random() < 0.5,
    )


def random_case(rng: Random) -> Case:
    terms = random_terms(rng)
    day = FIRST + timedelta(days=rng.randint(-2, 85))
    if terms.period is not None and rng.random() < 0.7:  # on and around the ends
        day = rng.choice([terms.period.first, terms.period.last])
        day += timedelta(days=rng.choice([-1, 0, 0, 0, 0, 1, 5, 6]))
    return random_use(rng), terms, random_state(rng), day


def ours(use: Use, terms: Terms, state: State, day: date) -> oracle.Answer:
    made = decide(use, terms, state, on=day)
    codes = sorted(reason.code for reason in made.reasons)
    return made.outcome.value, codes, [(duty.code, duty.due) for duty in made.duties]


def disagreements(cases: int) -> tuple[list[Case], Counter[str], Counter[str]]:
    """Return the cases on which the two differ, and how often each outcome and code was met."""
    rng = generator(0)
    differ, outcomes, codes = [], Counter[str](), Counter[str]()
    due = Counter[str]()
    for _ in range(cases):
        case = random_case(rng)
        answer = oracle.decide(*case)
        outcomes[answer[0]] += 1
        codes.update(answer[1])
        due.update(code for code, _ in answer[2])
        if ours(*case) != answer:
            differ.append(case)
    return differ, outcomes, codes + due


def test_both_decide_alike() -> None:
    differ, outcomes, codes = disagreements(CASES)
    assert [(case, ours(*case), oracle.decide(*case)) for case in differ[:3]] == []
    # The cases are worth something: each outcome and each code was met, and met often.
    assert sum(outcomes.values()) == CASES
    assert min(outcomes[outcome] for outcome in Outcome) > CASES / 100, outcomes
    assert set(codes) == {*deciding.CODES, *deciding.DUTIES} - {"act.unknown"}, codes


def _silent(*_: object) -> tuple[Reason, ...]:
    return ()


def _late(use: Use, terms: Terms, state: State, on: date) -> tuple[Reason, ...]:
    return what.period(use, terms, state, on - timedelta(days=1))


def _one_more(use: Use, terms: Terms, state: State, on: date) -> tuple[Reason, ...]:
    return how_much.volume(use, terms, replace(state, pictures_made=state.pictures_made - 1), on)


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
    deciding._SPEAKING.clear()
    assert _differ(1000)


def _differ(cases: int) -> bool:
    """Return whether the deciders differ; one that breaks without a rule differs."""
    try:
        return disagreements(cases)[0] != []
    except ValueError:
        return True


def test_a_revocation_never_allows() -> None:
    rng = generator(1)
    allowed = 0
    for _ in range(CASES):
        use, terms, state, day = random_case(rng)
        allowed += ours(use, terms, replace(state, revoked_on=None), day)[0] == "allowed"
        if use.act is Act.SHOW:
            continue
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
