"""What is done, where and for what: the rules on scope.

Each rule looks at one thing and returns its reasons against the use; none means kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from sosie.core.law.house import SENSITIVE
from sosie.core.license.codes import NONE, Reasons, because
from sosie.core.license.needs import NEEDS
from sosie.core.terms import Alteration, Channel, PublicTerms, Purpose, Terms
from sosie.core.territories import expand
from sosie.core.use import Act, State, Use

_SHOW, _NUDITY = Act.SHOW, Alteration.NUDITY
POSTS = frozenset({Channel.INSTAGRAM, Channel.TIKTOK})
UNPAID = frozenset({Purpose.ORGANIC_SOCIAL, Purpose.EDITORIAL})


def period(use: Use, terms: PublicTerms, _state: State, on: date) -> Reasons:
    """From the first to the last day, both inside; what is out may stay as long as agreed."""
    stated = terms.period
    if stated is None:
        text = "the license has no last day: open-ended consent is not accepted"
        return because("period.open_ended", text, "period", "R21")
    if on < stated.first:
        text = f"the license starts on {stated.first.isoformat()}, after {on.isoformat()}"
        return because("period.not_started", text, "period.from", "R21")
    if on <= stated.last:
        return NONE
    text = f"the license ended on {stated.last.isoformat()}, before {on.isoformat()}"
    after = terms.after_end
    if use.act is _SHOW and after is not None:
        if on <= stated.last + timedelta(days=after.sell_off_days):
            return NONE
        if may_stay(use, terms):
            return NONE
        if after.archive == "posts_stay" and use.channel in POSTS and use.purpose is None:
            unknown = text + "; " + "unpaid posts may stay: say what it was released for"
            return because("period.post_unknown", unknown, "after_end.archive", "R21")
    return because("period.ended", text, "period.until", "R21")


def may_stay(use: Use, terms: PublicTerms) -> bool:
    """Return whether a picture that is out is an unpaid post that may stay for good."""
    after = terms.after_end
    posts = after is not None and after.archive == "posts_stay"
    return posts and use.channel in POSTS and use.purpose in UNPAID


def purpose(use: Use, terms: Terms, _state: State, _on: date) -> Reasons:
    """Only the purposes that are listed."""
    if use.purpose is None:
        if "purpose" not in NEEDS[use.act]:
            return NONE
        return because("purpose.unknown", "say the purpose of the use", "purposes", "R20")
    if use.purpose in terms.purposes or not terms.purposes:  # none stated: `_complete` refuses
        return NONE
    return _not_listed("purpose.not_licensed", use.purpose, terms.purposes, "purposes")


def stated_purpose(use: Use, terms: PublicTerms, _state: State, _on: date) -> Reasons:
    """Only the purposes that are listed, where one is asked for; where none is listed, none."""
    if use.purpose is None or use.purpose in terms.purposes:
        return NONE
    if not terms.purposes:
        return because("purpose.unstated", "the terms state no purpose", "purposes", "R20")
    return _not_listed("purpose.not_licensed", use.purpose, terms.purposes, "purposes")


def channel(use: Use, terms: PublicTerms, _state: State, _on: date) -> Reasons:
    """Only the channels that are listed."""
    if use.channel is None and "channel" not in NEEDS[use.act]:
        return NONE
    if not terms.channels:
        return because("channel.unstated", "the terms state no channel", "channels", "R20")
    if use.channel is None:
        return because("channel.unknown", "say the channel of the use", "channels", "R20")
    if use.channel in terms.channels:
        return NONE
    return _not_listed("channel.not_licensed", use.channel, terms.channels, "channels")


@lru_cache(maxsize=1024)
def _not_listed(
    code: str, asked: Purpose | Channel, listed: tuple[Purpose | Channel, ...], clause: str
) -> Reasons:
    return because(code, f"`{asked}` is not licensed, only {_listed(listed)}", clause, "R20")


def territory(use: Use, terms: PublicTerms, _state: State, _on: date) -> Reasons:
    """Every country of the use is licensed."""
    if use.territories is None and "territories" not in NEEDS[use.act]:
        return NONE
    licensed = terms.territories
    if licensed is None:
        return because("territory.unstated", "the terms state no territory", "territories", "R20")
    if use.territories is None:
        return because("territory.unknown", "say where the use takes place", "territories", "R20")
    if not use.territories:
        return because("territory.none_asked", "the use names no country", "territories", "R20")
    covered = _covered(licensed.include, licensed.exclude)
    if covered.issuperset(use.territories):
        return NONE
    return _outside(use.territories, covered)


@lru_cache(maxsize=1024)
def _outside(asked: tuple[str, ...], covered: frozenset[str]) -> Reasons:
    found = NONE
    outside: set[str] = set()
    for code in dict.fromkeys(asked):
        try:
            outside |= _expanded(code) - covered
        except ValueError:
            text = f"`{code}` is no country and no group of countries"
            found += because("territory.no_country", text, "territories", "R20")
    if outside:
        text = f"not licensed in {_listed(sorted(outside))}"
        found += because("territory.not_licensed", text, "territories", "R20")
    return found


def alterations(use: Use, terms: Terms, _state: State, _on: date) -> Reasons:
    """Only the alterations that are listed."""
    if use.alterations is None:
        if "alterations" not in NEEDS[use.act]:
            return NONE
        text = "say which alterations are made; an empty list says that none is"
        return because("alteration.unknown", text, "alterations", "R20")
    listed = terms.alterations
    for alteration in use.alterations:
        if alteration not in listed or alteration is _NUDITY:
            return _unlisted(use.alterations, listed)
    return NONE


def _unlisted(asked: tuple[Alteration, ...], listed: tuple[Alteration, ...]) -> Reasons:
    found = NONE
    for alteration in dict.fromkeys(asked):
        if alteration == _NUDITY:
            text = "`nudity` is never licensed here"
            found += because("alteration.nudity", text, "alterations", "R45")
        elif alteration in listed:
            continue
        elif alteration in SENSITIVE:
            text = f"`{alteration}` changes who she seems to be and is not expressly licensed"
            found += because("alteration.changes_her", text, "alterations", "R64")
        else:
            text = f"`{alteration}` is not licensed: what the terms do not list is forbidden"
            found += because("alteration.not_licensed", text, "alterations", "R20")
    return found


def account(use: Use, terms: PublicTerms, _state: State, _on: date) -> Reasons:
    """Only the accounts that are listed for the channel, where some are."""
    listed = (terms.accounts or {}).get(use.channel) if use.channel else None
    if listed is None or use.account in listed:
        return NONE
    if use.account is None:
        text = f"only some accounts of `{use.channel}` are licensed: say which"
        return because("account.unknown", text, "accounts", "R20")
    text = f"`{use.account}` is not licensed on `{use.channel}`, only {_listed(listed)}"
    return because("account.not_licensed", text, "accounts", "R20")


def garments(use: Use, terms: Terms, _state: State, _on: date) -> Reasons:
    """Only the garments and collections that are listed, where some are."""
    if terms.garments is None and terms.collections is None:
        return NONE
    if not use.garments:
        return because("garment.unknown", "say what she wears", "garments", "R20")
    found = NONE
    collections = use.collections or ()
    for number, garment in enumerate(use.garments):
        collection = collections[number] if number < len(collections) else None
        if garment in (terms.garments or ()) or collection in (terms.collections or ()):
            continue
        text = f"`{garment}` is not among the garments of the license"
        found += because("garment.not_licensed", text, "garments", "R20")
    return found


def depictions(use: Use, terms: Terms, _state: State, _on: date) -> Reasons:
    """Nothing that the model excludes."""
    excluded = terms.excluded_depictions
    if not excluded:
        return NONE
    if use.depictions is None:
        text = "say what else the picture shows; an empty list says nothing of that kind"
        return because("depiction.unknown", text, "excluded_depictions", "R67")
    shown = [each for each in dict.fromkeys(use.depictions) if each in excluded]
    if not shown:
        return NONE
    text = f"the picture shows {_listed(shown)}, which the model excludes"
    return because("depiction.excluded", text, "excluded_depictions", "R67")


def others(use: Use, terms: Terms, _state: State, _on: date) -> Reasons:
    """Nobody else in the picture, unless the terms allow it."""
    allowed = terms.co_depiction
    if allowed is not None and allowed.people == "anybody":
        return NONE
    if use.others is None:
        if "others" not in NEEDS[use.act]:
            return NONE
        text = "say who else is in the picture; an empty list says nobody"
        return because("others.unknown", text, "co_depiction", "R20")
    named = allowed.named if allowed is not None else ()
    more = [each for each in dict.fromkeys(use.others) if each not in named]
    if not more:
        return NONE
    text = f"{_listed(more)} may not be in the picture with her"
    return because("others.not_licensed", text, "co_depiction", "R20")


def training(_use: Use, _terms: Terms, state: State, _on: date) -> Reasons:
    """No license allows it: only the model herself does, separately and expressly."""
    if state.training_allowed:
        return ()
    text = "no training on the model's material is licensed"
    return because("training.forbidden", text, "training", "R68")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


@lru_cache(maxsize=1024)
def _covered(include: tuple[str, ...], exclude: tuple[str, ...]) -> frozenset[str]:
    return expand(include) - expand(exclude)


@lru_cache(maxsize=512)
def _expanded(code: str) -> frozenset[str]:
    return expand((code,))
