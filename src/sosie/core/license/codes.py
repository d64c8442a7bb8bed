"""Every reason code and duty code that a decision can name. Published: never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from sosie.core.law import RULES as LAW
from sosie.core.values import Outcome, Reason


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
        "twin.version_unknown": _undecided("the version of the twin is not known"),
        "twin.version_mismatch": _refused("the license is about another version of the twin"),
        "creation_consent.missing": _refused("the twin has no live creation consent"),
        "signature.model_missing": _refused("the model has not signed the license herself"),
        "signature.brand_missing": _refused("the brand has not signed the license"),
        "signature.day_unknown": _undecided("the day of the last signature is not known"),
        "consent.not_prior": _refused("the act comes before the last signature"),
        "license.revoked": _refused("the model revoked the license"),
        "license.declined": _refused("one of them said no before both had signed"),
        "license.suspended": _refused("the model lets the license rest"),
        "license.superseded": _refused("another license took the place of this one"),
        "scope.unstated": _refused("the terms state no scope"),
        "pay.unstated": _refused("the terms state no rate of pay"),
        "pay.term_unstated": _refused("the terms do not say when pay is due"),
        "pay.cap_reached": _refused("the price would go over the cap: nothing is made for free"),
        "period.open_ended": _refused("the terms state no last day"),
        "period.not_started": _refused("the day is before the first day of the license"),
        "period.ended": _refused("the day is after the last day of the license"),
        "period.post_unknown": _undecided("whether it is an unpaid post that may stay"),
        "purpose.unstated": _refused("the terms state no purpose"),
        "purpose.unknown": _undecided("the purpose of the use is not known"),
        "purpose.not_licensed": _refused("the purpose is not among those licensed"),
        "channel.unstated": _refused("the terms state no channel"),
        "channel.unknown": _undecided("the channel of the use is not known"),
        "channel.not_licensed": _refused("the channel is not among those licensed"),
        "account.unknown": _undecided("the account of the channel is not known"),
        "account.not_licensed": _refused("the account is not among those licensed"),
        "territory.unstated": _refused("the terms state no territory"),
        "territory.unknown": _undecided("the territory of the use is not known"),
        "territory.none_asked": _refused("the use names no country: there is nothing to check"),
        "territory.no_country": _refused("a territory of the use is no country and no group"),
        "territory.not_licensed": _refused("a country of the use is not licensed"),
        "garment.unknown": _undecided("what she wears is not known"),
        "garment.not_licensed": _refused("a garment is not among those licensed"),
        "alteration.unknown": _undecided("the alterations are not known"),
        "alteration.not_licensed": _refused("an alteration is not among those licensed"),
        "alteration.changes_her": _refused(
            "an alteration of body, skin, age or face was not expressly licensed"
        ),
        "alteration.nudity": _refused("nudity is never licensed here, whatever the terms list"),
        "depiction.unknown": _undecided("what the picture shows beside her is not known"),
        "depiction.excluded": _refused("the picture shows what the model excludes"),
        "others.unknown": _undecided("who else is in the picture is not known"),
        "others.not_licensed": _refused("somebody else is in the picture who may not be"),
        "volume.unstated": _refused("the terms do not say how many pictures may be made"),
        "volume.none_asked": _refused("the use asks for no picture: there is nothing to check"),
        "volume.exceeded": _refused("more pictures would be made than are licensed"),
        "renditions.exceeded": _refused("more renditions would go out than are licensed"),
        "placements.none_asked": _refused("the release is shown in no place"),
        "placements.exceeded": _refused("more placements are shown than are licensed"),
        "picture.unknown": _undecided("the picture of the use is not known"),
        "approval.missing": _refused("the model has not answered for this picture"),
        "approval.refused": _refused("the model refused this picture"),
        "campaign.unknown": _undecided("the campaign of the use is not known"),
        "campaign.missing": _refused("the model has not answered for this campaign"),
        "campaign.refused": _refused("the model refused this campaign"),
        "exclusivity.unknown": _undecided("the other licenses of the twin are not known"),
        "exclusivity.category_unknown": _undecided(
            "somebody else holds the twin exclusively, and the category of this use is not known"
        ),
        "exclusivity.conflict": _refused("somebody else holds the twin exclusively for this"),
        "training.forbidden": _refused("no training on the model's material is licensed"),
        "rule.broke": _undecided("a rule could not be asked: a person decides"),
    }
)
"""Every reason code that a decision can name."""

DUTIES: Mapping[str, str] = MappingProxyType(
    {
        "mark": "the picture is marked so that machines can tell how it was made",
        "label": "it is said visibly that the picture shows a digital twin",
        "credit": "the credit line stands with the picture",
        "pay": "the price is paid by the day",
        "report": "the use is in the next report to the model",
        "take_down": "the picture is taken down by the day",
    }
)
"""Every duty code that a decision can name, with its meaning."""

# What the house took as its model, by rule; the last ones are for rules whose table is younger.
_MODELS = {
    "R45": "New York Labor Law §§ 1034(4), 1037(4), Civil Rights Law § 52-c(3)",
    "R49": "AI Act art. 50(2)",
    "R50": "AI Act art. 50(4)",
    "R55": "GDPR art. 9(2)(a)",
    "R57": "GDPR art. 7(3)",
    "R64": "New York Labor Law § 1035(8)",
    "R67": "practice of unions and brands",
    "R68": "practice of unions and agencies",
} | {rule.id: rule.citation for rule in LAW}

Reasons = tuple[Reason, ...]
NONE: Reasons = ()


@lru_cache(maxsize=8192)
def because(code: str, text: str, clause: str | None = None, rule: str | None = None) -> Reasons:
    """Return one reason; the house holds to its rules everywhere and says where they come from."""
    if rule is None:
        return (Reason(code, text, clause),)
    return (Reason(code, text, clause, rule, f"house policy, modeled on {_MODELS[rule]}"),)
