"""Deciding a use against a license: pure, total, with every reason.

Default deny, forbid beats permit, and what cannot be known is undecided. The house holds to these
rules everywhere, also where the law they are modeled on does not apply.

What each act must tell (``NEEDS``); a fact that is not needed is judged all the same when given:

=========  ========  =======  ===========  ===========  ========
act        purpose   channel  territories  alterations  picture
=========  ========  =======  ===========  ===========  ========
make       needed                          needed
seal                                                    needed
release    needed    needed   needed                    needed
train      always refused
=========  ========  =======  ===========  ===========  ========
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from sosie.core.law import RULES as LAW
from sosie.core.law.house import SENSITIVE
from sosie.core.terms import Alteration, Channel, Pay, PublicTerms, Purpose, Terms
from sosie.core.territories import expand
from sosie.core.use import Act, Decision, State, Use
from sosie.core.values import Digest, Money, Outcome, Reason, canonical, digest


@dataclass(frozen=True, slots=True)
class Code:
    """What a reason code means, and the outcome that it brings. Published: never changed."""

    outcome: Outcome
    meaning: str


def _refused(meaning: str) -> Code:
    return Code(Outcome.REFUSED, meaning)


def _undecided(meaning: str) -> Code:
    return Code(Outcome.UNDECIDED, meaning)


CODES: Mapping[str, Code] = MappingProxyType(
    {
        "act.unknown": _refused("no rule says what this act needs"),
        "licensee.mismatch": _refused("the license is granted to somebody else"),
        "twin.mismatch": _refused("the license is about another twin"),
        "creation_consent.missing": _refused("the twin has no live creation consent"),
        "signature.model_missing": _refused("the model has not signed the license herself"),
        "signature.brand_missing": _refused("the brand has not signed the license"),
        "signature.day_unknown": _undecided("the day of the last signature is not known"),
        "consent.not_prior": _refused("the act comes before the last signature"),
        "license.revoked": _refused("the model revoked the license"),
        "scope.unstated": _refused("the terms state no scope"),
        "pay.unstated": _refused("the terms state no rate of pay"),
        "pay.term_unstated": _refused("the terms do not say when pay is due"),
        "period.open_ended": _refused("the terms state no last day"),
        "period.not_started": _refused("the day is before the first day of the license"),
        "period.ended": _refused("the day is after the last day of the license"),
        "purpose.unstated": _refused("the terms state no purpose"),
        "purpose.unknown": _undecided("the purpose of the use is not known"),
        "purpose.not_licensed": _refused("the purpose is not among those licensed"),
        "channel.unstated": _refused("the terms state no channel"),
        "channel.unknown": _undecided("the channel of the use is not known"),
        "channel.not_licensed": _refused("the channel is not among those licensed"),
        "territory.unstated": _refused("the terms state no territory"),
        "territory.unknown": _undecided("the territory of the use is not known"),
        "territory.none_asked": _refused("the use names no country: there is nothing to check"),
        "territory.no_country": _refused("a territory of the use is no country and no group"),
        "territory.not_licensed": _refused("a country of the use is not licensed"),
        "alteration.unknown": _undecided("the alterations are not known"),
        "alteration.not_licensed": _refused("an alteration is not among those licensed"),
        "alteration.changes_her": _refused(
            "an alteration of body, skin, age or face was not expressly licensed"
        ),
        "alteration.nudity": _refused("nudity is never licensed here, whatever the terms list"),
        "volume.unstated": _refused("the terms do not say how many pictures may be made"),
        "volume.none_asked": _refused("the use asks for no picture: there is nothing to check"),
        "volume.exceeded": _refused("more pictures would be made than are licensed"),
        "picture.unknown": _undecided("the picture of the use is not known"),
        "approval.missing": _refused("the model has not answered for this picture"),
        "approval.refused": _refused("the model refused this picture"),
        "training.forbidden": _refused("no training on the model's material is licensed"),
        "rule.broke": _undecided("a rule could not be asked: a person decides"),
    }
)
"""Every reason code that a decision can name."""
_REFUSING = frozenset(code for code, said in CODES.items() if said.outcome is Outcome.REFUSED)

NEEDS: Mapping[Act, frozenset[str]] = MappingProxyType(
    {
        Act.MAKE: frozenset({"purpose", "alterations"}),
        Act.SEAL: frozenset({"picture"}),
        Act.RELEASE: frozenset({"purpose", "channel", "territories", "picture"}),
        Act.TRAIN: frozenset(),
    }
)
"""The facts of a use that each act must tell."""

# What the house took as its model, by rule; the last ones have no table of their own yet.
_MODELS = {rule.id: rule.citation for rule in LAW} | {
    "R45": "New York Labor Law §§ 1034(4), 1037(4), Civil Rights Law § 52-c(3)",
    "R55": "GDPR art. 9(2)(a)",
    "R57": "GDPR art. 7(3)",
    "R64": "New York Labor Law § 1035(8)",
    "R67": "practice of unions and brands",
    "R68": "practice of unions and agencies",
}
_NO_REASONS: tuple[Reason, ...] = ()


@lru_cache(maxsize=4096)
def _reason(
    code: str, text: str, clause: str | None = None, rule: str | None = None
) -> tuple[Reason, ...]:
    """Return one reason; the house holds to its rules everywhere and says where they come from."""
    if rule is None:
        return (Reason(code, text, clause),)
    return (Reason(code, text, clause, rule, f"house policy, modeled on {_MODELS[rule]}"),)


# The rules. Each looks at one thing and returns its reasons against the use; none means kept.


def _parties(use: Use, terms: Terms, _state: State, _on: date) -> tuple[Reason, ...]:
    found = _NO_REASONS
    brand = terms.parties.brand
    if use.licensee != brand:
        text = f"the licensee is `{brand}`, not `{use.licensee}`"
        found += _reason("licensee.mismatch", text, "parties.brand", "R14")
    if use.twin != terms.twin:
        text = f"the license is about the twin `{terms.twin}`, not `{use.twin}`"
        found += _reason("twin.mismatch", text, "twin", "R14")
    return found


def _creation_consent(_use: Use, terms: Terms, state: State, _on: date) -> tuple[Reason, ...]:
    if state.consent_live:
        return _NO_REASONS
    text = f"the twin `{terms.twin}` has no live creation consent: ask the model for it"
    return _reason("creation_consent.missing", text, "twin", "R55")


def _signatures(_use: Use, terms: Terms, state: State, on: date) -> tuple[Reason, ...]:
    found = _NO_REASONS
    model, brand = terms.parties.model, terms.parties.brand
    if model not in state.signed_by:
        stand_in = terms.parties.agency in state.signed_by
        tail = "; the agency's signature does not stand for hers" if stand_in else ""
        text = f"the model `{model}` has not signed herself{tail}"
        found += _reason("signature.model_missing", text, "parties.model", "R12")
    if brand not in state.signed_by:
        text = f"the brand `{brand}` has not signed"
        found += _reason("signature.brand_missing", text, "parties.brand", "R17")
    if found:
        return found
    if state.signed_on is None:
        text = "the day of the last signature is not known: it must come before the act"
        return _reason("signature.day_unknown", text, "parties", "R14")
    if on < state.signed_on:
        text = f"the last signature is of {state.signed_on}: nothing is done before it"
        return _reason("consent.not_prior", text, "parties", "R14")
    return found


def _not_revoked(_use: Use, _terms: Terms, state: State, _on: date) -> tuple[Reason, ...]:
    if state.revoked_on is None:
        return _NO_REASONS
    text = f"the model revoked the license on {state.revoked_on}"
    return _reason("license.revoked", text, None, "R57")


def _complete(_use: Use, terms: Terms, _state: State, _on: date) -> tuple[Reason, ...]:
    found = _NO_REASONS
    if not terms.scope.strip():
        found += _reason("scope.unstated", "the terms state no scope", "scope", "R15")
    if not terms.purposes:
        found += _reason("purpose.unstated", "the terms state no purpose", "purposes", "R15")
    if terms.pay is None:
        return found + _reason("pay.unstated", "the terms state no rate of pay", "pay", "R15")
    if terms.pay.payment_term_days is None:
        text = "the terms do not say when pay is due"
        found += _reason("pay.term_unstated", text, "pay.payment_term_days", "R30")
    return found


def _payable(use: Use, terms: Terms, _state: State, _on: date) -> tuple[Reason, ...]:
    if terms.pay is not None:
        _price(use.act, terms.pay)  # breaks on what is no amount of money
    return _NO_REASONS


def _period(_use: Use, terms: PublicTerms, _state: State, on: date) -> tuple[Reason, ...]:
    period = terms.period
    if period is None:
        text = "the license has no last day: open-ended consent is not accepted"
        return _reason("period.open_ended", text, "period", "R21")
    found = _NO_REASONS
    if on < period.first:
        text = f"the license starts on {period.first.isoformat()}, after {on.isoformat()}"
        found += _reason("period.not_started", text, "period.from", "R21")
    if on > period.last:
        text = f"the license ended on {period.last.isoformat()}, before {on.isoformat()}"
        found += _reason("period.ended", text, "period.until", "R21")
    return found


def _purpose(use: Use, terms: Terms, _state: State, _on: date) -> tuple[Reason, ...]:
    if use.purpose is None:
        if "purpose" not in NEEDS[use.act]:
            return _NO_REASONS
        return _reason("purpose.unknown", "say the purpose of the use", "purposes", "R20")
    if use.purpose in terms.purposes or not terms.purposes:  # none stated: `_complete` refuses
        return _NO_REASONS
    return _not_listed("purpose.not_licensed", use.purpose, terms.purposes, "purposes")


def _channel(use: Use, terms: PublicTerms, _state: State, _on: date) -> tuple[Reason, ...]:
    if use.channel is None and "channel" not in NEEDS[use.act]:
        return _NO_REASONS
    if not terms.channels:
        return _reason("channel.unstated", "the terms state no channel", "channels", "R20")
    if use.channel is None:
        return _reason("channel.unknown", "say the channel of the use", "channels", "R20")
    if use.channel in terms.channels:
        return _NO_REASONS
    return _not_listed("channel.not_licensed", use.channel, terms.channels, "channels")


@lru_cache(maxsize=1024)
def _not_listed(
    code: str, asked: Purpose | Channel, listed: tuple[Purpose | Channel, ...], clause: str
) -> tuple[Reason, ...]:
    return _reason(code, f"`{asked}` is not licensed, only {_listed(listed)}", clause, "R20")


def _territory(use: Use, terms: PublicTerms, _state: State, _on: date) -> tuple[Reason, ...]:
    if use.territories is None and "territories" not in NEEDS[use.act]:
        return _NO_REASONS
    licensed = terms.territories
    if licensed is None:
        return _reason("territory.unstated", "the terms state no territory", "territories", "R20")
    if use.territories is None:
        return _reason("territory.unknown", "say where the use takes place", "territories", "R20")
    if not use.territories:
        return _reason("territory.none_asked", "the use names no country", "territories", "R20")
    covered = _covered(licensed.include, licensed.exclude)
    if covered.issuperset(use.territories):
        return _NO_REASONS
    return _outside(use.territories, covered)


@lru_cache(maxsize=1024)
def _outside(asked: tuple[str, ...], covered: frozenset[str]) -> tuple[Reason, ...]:
    found = _NO_REASONS
    outside: set[str] = set()
    for code in dict.fromkeys(asked):
        try:
            outside |= _expanded(code) - covered
        except ValueError:
            text = f"`{code}` is no country and no group of countries"
            found += _reason("territory.no_country", text, "territories", "R20")
    if outside:
        text = f"not licensed in {_listed(sorted(outside))}"
        found += _reason("territory.not_licensed", text, "territories", "R20")
    return found


def _alterations(use: Use, terms: Terms, _state: State, _on: date) -> tuple[Reason, ...]:
    if use.alterations is None:
        if "alterations" not in NEEDS[use.act]:
            return _NO_REASONS
        text = "say which alterations are made; an empty list says that none is"
        return _reason("alteration.unknown", text, "alterations", "R20")
    found = _NO_REASONS
    for alteration in dict.fromkeys(use.alterations):
        if alteration == Alteration.NUDITY:
            text = "`nudity` is never licensed here"
            found += _reason("alteration.nudity", text, "alterations", "R45")
        elif alteration in terms.alterations:
            continue
        elif alteration in SENSITIVE:
            text = f"`{alteration}` changes who she seems to be and is not expressly licensed"
            found += _reason("alteration.changes_her", text, "alterations", "R64")
        else:
            text = f"`{alteration}` is not licensed: what the terms do not list is forbidden"
            found += _reason("alteration.not_licensed", text, "alterations", "R20")
    return found


def _volume(use: Use, terms: Terms, state: State, _on: date) -> tuple[Reason, ...]:
    if use.pictures < 1:
        text = f"{use.pictures} pictures are asked for: ask for at least one"
        return _reason("volume.none_asked", text, "pictures")
    if terms.pictures is None:
        text = "the terms do not say how many pictures may be made"
        return _reason("volume.unstated", text, "pictures")
    if state.pictures_made + use.pictures <= terms.pictures:
        return _NO_REASONS
    text = f"{state.pictures_made} made and {use.pictures} asked for are more than {terms.pictures}"
    return _reason("volume.exceeded", text, "pictures")


def _approval(use: Use, _terms: Terms, state: State, _on: date) -> tuple[Reason, ...]:
    if use.picture is None:
        return _reason("picture.unknown", "say which picture", "approvals", "R67")
    answer = (state.approvals or {}).get(use.picture)
    if answer is True:
        return _NO_REASONS
    if answer is False:
        text = f"the model refused picture `{use.picture}`"
        return _reason("approval.refused", text, "approvals", "R67")
    text = f"the model has not answered for picture `{use.picture}`: silence is never yes"
    return _reason("approval.missing", text, "approvals", "R67")


def _training(_use: Use, _terms: Terms, _state: State, _on: date) -> tuple[Reason, ...]:
    text = "no training on the model's material is licensed"
    return _reason("training.forbidden", text, "training", "R68")


_Terms_contra = TypeVar("_Terms_contra", bound=PublicTerms, contravariant=True)


@dataclass(frozen=True, slots=True)
class LicenseRule(Generic[_Terms_contra]):
    """One line of the table of rules: what it says, for which acts, and its test."""

    name: str
    says: str
    acts: frozenset[Act]
    test: Callable[[Use, _Terms_contra, State, date], tuple[Reason, ...]]


_ALL = frozenset(Act)
_PICTURES = _ALL - {Act.TRAIN}
_MAKE = frozenset({Act.MAKE})
_KEPT = frozenset({Act.SEAL, Act.RELEASE})

PUBLIC_RULES: tuple[LicenseRule[PublicTerms], ...] = (
    LicenseRule("period", "from the first to the last day, both inside", _ALL, _period),
    LicenseRule("channel", "only the channels that are listed", _PICTURES, _channel),
    LicenseRule("territory", "every country must be licensed", _PICTURES, _territory),
)
"""What a stranger can judge from the public terms."""

RULES: tuple[LicenseRule[Terms], ...] = (
    LicenseRule("parties", "this licensee, this twin", _ALL, _parties),
    LicenseRule("creation_consent", "the twin's own consent is live", _ALL, _creation_consent),
    LicenseRule("signatures", "model and brand signed themselves, before", _ALL, _signatures),
    LicenseRule("not_revoked", "the model has not revoked", _ALL, _not_revoked),
    LicenseRule("complete", "scope, purpose, pay and its term are stated", _ALL, _complete),
    LicenseRule("payable", "the price is an amount of money", _KEPT, _payable),
    *PUBLIC_RULES,
    LicenseRule("purpose", "only the purposes that are listed", _PICTURES, _purpose),
    LicenseRule("alterations", "only the alterations that are listed", _PICTURES, _alterations),
    LicenseRule("volume", "no more pictures than licensed", _MAKE, _volume),
    LicenseRule("approval", "the model said yes to this picture", _KEPT, _approval),
    LicenseRule("training", "never", frozenset({Act.TRAIN}), _training),
)
"""Every rule of a decision, in the order in which reasons are given."""


def decide(use: Use, license: Terms, state: State, *, on: date) -> Decision:
    """Decide one use on one day, with all reasons, the price and the digest of the inputs."""
    outcome, reasons = judge(use, license, state, on=on)
    price = None
    if outcome is Outcome.ALLOWED and license.pay is not None:
        price = _price(use.act, license.pay)
    return Decision(outcome, reasons, price, _inputs(use, license, state, on))


def judge(use: Use, terms: Terms, state: State, *, on: date) -> tuple[Outcome, tuple[Reason, ...]]:
    """Return the outcome and all reasons of `decide`, without price and digest."""
    rules = _RULES_OF.get(use.act)
    if rules is None:
        text = f"`{use.act}` is no act, only {_listed(Act)}"
        return Outcome.REFUSED, _reason("act.unknown", text)
    return _ask(rules, use, terms, state, on)


def placement(
    terms: PublicTerms, *, territory: str | None, channel: Channel | None, on: date
) -> tuple[Outcome, tuple[Reason, ...]]:
    """Return what a stranger can judge from the public terms: period, territory and channel."""
    asked = None if territory is None else (territory,)
    use = Use(Act.RELEASE, licensee="", twin=terms.twin, channel=channel, territories=asked)
    return _ask(PUBLIC_RULES, use, terms, State(), on)


_RULES_OF = {act: tuple(rule for rule in RULES if act in rule.acts) for act in Act}
_Given = TypeVar("_Given", bound=PublicTerms)


def _ask(
    rules: tuple[LicenseRule[_Given], ...], use: Use, terms: _Given, state: State, on: date
) -> tuple[Outcome, tuple[Reason, ...]]:
    reasons = _NO_REASONS
    for rule in rules:
        try:
            found = rule.test(use, terms, state, on)
        except Exception as error:
            text = f"rule `{rule.name}` broke ({type(error).__name__}): a person decides"
            found = _reason("rule.broke", text)
        if found:
            reasons += found
    if not reasons:
        return Outcome.ALLOWED, reasons
    for reason in reasons:
        if reason.code in _REFUSING:
            return Outcome.REFUSED, reasons
    return Outcome.UNDECIDED, reasons


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


@lru_cache(maxsize=1024)
def _covered(include: tuple[str, ...], exclude: tuple[str, ...]) -> frozenset[str]:
    return expand(include) - expand(exclude)


@lru_cache(maxsize=512)
def _expanded(code: str) -> frozenset[str]:
    return expand((code,))


def _price(act: Act, pay: Pay) -> Money:
    if act is Act.SEAL:
        return _money(pay.per_picture, pay.currency)
    if act is Act.RELEASE:
        return _money(pay.per_release, pay.currency)
    return Money(0, pay.currency)


@lru_cache(maxsize=1024)
def _money(amount: Decimal, currency: str) -> Money:
    return Money.parse(amount, currency)


def _inputs(use: Use, terms: Terms, state: State, on: date) -> Digest:
    """Return the digest of all that a decision was made from."""
    approvals = state.approvals
    record: dict[str, Any] = {
        "on": on.isoformat(),
        "state": {
            "approvals": None if approvals is None else dict(approvals),
            "consent_live": state.consent_live,
            "pictures_made": state.pictures_made,
            "revoked_on": None if state.revoked_on is None else state.revoked_on.isoformat(),
            "signed_by": sorted(state.signed_by),
            "signed_on": None if state.signed_on is None else state.signed_on.isoformat(),
        },
        "terms": _digest_of(terms),
        "use": {
            "act": use.act,
            "alterations": use.alterations,
            "channel": use.channel,
            "licensee": use.licensee,
            "picture": use.picture,
            "pictures": use.pictures,
            "purpose": use.purpose,
            "territories": use.territories,
            "twin": use.twin,
        },
    }
    return digest(canonical(record))


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
