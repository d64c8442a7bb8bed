"""New York, advertisements with generated people: R47, R48 (General Business Law § 396-b)."""

from __future__ import annotations

from datetime import date
from functools import partial

from sosie.core.law.answers import answer, unknown
from sosie.core.law.facts import Facts, Trigger
from sosie.core.law.new_york.shared import CHECKED
from sosie.core.law.rule import Answer, Confidence, Effect, Order, Reach, Rule

IN_FORCE = date(2026, 6, 9)


def _synthetic(facts: Facts) -> tuple[Answer, ...]:
    shown = facts.advertisement
    if shown.exempt:
        return (Answer(True, "advertisements of this kind are exempt"),)
    if shown.generated is False:
        return (Answer(True, "no generated human is in it"),)
    if shown.recognizable:
        return (Answer(True, "the person is recognizable: the rule is about invented people"),)
    if shown.known is False:
        return (Answer(True, "the maker does not know of a generated human in it"),)
    if None in (shown.generated, shown.recognizable, shown.known):
        return unknown("whether a generated, not recognizable human is knowingly in it")
    broken = "a generated human who is nobody is in it: say so conspicuously in the advertisement"
    return (answer(shown.disclosed, broken, "the generated human is disclosed"),)


def _recognizable(facts: Facts) -> tuple[Answer, ...]:
    recognizable = facts.advertisement.recognizable
    if recognizable is None:
        return unknown("whether the person is recognizable")
    broken = "the face is not hers any more (blended or changed): rule R47 on synthetic people runs"
    fine = (
        "a recognizable twin needs no label of section 396-b; consent (R14) and EU rules still run"
    )
    return (answer(recognizable, broken, fine),)


_rule = partial(
    Rule,
    order=Order.NEW_YORK,
    triggers=(Trigger.PUBLISH,),
    owed_by="brand",
    owed_to="public",
    source="https://www.nysenate.gov/legislation/laws/GBS/396-B",
    in_force_from=IN_FORCE,
    checked_on=CHECKED,
    confidence=Confidence.SECONDARY,
    reach=Reach.AUDIENCE,
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="R47",
        statement="An advertisement with a generated human who is nobody says so conspicuously",
        outcome=Effect.REFUSE,
        citation="General Business Law § 396-b(3)",
        test=_synthetic,
        terms_of_art=("synthetic performer", "actual knowledge"),
        note="sources disagree on a notice of five days; it is not counted on",
    ),
    _rule(
        id="R48",
        statement="A recognizable twin needs no label under this section, but all other rules run",
        outcome=Effect.FLAG,
        citation="General Business Law § 396-b(1), (4)",
        test=_recognizable,
    ),
)
