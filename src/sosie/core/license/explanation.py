"""A decision told to the model, in plain words: what is asked, what stands against it, what she
can do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sosie.core.terms import Terms
from sosie.core.use import Act, Decision, Use
from sosie.core.values import Outcome

_ACTS: Mapping[Act, str] = MappingProxyType(
    {
        Act.MAKE: "make {pictures} with your twin",
        Act.SEAL: "seal a picture of your twin",
        Act.RELEASE: "bring out a picture of your twin",
        Act.SHOW: "go on showing a picture of your twin",
        Act.TRAIN: "train a machine on your material",
    }
)

WHAT_NOW: Mapping[str, str] = MappingProxyType(
    {
        "act.unknown": "Nothing happens: nobody can do what is not described.",
        "licensee.mismatch": "Nothing happens: whoever asks holds no license of yours.",
        "twin.mismatch": "Nothing happens: the license is about another twin.",
        "twin.version_unknown": "They must say which version of your twin they use.",
        "twin.version_mismatch": "They must use the version of your twin that you licensed.",
        "creation_consent.missing": "Your consent to the twin itself is not there any more.",
        "signature.model_missing": "You have not signed. Nobody can sign for you.",
        "signature.brand_missing": "They have not signed yet.",
        "signature.day_unknown": "A person looks at when the contract was signed.",
        "consent.not_prior": "They must wait for both signatures.",
        "license.revoked": "You took this license back. That holds.",
        "license.declined": "One of you said no. It never became a license.",
        "license.suspended": "You let this license rest. Let it go on, or leave it so.",
        "license.superseded": "A newer license of yours counts now.",
        "scope.unstated": "The license must say what is to be made. Do not sign it without.",
        "pay.unstated": "The license must say what you earn. Do not sign it without.",
        "pay.term_unstated": "The license must say when you are paid.",
        "pay.cap_reached": "The cap of your pay is reached. They may ask you for a higher one.",
        "period.open_ended": "The license must say when it ends. Do not sign it without.",
        "period.not_started": "They must wait until the license begins.",
        "period.ended": "The license is over. They may ask you for a new one.",
        "period.post_unknown": "They must say what the picture was brought out for.",
        "purpose.unstated": "The license must say what for. Do not sign it without.",
        "purpose.unknown": "They must say what it is for.",
        "purpose.not_licensed": "You did not license that purpose. They may ask you.",
        "channel.unstated": "The license must say where pictures appear.",
        "channel.unknown": "They must say where it would appear.",
        "channel.not_licensed": "You did not license that channel. They may ask you.",
        "account.unknown": "They must say on which account.",
        "account.not_licensed": "You did not license that account. They may ask you.",
        "territory.unstated": "The license must say in which countries.",
        "territory.unknown": "They must say in which countries.",
        "territory.none_asked": "They must name a country.",
        "territory.no_country": "They must name countries that there are.",
        "territory.not_licensed": "You did not license that country. They may ask you.",
        "garment.unknown": "They must say what you would wear.",
        "garment.not_licensed": "You did not license that garment. They may ask you.",
        "alteration.unknown": "They must say what is altered.",
        "alteration.not_licensed": "You did not allow that change. They may ask you.",
        "alteration.changes_her": "That would change who you seem to be. Only you can allow it.",
        "alteration.nudity": "That is never licensed here.",
        "depiction.unknown": "They must say what else is in the picture.",
        "depiction.excluded": "You said that you are never shown with that.",
        "others.unknown": "They must say who else is in the picture.",
        "others.not_licensed": "You did not allow others beside you. They may ask you.",
        "volume.unstated": "The license must say how many pictures.",
        "volume.none_asked": "They must say how many pictures.",
        "volume.exceeded": "All pictures that you licensed are made. They may ask for more.",
        "renditions.exceeded": "All renditions that you licensed are out. They may ask for more.",
        "placements.none_asked": "They must say in how many places.",
        "placements.exceeded": "It is in all the places that you licensed. They may ask for more.",
        "picture.unknown": "They must say which picture.",
        "approval.missing": "Look at the picture and answer. Until you do, it stays where it is.",
        "approval.refused": "You refused this picture. That holds.",
        "campaign.unknown": "They must say for which campaign.",
        "campaign.missing": "Answer for the campaign. Until you do, nothing of it goes out.",
        "campaign.refused": "You refused this campaign. That holds.",
        "exclusivity.unknown": "A person looks whether you promised this to somebody else.",
        "exclusivity.category_unknown": "They must name the kind of goods that it is for.",
        "exclusivity.conflict": "You promised this to somebody else for that time.",
        "training.forbidden": "No license here allows that.",
        "rule.broke": "A person looks at it. Until then nothing happens.",
    }
)
"""For each reason code what it means for her and what she, or whoever asks, can do."""


def explain(decision: Decision, use: Use, terms: Terms) -> list[str]:
    """Return a decision as sentences to the model, one a line: the answer first, and last what the
    license is about in the words of whoever wrote it."""
    lines = [_answer(decision, use)]
    for reason in decision.reasons:
        lines.append(f"- {_sentence(reason.text)} {WHAT_NOW[reason.code]}")
        if reason.clause:
            lines[-1] += f" (clause `{reason.clause}`{f', {reason.rule}' if reason.rule else ''})"
    if decision.price is not None and decision.price.minor:
        share = decision.price.share(1 - terms.commission)
        agency = f"; {share} of it are yours after commission" if terms.commission else ""
        lines.append(f"- It costs them {decision.price}{agency}.")
    lines += [f"- They owe: {duty.text}." for duty in decision.duties]
    if terms.scope:
        lines.append(f"- What is made, as they wrote it: {terms.scope}")
    if terms.expectations:
        lines.append(f"- What they expect of you, as they wrote it: {terms.expectations}")
    return lines


def _answer(decision: Decision, use: Use) -> str:
    pictures = "a picture" if use.pictures == 1 else f"{use.pictures} pictures"
    act = _ACTS.get(use.act, "do this").format(pictures=pictures)
    where = f" in {', '.join(use.territories)}" if use.territories else ""
    on = f" on {use.channel.replace('_', ' ')}" if use.channel else ""
    what = f" for {use.purpose.replace('_', ' ')}" if use.purpose else ""
    match decision.outcome:
        case Outcome.ALLOWED:
            return f"`{use.licensee}` may {act}{on}{where}{what}, as you licensed it."
        case Outcome.REFUSED:
            count = len(decision.reasons)
            why = "for one reason" if count == 1 else f"for {count} reasons"
            return f"`{use.licensee}` may not {act}{on}{where}{what}, {why}:"
    return f"Whether `{use.licensee}` may {act}{on}{where}{what} is open; until then it may not:"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text[0].isalpha() else f"{text}."
