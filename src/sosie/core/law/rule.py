"""What a rule of law is: dated, cited, checked data with one small pure test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum

from sosie.core.law.facts import Facts, Trigger


class Order(Enum):
    """A legal order, or the house itself where a rule is policy and no law."""

    NEW_YORK = "new_york"
    CALIFORNIA = "california"
    ILLINOIS = "illinois"
    TENNESSEE = "tennessee"
    EUROPEAN_UNION = "european_union"
    UNITED_KINGDOM = "united_kingdom"
    NORMS = "norms"
    HOUSE = "house"

    @property
    def title(self) -> str:
        """The name of the order, for people."""
        if self is Order.NORMS:
            return "Union and industry asks (no law)"
        if self is Order.HOUSE:
            return "House policy"
        return str(self.value).replace("_", " ").title()


class Reach(Enum):
    """By what a rule reaches somebody: by the people of a deal, by its audience, or by either."""

    PEOPLE = "people"
    AUDIENCE = "audience"
    EITHER = "either"


class Effect(StrEnum):
    """What a rule does when it is not kept (warn and flag never refuse)."""

    REFUSE = "refuse"
    REQUIRE = "require"
    WARN = "warn"
    DEADLINE = "deadline"
    FLAG = "flag"


class Confidence(StrEnum):
    """How well the text behind a rule is known."""

    TEXT_READ = "P"
    ENACTED_BILL_READ = "P*"
    GUIDANCE_READ = "G"
    SECONDARY = "S"
    FROM_KNOWLEDGE = "K"

    def words(self) -> str:
        """Return the confidence as a phrase for people."""
        return _IN_WORDS[self]


_IN_WORDS = {
    Confidence.TEXT_READ: "the text of the law itself was read",
    Confidence.ENACTED_BILL_READ: (
        "enacted 2024 wording read; the section was amended in 2025"
        " and the amended wording was not read to the end"
    ),
    Confidence.GUIDANCE_READ: "official guidance was read, not the law itself",
    Confidence.SECONDARY: "known from secondary sources only",
    Confidence.FROM_KNOWLEDGE: "general knowledge, not read again: verify before relying on it",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a rule's test: kept, not kept, or ``None`` when the facts do not tell."""

    kept: bool | None
    text: str
    clause: str | None = None
    """The path of the clause in the terms that the answer is about."""
    due: date | None = None
    """The day until which something must be done, where the rule sets one."""


@dataclass(frozen=True, slots=True)
class Nexus:
    """Whether a legal order reaches some facts (``None``: they do not tell), and why."""

    applies: bool | None
    text: str


Test = Callable[[Facts], tuple[Answer, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it says in plain words, for whom, on what authority, since when."""

    id: str
    order: Order
    statement: str
    triggers: tuple[Trigger, ...]
    owed_by: str
    owed_to: str
    outcome: Effect
    citation: str
    source: str
    in_force_from: date | None
    """First day in force; ``None`` for a rule that is no law (``norm``)."""
    checked_on: date
    """The day somebody last compared the rule with its sources."""
    confidence: Confidence
    test: Test
    in_force_until: date | None = None
    """Last day in force; ``None`` while it stands."""
    needs_agency: bool = False
    """Whether it binds only where an agency takes part."""
    norm: bool = False
    """Whether it is an ask of the trade or policy of the house, and no law."""
    house_policy: bool = False
    """Whether Sosie holds to it everywhere, also where it is not the law."""
    terms_of_art: tuple[str, ...] = ()
    """The statutory terms of art, the only words that are quoted."""
    note: str = ""
    """Where our reading goes beyond the words of the source."""
    reach: Reach = Reach.PEOPLE
    also: tuple[tuple[Order, date | None], ...] = ()
    """Other orders that have the same rule, each with its own first day in force."""

    def in_force(self, on: date, order: Order | None = None) -> bool:
        """Return whether the rule is in force on a day (first and last day inside), in its own
        order or in another that has it."""
        first = dict(self.also).get(order, self.in_force_from) if order else self.in_force_from
        return (first is None or first <= on) and (
            self.in_force_until is None or on <= self.in_force_until
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of some facts: three separate answers, and the words for people."""

    rule: Rule
    applies: bool | None
    """Whether the rule binds here as law; ``None`` when the facts do not tell."""
    in_force: bool
    kept: bool | None
    text: str
    clause: str | None = None
    set_off: bool = True
    """Whether the act in question is one that sets the rule off."""
    due: date | None = None
    broke: bool = False
    """Whether the rule's own test broke: a person must judge."""
    order: Order | None = None
    """The order by which it applies, where that is not the rule's own."""

    def as_dict(self) -> dict[str, str | None]:
        """Return what people are told of it, for JSON."""
        return {
            "rule": self.rule.id,
            "effect": str(self.rule.outcome),
            "text": self.text,
            "clause": self.clause,
            "citation": self.rule.citation,
            "basis": self.basis,
            "confidence": self.rule.confidence.words(),
        }

    @property
    def bites(self) -> bool:
        """Whether it is a broken rule that counts: as law in force, or as house policy.

        Law whose application is unknown counts: what is not known to be lawful is not done.
        House policy counts where the act sets it off, and on clauses of the terms for any act.
        """
        as_law = self.applies is not False and self.in_force
        reached = self.set_off or self.clause is not None
        return self.kept is False and (as_law or (self.rule.house_policy and reached))

    @property
    def refuses(self) -> bool:
        """Whether the act must be refused."""
        return self.bites and self.rule.outcome is Effect.REFUSE

    @property
    def basis(self) -> str:
        """On what ground the rule is held against the facts, in words."""
        if self.rule.norm and self.rule.order is not Order.HOUSE:
            held = ", and house policy" if self.rule.house_policy else ""
            return f"a norm, no law{held}"
        if self.rule.norm:
            return "house policy"
        if self.applies and self.in_force:
            return f"law of {(self.order or self.rule.order).title}"
        if self.rule.house_policy:
            return f"house policy, modeled on {self.rule.citation}"
        if self.applies is None and self.in_force:
            return f"law of {(self.order or self.rule.order).title}, if it applies"
        return f"not the law here, for comparison: {self.rule.citation}"
