"""Who acts, with whose signature: the rules on parties, consent and the standing of a license.

Each rule looks at one thing and returns its reasons against the use; none means kept.
"""

from __future__ import annotations

from datetime import date, timedelta

from sosie.core.license.codes import NONE, Reasons, because
from sosie.core.terms import Terms
from sosie.core.use import Act, State, Use

_SHOW = Act.SHOW


def parties(use: Use, terms: Terms, _state: State, _on: date) -> Reasons:
    """This licensee (or who acts for it, or under a named sublicense), and this twin."""
    found = NONE
    brand = terms.parties.brand
    if use.licensee != brand and not _acts_for_it(use.licensee, terms):
        text = f"the licensee is `{brand}`, not `{use.licensee}`"
        found += because("licensee.mismatch", text, "parties.brand", "R14")
    if use.twin != terms.twin:
        text = f"the license is about the twin `{terms.twin}`, not `{use.twin}`"
        found += because("twin.mismatch", text, "twin", "R14")
    return found


def _acts_for_it(party: str, terms: Terms) -> bool:
    """Return whether somebody else than the brand may act under its license."""
    return party == terms.parties.studio or party in (terms.sublicense or ())


def twin_version(use: Use, terms: Terms, _state: State, _on: date) -> Reasons:
    """The version of the twin that is licensed."""
    wanted = terms.twin_version
    if wanted is None or use.twin_version == wanted:
        return NONE
    if use.twin_version is None:
        text = f"version {wanted} of the twin is licensed: say which is used"
        return because("twin.version_unknown", text, "twin_version", "R20")
    text = f"version {wanted} of the twin is licensed, not {use.twin_version}"
    return because("twin.version_mismatch", text, "twin_version", "R20")


def creation_consent(_use: Use, terms: Terms, state: State, _on: date) -> Reasons:
    """The twin's own consent is live."""
    if state.consent_live:
        return NONE
    text = f"the twin `{terms.twin}` has no live creation consent: ask the model for it"
    return because("creation_consent.missing", text, "twin", "R55")


def signatures(_use: Use, terms: Terms, state: State, on: date) -> Reasons:
    """Model and brand signed themselves, before the act."""
    found = NONE
    model, brand = terms.parties.model, terms.parties.brand
    if model not in state.signed_by:
        stand_in = terms.parties.agency in state.signed_by
        tail = "; the agency's signature does not stand for hers" if stand_in else ""
        text = f"the model `{model}` has not signed herself{tail}"
        found += because("signature.model_missing", text, "parties.model", "R12")
    if brand not in state.signed_by:
        text = f"the brand `{brand}` has not signed"
        found += because("signature.brand_missing", text, "parties.brand", "R17")
    if found:
        return found
    if state.signed_on is None:
        text = "the day of the last signature is not known: it must come before the act"
        return because("signature.day_unknown", text, "parties", "R14")
    if on < state.signed_on:
        text = f"the last signature is of {state.signed_on}: nothing is done before it"
        return because("consent.not_prior", text, "parties", "R14")
    return found


def not_revoked(use: Use, terms: Terms, state: State, on: date) -> Reasons:
    """The model has not taken the license back; what is out has the days to be taken down."""
    if state.revoked_on is None:
        return NONE
    text = f"the model revoked the license on {state.revoked_on}"
    if use.act is _SHOW:
        days = terms.withdrawal.take_down_days if terms.withdrawal else 0
        last = state.revoked_on + timedelta(days=days)
        if on <= last:
            return NONE
        text += f": what was out had to be taken down by {last}"
    return because("license.revoked", text, None, "R57")


def not_declined(_use: Use, _terms: Terms, state: State, _on: date) -> Reasons:
    """Neither of them said no."""
    if state.declined_on is None:
        return NONE
    text = f"the license was declined on {state.declined_on}: it never came about"
    return because("license.declined", text, None, "R14")


def not_resting(_use: Use, _terms: Terms, state: State, _on: date) -> Reasons:
    """The model does not let it rest."""
    if state.suspended_on is None:
        return NONE
    text = f"the model lets the license rest since {state.suspended_on}"
    return because("license.suspended", text, None, "R57")


def not_superseded(_use: Use, _terms: Terms, state: State, _on: date) -> Reasons:
    """No newer license took its place."""
    if state.superseded_by is None:
        return NONE
    text = f"`{state.superseded_by}` took the place of this license: use that one"
    return because("license.superseded", text)


def complete(_use: Use, terms: Terms, _state: State, _on: date) -> Reasons:
    """Scope, purpose, pay and its term are stated."""
    found = NONE
    if not terms.scope.strip():
        found += because("scope.unstated", "the terms state no scope", "scope", "R15")
    if not terms.purposes:
        found += because("purpose.unstated", "the terms state no purpose", "purposes", "R15")
    if terms.pay is None:
        return found + because("pay.unstated", "the terms state no rate of pay", "pay", "R15")
    if terms.pay.payment_term_days is None:
        text = "the terms do not say when pay is due"
        found += because("pay.term_unstated", text, "pay.payment_term_days", "R30")
    return found
