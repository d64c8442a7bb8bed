"""House policy on what terms must say where the law is silent: norms, shown as such."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from sosie.core.law.answers import years_after
from sosie.core.law.facts import Facts, Trigger
from sosie.core.law.rule import Answer, Confidence, Effect, Order, Rule, Test
from sosie.core.terms import Alteration, Channel, Purpose, Terms

_CHECKED = date(2026, 9, 22)
_SOURCE = "https://www.nysenate.gov/legislation/laws/LAB/A36"
SENSITIVE = (
    Alteration.BODY_SHAPE,
    Alteration.SKIN_TONE,
    Alteration.AGE,
    Alteration.FACE,
    Alteration.OTHER_FACE,
)
"""Alterations that change who the person in the picture seems to be."""


MOST_YEARS = 10
PLACES: Mapping[Purpose, frozenset[Channel]] = MappingProxyType(
    {
        Purpose.PRODUCT_PAGE: frozenset({Channel.WEB_SHOP}),
        Purpose.ORGANIC_SOCIAL: frozenset({Channel.INSTAGRAM, Channel.TIKTOK}),
        Purpose.PAID_SOCIAL: frozenset({Channel.INSTAGRAM, Channel.TIKTOK}),
        Purpose.OUT_OF_HOME: frozenset({Channel.OUT_OF_HOME}),
        Purpose.PRINT: frozenset({Channel.PRINT}),
        Purpose.IN_STORE: frozenset({Channel.STORE_SCREEN, Channel.PRINT}),
        Purpose.BROADCAST: frozenset({Channel.BROADCAST}),
    }
)
"""The channels that serve a purpose; any channel serves one that is not here."""


def _stated(field: str, remedy: str) -> Test:
    """Return the test that a field of the terms is there and not empty."""

    def test(facts: Facts) -> tuple[Answer, ...]:
        if facts.terms is None:
            return (Answer(None, "the terms are not known"),)
        if not getattr(facts.terms, field):
            return (Answer(False, f"the terms state no {field}: {remedy}", field),)
        return (Answer(True, f"the terms state their {field}", field),)

    return test


def _about_terms(terms: Terms | None, clause: str, problem: str | None) -> tuple[Answer, ...]:
    if terms is None:
        return (Answer(None, "the terms are not known"),)
    return (Answer(problem is None, problem or "nothing to remark", clause),)


def _sensitive(facts: Facts) -> tuple[Answer, ...]:
    listed = [a for a in SENSITIVE if facts.terms is not None and a in facts.terms.alterations]
    names = ", ".join(f"`{alteration}`" for alteration in listed)
    problem = f"{names} change who she seems to be: be sure that she means it" if listed else None
    return _about_terms(facts.terms, "alterations", problem)


def _nudity(facts: Facts) -> tuple[Answer, ...]:
    listed = facts.terms is not None and Alteration.NUDITY in facts.terms.alterations
    problem = "`nudity` needs an agreement of its own, which terms cannot hold: remove it"
    return _about_terms(facts.terms, "alterations", problem if listed else None)


def _paid(facts: Facts) -> tuple[Answer, ...]:
    pay = facts.terms.pay if facts.terms is not None else None
    free = pay is not None and not pay.earns
    problem = "every rate of pay is zero: state what she earns" if free else None
    return _about_terms(facts.terms, "pay", problem)


def _long(facts: Facts) -> tuple[Answer, ...]:
    period = facts.terms.period if facts.terms is not None else None
    latest = years_after(period.first, MOST_YEARS) if period is not None else None
    problem = None
    if period is not None and latest is not None and period.last >= latest:
        problem = (
            f"the license runs until {period.last}, longer than {MOST_YEARS} years: end it before"
            f" {latest}, it can be agreed anew"
        )
    return _about_terms(facts.terms, "period", problem)


def _nowhere(facts: Facts) -> tuple[Answer, ...]:
    terms = facts.terms
    shown = frozenset(terms.channels) if terms is not None else frozenset()
    lost = [p for p in (terms.purposes if terms else ()) if shown.isdisjoint(PLACES.get(p, shown))]
    names = ", ".join(f"`{purpose}`" for purpose in lost)
    problem = f"no channel of the license serves {names}: add one, or remove it"
    return _about_terms(terms, "channels", problem if shown and lost else None)


def _idle(facts: Facts) -> tuple[Answer, ...]:
    terms = facts.terms
    purposes = terms.purposes if terms else ()
    everywhere = any(purpose not in PLACES for purpose in purposes)
    served = frozenset[Channel]().union(*(PLACES.get(p, ()) for p in purposes))
    idle = [c for c in (terms.channels if terms else ()) if not everywhere and c not in served]
    names = ", ".join(f"`{channel}`" for channel in idle)
    problem = f"no purpose of the license is for {names}: add one, or remove it"
    return _about_terms(terms, "channels", problem if purposes and idle else None)


def _rule(
    id: str,
    statement: str,
    outcome: Effect,
    test: Test,
    note: str = "the law is silent",
) -> Rule:
    return Rule(
        id=id,
        order=Order.HOUSE,
        statement=statement,
        triggers=(Trigger.SIGN_CONSENT, Trigger.DEAL_MEMO),
        owed_by="brand",
        owed_to="model",
        outcome=outcome,
        citation="house policy",
        source=_SOURCE,
        in_force_from=None,
        checked_on=_CHECKED,
        confidence=Confidence.TEXT_READ,
        test=test,
        norm=True,
        house_policy=True,
        note=note,
    )


RULES: tuple[Rule, ...] = (
    _rule(
        "H01",
        "A license names the countries in which pictures may be shown",
        Effect.REFUSE,
        _stated("territories", "add `territories: {include: [...]}`"),
    ),
    _rule(
        "H02",
        "A license names the channels on which pictures may be shown",
        Effect.REFUSE,
        _stated("channels", "add `channels: [...]`"),
    ),
    _rule(
        "H03",
        "A license says how many pictures may be made",
        Effect.REFUSE,
        _stated("pictures", "add `pictures: 12`"),
    ),
    _rule(
        "H04",
        "A license lists the alterations that it allows; all others are forbidden",
        Effect.WARN,
        _stated("alterations", "none is allowed; add `alterations: [...]` if some are meant"),
    ),
    _rule(
        "H05",
        "An alteration of body, skin, age or face is pointed out before she signs",
        Effect.WARN,
        _sensitive,
        "modeled on New York Labor Law § 1035(8) and on what unions ask",
    ),
    _rule(
        "H06",
        "No license allows nudity",
        Effect.REFUSE,
        _nudity,
        "modeled on New York Labor Law §§ 1034(4), 1037(4) and Civil Rights Law § 52-c(3), which"
        " ask for an agreement that Sosie does not offer",
    ),
    _rule(
        "H07",
        "A license without any pay is pointed out before she signs",
        Effect.WARN,
        _paid,
        "the law sets no least fee",
    ),
    _rule(
        "H08",
        "A license runs for ten years at most",
        Effect.REFUSE,
        _long,
        "a last day that is far enough away is as good as none (R21)",
    ),
    _rule(
        "H09",
        "For each purpose a channel is licensed",
        Effect.WARN,
        _nowhere,
        "what is licensed for a poster and for Instagram alone is a slip of the pen",
    ),
    _rule(
        "H10",
        "For each channel a purpose is licensed",
        Effect.WARN,
        _idle,
        "print beside nothing but unpaid posts is a slip of the pen",
    ),
)
