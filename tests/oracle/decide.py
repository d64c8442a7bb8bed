"""A second `decide`, slow and obvious: one question after the other, nothing shared, no tables.

It answers with the outcome, the reason codes and the duties. It is written from the words of the
design and shares no rule with `sosie.core.license`, so that a mistake in one shows as a difference.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sosie.core.terms import Terms
from sosie.core.territories import expand
from sosie.core.use import Act, Other, State, Use

CHANGES_HER = {"body_shape", "skin_tone", "age", "face", "other_face"}
UNKNOWN = {
    "twin.version_unknown",
    "signature.day_unknown",
    "period.post_unknown",
    "purpose.unknown",
    "channel.unknown",
    "account.unknown",
    "territory.unknown",
    "garment.unknown",
    "alteration.unknown",
    "depiction.unknown",
    "others.unknown",
    "picture.unknown",
    "campaign.unknown",
    "exclusivity.unknown",
    "exclusivity.category_unknown",
    "rule.broke",
}
Duties = list[tuple[str, date | None]]
Answer = tuple[str, list[str], Duties]


def decide(use: Use, terms: Terms, state: State, on: date) -> Answer:
    """Return the outcome, the sorted reason codes, and each duty with its day."""
    act = use.act.value
    codes = about_the_parties(use, terms, state, on) + about_the_standing(use, terms, state, on)
    codes += about_the_text(use, terms, state) + about_the_days(use, terms, on)
    if act == "train":
        if not state.training_allowed:
            codes.append("training.forbidden")
    else:
        codes += about_the_showing(use, terms)
        codes += about_the_alterations(use, terms)
        codes += about_the_picture(use, terms, state)
    if act == "make":
        codes += about_the_making(use, terms)
    if act == "release":
        codes += about_the_release(use, terms, state)
    if act == "show" and terms.placements and state.placements_out > terms.placements:
        codes.append("placements.exceeded")
    if act in ("make", "release"):
        codes += about_the_others(use, terms, state, on)
    if len(codes) == 0:
        return "allowed", [], duties(use, terms, state, on)
    only_unknown = all(code in UNKNOWN for code in codes)
    return ("undecided" if only_unknown else "refused"), sorted(codes), []


def about_the_parties(use: Use, terms: Terms, state: State, on: date) -> list[str]:
    codes = []
    may = [terms.parties.brand]
    if terms.parties.studio is not None:
        may.append(terms.parties.studio)
    if terms.sublicense is not None:
        may += terms.sublicense
    if use.licensee not in may:
        codes.append("licensee.mismatch")
    if use.twin != terms.twin:
        codes.append("twin.mismatch")
    if use.act.value == "make" and terms.twin_version is not None:
        if use.twin_version is None:
            codes.append("twin.version_unknown")
        elif use.twin_version - terms.twin_version != 0:
            codes.append("twin.version_mismatch")
    if not state.consent_live and use.act.value != "show":
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
    return codes


def about_the_standing(use: Use, terms: Terms, state: State, on: date) -> list[str]:
    codes = []
    showing = use.act.value == "show"
    if state.declined_on is not None:
        codes.append("license.declined")
    if state.revoked_on is not None:
        days = 0 if terms.withdrawal is None else terms.withdrawal.take_down_days
        if not showing or (on - state.revoked_on).days > days:
            codes.append("license.revoked")
    if state.suspended_on is not None and not showing:
        codes.append("license.suspended")
    if state.superseded_by is not None:
        codes.append("license.superseded")
    return codes


def about_the_text(use: Use, terms: Terms, state: State) -> list[str]:
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
    if use.act.value not in ("seal", "release"):
        return codes
    asked = price(use, terms)
    if asked is None:
        codes.append("rule.broke")
    elif terms.pay.cap is not None and asked + state.earned > cents(terms, terms.pay.cap):
        codes.append("pay.cap_reached")
    return codes


def cents(terms: Terms, amount: Decimal) -> Decimal:
    assert terms.pay is not None
    return amount if terms.pay.currency == "JPY" else amount * 100


def price(use: Use, terms: Terms) -> Decimal | None:
    """Return what the use costs in minor units; nothing where no money can say it."""
    assert terms.pay is not None
    amounts = []
    if use.act.value == "seal":
        amounts = [terms.pay.per_picture]
    if use.act.value == "release":
        amounts = [terms.pay.per_release]
        if terms.pay.per_placement is not None:
            amounts.append(terms.pay.per_placement)
    total = Decimal(0)
    for place, amount in enumerate(amounts):
        minor = cents(terms, amount)
        if minor != int(minor):
            return None
        total += minor * (use.placements if place == 1 else 1)
    return total


def about_the_days(use: Use, terms: Terms, on: date) -> list[str]:
    if terms.period is None:
        return ["period.open_ended"]
    if on < terms.period.first:
        return ["period.not_started"]
    late = (on - terms.period.last).days
    if late <= 0:
        return []
    if use.act.value != "show" or terms.after_end is None:
        return ["period.ended"]
    if late <= terms.after_end.sell_off_days:
        return []
    post = use.channel is not None and use.channel.value in ("instagram", "tiktok")
    if terms.after_end.archive == "posts_stay" and post:
        if use.purpose is None:
            return ["period.post_unknown"]
        if use.purpose.value in ("organic_social", "editorial"):
            return []
    return ["period.ended"]


def about_the_showing(use: Use, terms: Terms) -> list[str]:
    codes = []
    out = use.act.value in ("release", "show")
    if use.purpose is None:
        if use.act.value in ("release", "make"):
            codes.append("purpose.unknown")
    elif terms.purposes and use.purpose.value not in [p.value for p in terms.purposes]:
        codes.append("purpose.not_licensed")
    if out or use.channel is not None:
        if not terms.channels:
            codes.append("channel.unstated")
        elif use.channel is None:
            codes.append("channel.unknown")
        elif use.channel.value not in [c.value for c in terms.channels]:
            codes.append("channel.not_licensed")
    if out and terms.accounts is not None and use.channel in terms.accounts:
        if use.account is None:
            codes.append("account.unknown")
        elif use.account not in terms.accounts[use.channel]:
            codes.append("account.not_licensed")
    if out or use.territories is not None:
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


def about_the_making(use: Use, terms: Terms) -> list[str]:
    codes = []
    if terms.garments is not None or terms.collections is not None:
        if use.garments is None or len(use.garments) == 0:
            codes.append("garment.unknown")
        else:
            of = list(use.collections or ()) + [None] * len(use.garments)
            for garment, collection in zip(use.garments, of, strict=False):
                by_name = terms.garments is not None and garment in terms.garments
                by_group = terms.collections is not None and collection in terms.collections
                if not by_name and not by_group:
                    codes.append("garment.not_licensed")
    if terms.excluded_depictions:
        if use.depictions is None:
            codes.append("depiction.unknown")
        elif any(shown in terms.excluded_depictions for shown in use.depictions):
            codes.append("depiction.excluded")
    people = "nobody" if terms.co_depiction is None else terms.co_depiction.people
    if people != "anybody":
        if use.others is None:
            codes.append("others.unknown")
        else:
            named = [] if terms.co_depiction is None else list(terms.co_depiction.named)
            if [person for person in use.others if person not in named]:
                codes.append("others.not_licensed")
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


def about_the_release(use: Use, terms: Terms, state: State) -> list[str]:
    codes = []
    if terms.renditions is not None and state.renditions_out + 1 > terms.renditions:
        codes.append("renditions.exceeded")
    if use.placements <= 0:
        codes.append("placements.none_asked")
    elif terms.placements is not None:
        if terms.placements - state.placements_out < use.placements:
            codes.append("placements.exceeded")
    if terms.approvals.each_campaign is True:
        if use.campaign is None:
            codes.append("campaign.unknown")
        elif state.campaigns is None or use.campaign not in state.campaigns:
            codes.append("campaign.missing")
        elif not state.campaigns[use.campaign]:
            codes.append("campaign.refused")
    return codes


def about_the_others(use: Use, terms: Terms, state: State, on: date) -> list[str]:
    if state.others is None:
        return ["exclusivity.unknown"]
    if state.others and use.territories is None and terms.territories is not None:
        try:
            terms.territories.countries()
        except ValueError:
            return ["rule.broke"]
    codes = []
    for other in state.others:
        if other.licensee != terms.parties.brand and held_here(use, terms, other, on):
            assert other.exclusivity is not None
            if terms.category is None:
                codes.append("exclusivity.category_unknown")
            elif terms.category == other.exclusivity.category:
                codes.append("exclusivity.conflict")
    return codes


def held_here(use: Use, terms: Terms, other: Other, on: date) -> bool:
    held = other.exclusivity
    if held is None or on < held.first or on > held.last:
        return False
    countries: set[str] = set()
    if use.territories is not None:
        for code in use.territories:
            try:
                countries |= expand([code])
            except ValueError:
                return False  # another reason says that it is no country
    elif terms.territories is not None:
        countries = set(terms.territories.countries())
    return any(country in held.territories.countries() for country in countries)


def duties(use: Use, terms: Terms, state: State, on: date) -> Duties:
    act = use.act.value
    found: Duties = []
    if act == "seal":
        found.append(("mark", None))
    if act == "release":
        assert use.territories is not None
        europe = any(c in expand(["EEA"]) for code in use.territories for c in expand([code]))
        if europe or terms.disclosure is not None:
            found.append(("label", None))
        if terms.credit != "":
            found.append(("credit", None))
    assert terms.pay is not None
    if act in ("seal", "release") and price(use, terms):
        found.append(("pay", on + timedelta(days=terms.pay.payment_term_days or 0)))
    if act == "release" and terms.usage_reports is not None:
        days = {"monthly": 31, "quarterly": 92, "yearly": 366}[terms.usage_reports]
        found.append(("report", on + timedelta(days=days)))
    if act in ("release", "show"):
        found += until_when(use, terms, state)
    return found


def until_when(use: Use, terms: Terms, state: State) -> Duties:
    assert terms.period is not None
    if state.revoked_on is not None:
        days = 0 if terms.withdrawal is None else terms.withdrawal.take_down_days
        return [("take_down", state.revoked_on + timedelta(days=days))]
    if terms.after_end is None:
        return [("take_down", terms.period.last)]
    assert use.channel is not None
    stays = terms.after_end.archive == "posts_stay"
    post = use.channel.value in ("instagram", "tiktok")
    unpaid = use.purpose is not None and use.purpose.value in ("organic_social", "editorial")
    if stays and post and unpaid:
        return []
    return [("take_down", terms.period.last + timedelta(days=terms.after_end.sell_off_days))]
