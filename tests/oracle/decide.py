"""A second `decide`, slow and obvious: one question after the other, nothing shared, no tables.

It answers with the outcome and the reason codes. It is written from the words of the design and
shares no rule with `sosie.core.license`, so that a mistake in one shows as a difference.
"""

from __future__ import annotations

from datetime import date, timedelta

from sosie.core.terms import Terms
from sosie.core.territories import expand
from sosie.core.use import Act, State, Use

CHANGES_HER = {"body_shape", "skin_tone", "age", "face"}
UNKNOWN = {
    "signature.day_unknown",
    "purpose.unknown",
    "channel.unknown",
    "territory.unknown",
    "alteration.unknown",
    "picture.unknown",
    "rule.broke",
}


def decide(use: Use, terms: Terms, state: State, on: date) -> tuple[str, list[str]]:
    """Return the outcome and the sorted reason codes."""
    codes = (
        about_the_parties(use, terms, state, on)
        + about_the_text(use, terms)
        + about_the_days(terms, on)
    )
    if use.act.value == "train":
        codes.append("training.forbidden")
    else:
        codes += about_the_showing(use, terms)
        codes += about_the_alterations(use, terms)
        codes += about_the_picture(use, terms, state)
    if len(codes) == 0:
        return "allowed", []
    only_unknown = all(code in UNKNOWN for code in codes)
    return ("undecided" if only_unknown else "refused"), sorted(codes)


def about_the_parties(use: Use, terms: Terms, state: State, on: date) -> list[str]:
    codes = []
    if use.licensee != terms.parties.brand:
        codes.append("licensee.mismatch")
    if use.twin != terms.twin:
        codes.append("twin.mismatch")
    if not state.consent_live:
        codes.append("creation_consent.missing")
    model_signed = any(party == terms.parties.model for party in state.signed_by)
    brand_signed = any(party == terms.parties.brand for party in state.signed_by)
    if not model_signed:
        codes.append("signature.model_missing")
    if not brand_signed:
        codes.append("signature.brand_missing")
    if model_signed and brand_signed:
        if state.signed_on is None:
            codes.append("signature.day_unknown")
        elif (on - state.signed_on).days < 0:
            codes.append("consent.not_prior")
    if state.revoked_on is not None:
        codes.append("license.revoked")
    return codes


def about_the_text(use: Use, terms: Terms) -> list[str]:
    codes = []
    if "".join(terms.scope.split()) == "":
        codes.append("scope.unstated")
    if len(terms.purposes) == 0:
        codes.append("purpose.unstated")
    if terms.pay is None:
        codes.append("pay.unstated")
        return codes
    if terms.pay.payment_term_days is None:
        codes.append("pay.term_unstated")
    price = "0"
    if use.act.value == "seal":
        price = str(terms.pay.per_picture)
    if use.act.value == "release":
        price = str(terms.pay.per_release)
    decimals = len(price.partition(".")[2].rstrip("0"))
    if decimals > (0 if terms.pay.currency == "JPY" else 2):
        codes.append("rule.broke")
    return codes


def about_the_days(terms: Terms, on: date) -> list[str]:
    if terms.period is None:
        return ["period.open_ended"]
    day = terms.period.first
    while day <= terms.period.last:
        if day == on:
            return []
        day += timedelta(days=1)
    return ["period.not_started" if on < terms.period.first else "period.ended"]


def about_the_showing(use: Use, terms: Terms) -> list[str]:
    codes = []
    release = use.act.value == "release"
    if use.purpose is None:
        if release or use.act.value == "make":
            codes.append("purpose.unknown")
    elif terms.purposes and use.purpose.value not in [p.value for p in terms.purposes]:
        codes.append("purpose.not_licensed")
    if release or use.channel is not None:
        if not terms.channels:
            codes.append("channel.unstated")
        elif use.channel is None:
            codes.append("channel.unknown")
        elif use.channel.value not in [c.value for c in terms.channels]:
            codes.append("channel.not_licensed")
    if release or use.territories is not None:
        codes += about_the_countries(use, terms)
    return codes


def about_the_countries(use: Use, terms: Terms) -> list[str]:
    if terms.territories is None:
        return ["territory.unstated"]
    if use.territories is None:
        return ["territory.unknown"]
    if len(use.territories) == 0:
        return ["territory.none_asked"]
    try:
        excluded = set(expand(terms.territories.exclude))
        licensed = [code for code in expand(terms.territories.include) if code not in excluded]
    except ValueError:
        return ["rule.broke"]
    codes = []
    asked: list[str] = []
    for code in sorted(set(use.territories)):
        try:
            asked += expand([code])
        except ValueError:
            codes.append("territory.no_country")
    if any(country not in licensed for country in asked):
        codes.append("territory.not_licensed")
    return codes


def about_the_alterations(use: Use, terms: Terms) -> list[str]:
    codes = []
    listed = [alteration.value for alteration in terms.alterations]
    if use.alterations is None:
        if use.act.value == "make":
            codes.append("alteration.unknown")
    else:
        for alteration in sorted({a.value for a in use.alterations}):
            if alteration == "nudity":
                codes.append("alteration.nudity")
            elif alteration in CHANGES_HER and alteration not in listed:
                codes.append("alteration.changes_her")
            elif alteration not in listed:
                codes.append("alteration.not_licensed")
    return codes


def about_the_picture(use: Use, terms: Terms, state: State) -> list[str]:
    codes = []
    if use.act is Act.MAKE:
        if use.pictures <= 0:
            codes.append("volume.none_asked")
        elif terms.pictures is None:
            codes.append("volume.unstated")
        elif terms.pictures - state.pictures_made < use.pictures:
            codes.append("volume.exceeded")
    elif use.picture is None:
        codes.append("picture.unknown")
    elif state.approvals is None or use.picture not in state.approvals:
        codes.append("approval.missing")
    elif not state.approvals[use.picture]:
        codes.append("approval.refused")
    return codes
