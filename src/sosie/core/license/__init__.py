"""Deciding a use against a license: pure, total, with every reason.

Default deny, forbid beats permit, and what cannot be known is undecided. The house holds to these
rules everywhere, also where the law they are modeled on does not apply.

What each act must tell (``NEEDS``); a fact that is not needed is judged all the same when given:

=========  ========  =======  ===========  ===========  ======  ========
act        purpose   channel  territories  alterations  others  picture
=========  ========  =======  ===========  ===========  ======  ========
make       needed                          needed       needed
seal                                                            needed
release    needed    needed   needed                            needed
show                 needed   needed                            needed
train      always refused
=========  ========  =======  ===========  ===========  ======  ========

Beside these, a use must tell what the terms restrict: the account of a channel with listed
accounts, garments, what else is shown where something is excluded, the campaign where she answers
for campaigns, the version of the twin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from sosie.core.license import how_much, what, who
from sosie.core.license.codes import CODES, DUTIES, NONE, Code, Reasons, because
from sosie.core.license.duties import duties
from sosie.core.license.how_much import conflicts, price
from sosie.core.license.inputs import inputs
from sosie.core.license.needs import NEEDS
from sosie.core.terms import Channel, PublicTerms, Purpose, Terms
from sosie.core.use import Act, Decision, State, Use
from sosie.core.values import Outcome

__all__ = [
    "CODES",
    "DUTIES",
    "NEEDS",
    "PUBLIC_RULES",
    "RULES",
    "Code",
    "LicenseRule",
    "conflicts",
    "decide",
    "judge",
    "placement",
]

_REFUSING = frozenset(code for code, said in CODES.items() if said.outcome is Outcome.REFUSED)
_Terms_contra = TypeVar("_Terms_contra", bound=PublicTerms, contravariant=True)


@dataclass(frozen=True, slots=True)
class LicenseRule(Generic[_Terms_contra]):
    """One line of the table of rules: what it says, for which acts, and its test."""

    name: str
    says: str
    acts: frozenset[Act]
    test: Callable[[Use, _Terms_contra, State, date], Reasons]
    clause: str | None = None
    """The clause without which the rule has nothing to say, whatever the use; such rules are not
    asked again for every use of a license."""

    def asked(
        self, use: Use, terms: _Terms_contra, state: State, on: date
    ) -> tuple[bool | None, list[str]]:
        """Return whether this rule alone is kept (``None``: undecided), with its codes."""
        outcome, reasons = _ask((self,), use, terms, state, on)
        kept = {Outcome.ALLOWED: True, Outcome.REFUSED: False}.get(outcome)
        return kept, [reason.code for reason in reasons]


_ALL = frozenset(Act)
_PICTURES = _ALL - {Act.TRAIN}
_NEW = _ALL - {Act.SHOW}
_MAKE = frozenset({Act.MAKE})
_OUT = frozenset({Act.RELEASE, Act.SHOW})
_RELEASE = frozenset({Act.RELEASE})
_PAID = frozenset({Act.SEAL, Act.RELEASE})
_KEPT = frozenset({Act.SEAL, Act.RELEASE, Act.SHOW})
_SOLD = frozenset({Act.MAKE, Act.RELEASE})

PUBLIC_RULES: tuple[LicenseRule[PublicTerms], ...] = (
    LicenseRule("period", "from the first to the last day, both inside", _ALL, what.period),
    LicenseRule("channel", "only the channels that are listed", _PICTURES, what.channel),
    LicenseRule("territory", "every country must be licensed", _PICTURES, what.territory),
)
"""What a stranger can judge from the public terms."""
_STATED_PURPOSE: LicenseRule[PublicTerms] = LicenseRule(
    "purpose", "only the purposes that are listed", _PICTURES, what.stated_purpose
)

RULES: tuple[LicenseRule[Terms], ...] = (
    LicenseRule("parties", "this licensee, this twin", _ALL, who.parties),
    LicenseRule(
        "twin_version", "the version that is licensed", _MAKE, who.twin_version, "twin_version"
    ),
    LicenseRule("creation_consent", "the twin's own consent is live", _NEW, who.creation_consent),
    LicenseRule("signatures", "model and brand signed themselves, before", _ALL, who.signatures),
    LicenseRule("not_declined", "neither of them said no", _ALL, who.not_declined),
    LicenseRule("not_revoked", "the model has not revoked", _ALL, who.not_revoked),
    LicenseRule("not_resting", "the model does not let it rest", _NEW, who.not_resting),
    LicenseRule("not_superseded", "no newer license took its place", _ALL, who.not_superseded),
    LicenseRule("complete", "scope, purpose, pay and its term are stated", _ALL, who.complete),
    LicenseRule("payable", "an amount of money, under the cap", _PAID, how_much.payable),
    *PUBLIC_RULES,
    LicenseRule("account", "only the accounts that are listed", _OUT, what.account, "accounts"),
    LicenseRule("purpose", "only the purposes that are listed", _PICTURES, what.purpose),
    LicenseRule("garments", "only the garments that are listed", _MAKE, what.garments),
    LicenseRule("alterations", "only the alterations that are listed", _PICTURES, what.alterations),
    LicenseRule(
        "depictions",
        "nothing that the model excludes",
        _MAKE,
        what.depictions,
        "excluded_depictions",
    ),
    LicenseRule("others", "nobody else unless allowed", _MAKE, what.others),
    LicenseRule("volume", "no more pictures than licensed", _MAKE, how_much.volume),
    LicenseRule(
        "renditions",
        "no more renditions than licensed",
        _RELEASE,
        how_much.renditions,
        "renditions",
    ),
    LicenseRule("placements", "no more placements than licensed", _OUT, how_much.placements),
    LicenseRule("approval", "the model said yes to this picture", _KEPT, how_much.approval),
    LicenseRule("campaign", "the model said yes to this campaign", _RELEASE, how_much.campaign),
    LicenseRule("exclusivity", "nobody else holds it exclusively", _SOLD, how_much.exclusivity),
    LicenseRule(
        "training",
        "never, unless she allows it in a statement of its own",
        frozenset({Act.TRAIN}),
        what.training,
    ),
)
"""Every rule of a decision, in the order in which reasons are given."""


def decide(use: Use, license: Terms, state: State, *, on: date) -> Decision:
    """Decide one use on one day: all reasons, price, duties, and the digest of the inputs."""
    outcome, reasons = judge(use, license, state, on=on)
    hashed = inputs(use, license, state, on)
    if outcome is not Outcome.ALLOWED:
        return Decision(outcome, reasons, None, hashed)
    asked = None if license.pay is None else price(use, license.pay)
    return Decision(outcome, reasons, asked, hashed, duties(use, license, state, on))


def judge(use: Use, terms: Terms, state: State, *, on: date) -> tuple[Outcome, Reasons]:
    """Return the outcome and all reasons of `decide`, without price, duties and digest."""
    rules = _rules(use.act, terms)
    if rules is None:
        return Outcome.REFUSED, because("act.unknown", f"`{use.act}` is no act of {list(Act)}")
    return _ask(rules, use, terms, state, on)


def placement(
    terms: PublicTerms,
    *,
    territory: str | None,
    channel: Channel | None,
    on: date,
    purpose: Purpose | None = None,
) -> tuple[Outcome, Reasons]:
    """Return what a stranger can judge from the public terms: period, territory and channel, and
    the purpose if one is named; first what refuses, then what is not known."""
    asked = None if territory is None else (territory,)
    use = Use(
        Act.SHOW,
        licensee="",
        twin=terms.twin,
        purpose=purpose,
        channel=channel,
        territories=asked,
    )
    outcome, reasons = _ask((*PUBLIC_RULES, _STATED_PURPOSE), use, terms, State(), on)
    return outcome, tuple(sorted(reasons, key=lambda reason: reason.code not in _REFUSING))


_RULES_OF = {act: tuple(rule for rule in RULES if act in rule.acts) for act in Act}
_SPEAKING: dict[int, tuple[Terms, dict[Act, tuple[LicenseRule[Terms], ...]]]] = {}


def _rules(act: Act, terms: Terms) -> tuple[LicenseRule[Terms], ...] | None:
    """Return the rules to ask for an act under frozen terms, found once while they are in use.

    Kept by identity together with the terms themselves, so that an id is never that of others.
    """
    kept = _SPEAKING.get(id(terms))
    if kept is not None and kept[0] is terms:
        return kept[1].get(act)
    if len(_SPEAKING) >= 1024:
        _SPEAKING.clear()
    speaking = {
        each: tuple(r for r in rules if r.clause is None or getattr(terms, r.clause))
        for each, rules in _RULES_OF.items()
    }
    _SPEAKING[id(terms)] = (terms, speaking)
    return speaking.get(act)


_Given = TypeVar("_Given", bound=PublicTerms)


def _ask(
    rules: tuple[LicenseRule[_Given], ...], use: Use, terms: _Given, state: State, on: date
) -> tuple[Outcome, Reasons]:
    reasons = NONE
    for rule in rules:
        try:
            found = rule.test(use, terms, state, on)
        except Exception as error:
            text = f"rule `{rule.name}` broke ({type(error).__name__}): a person decides"
            found = because("rule.broke", text)
        if found:
            reasons += found
    if not reasons:
        return Outcome.ALLOWED, reasons
    for reason in reasons:
        if reason.code in _REFUSING:
            return Outcome.REFUSED, reasons
    return Outcome.UNDECIDED, reasons
