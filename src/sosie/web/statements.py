"""What a statement says, in plain words: read from the very text that is signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from sosie.core.term_names import CHANNELS, PURPOSES
from sosie.core.terms import Channel, Purpose
from sosie.services.signing import Asked
from sosie.web.said import written
from sosie.web.tongue import countries

_SHORT = slice(7, 15)
"""The first eight digits of a digest `sha256:…`."""


def in_words(asked: Asked) -> list[str]:
    """Return what somebody signs as sentences in her name; raises ``KeyError`` for an act that
    cannot be said, which no page asks for then."""
    if not asked.statement:
        text = _("I sign the contract as the {role}: the file {file}, in full, as it lies here.")
        return [text.format(role=_(asked.role), file=asked.document[_SHORT])]
    said = json.loads(asked.statement)
    sentence = _WORDS[said["act"]](said)
    note = said.get("note", "")
    return [sentence, _("My note: “{note}”").format(note=note)] if note else [sentence]


def in_english(asked: Asked) -> list[str]:
    """Return the same sentences in English, the language that every translation is made from; none
    where they were said in it. What is signed is neither: it is the text that both are read from,
    whose meaning no language changes."""
    if (get_language() or "en").partition("-")[0] == "en":
        return []
    with override("en"):
        return in_words(asked)


def _license(said: Mapping[str, Any]) -> str:
    return str(said["on"]).partition("/")[0]


def _about(text: str) -> Callable[[Mapping[str, Any]], str]:
    """Return what fills a sentence about a license on certain terms."""

    def filled(said: Mapping[str, Any]) -> str:
        terms = str(said.get("terms", ""))[_SHORT]
        return _(text).format(license=_license(said), terms=terms)

    return filled


def _picture(text: str) -> Callable[[Mapping[str, Any]], str]:
    """Return what fills a sentence about a picture, which is one certain file."""

    def filled(said: Mapping[str, Any]) -> str:
        return _(text).format(picture=said["on"], file=str(said["file"])[_SHORT])

    return filled


def _listed(said: Mapping[str, Any]) -> str:
    shown = said["listing"]
    twin = str(said["on"]).partition("/")[0]
    if not shown["found"]:
        return _("Brands do not find my twin {twin}.").format(twin=twin)
    names = {
        "words": _("what I say of myself"),
        "looks": _("how I look"),
        "photographs": _("photographs"),
        "measurements": _("measurements"),
        "exclusions": _("what I never do"),
        "rate": _("the least that I work for"),
        "engagements": _("in which categories I am taken"),
    }
    found = ", ".join(words for name, words in names.items() if shown[name])
    text = _("Brands find my twin {twin} and see my name and: {what}.")
    return text.format(twin=twin, what=found or _("nothing else"))


def _marked(said: Mapping[str, Any]) -> str:
    text = _("Never to be retouched: {place}, {words}.").format(**said)
    if not said["plate"]:
        return text
    where = _("It is seen on the photograph {plate}.").format(plate=said["plate"])
    if said["region"]:
        left, top, right, bottom = said["region"]
        where = _(
            "It is seen on the photograph {plate}: {left} to {right} pixels from the left, {top} to"
            " {bottom} from the top."
        ).format(plate=said["plate"], left=left, right=right, top=top, bottom=bottom)
    return f"{text} {where}"


def _let_out(said: Mapping[str, Any]) -> str:
    text = _("I ask that these pictures are sealed and go out under license {license}: {pictures}.")
    files = ", ".join(f"{id} ({file[_SHORT]})" for id, file in said["pictures"].items())
    each = _("On {channel}, for {purpose}, in {territories}; in so many places: {places}.")
    return " ".join(
        [
            text.format(license=said["license"], pictures=files),
            *(
                each.format(
                    channel=_named(_(CHANNELS[Channel(wish["channel"])]), wish["account"]),
                    purpose=_named(_(PURPOSES[Purpose(wish["purpose"])]), wish["campaign"]),
                    territories=countries(wish["territories"]),
                    places=wish["placements"],
                )
                for wish in said["releases"]
            ),
        ]
    )


def _named(words: str, name: str) -> str:
    return f"{words} ({name})" if name else words


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "license.drafted": _about("I put down the terms {terms} of license {license}."),
    "license.asked": _about("I ask the model for license {license} on the terms {terms}."),
    "twin.list": _listed,
    "license.agreed": _about("I agree to license {license} on the terms {terms} that lie here."),
    "license.declined": _about("I say no to license {license}."),
    "license.countered": _about("I would agree to license {license} on other terms: {terms}."),
    "license.advised": _about("I advise on license {license}. It binds nobody."),
    "license.suspended": _about("I let license {license} rest: nothing new until I say so."),
    "license.resumed": _about("License {license} goes on."),
    "license.revoke": _about("I take license {license} back, at once, for everything new."),
    "license.memo_accepted": lambda said: _(
        "I accept the pay that the deal memo {memo} of license {license} states."
    ).format(memo=str(said["memo"])[_SHORT], license=_license(said)),
    "picture.approve": _picture("Yes: the picture {picture} (file {file}) may go out."),
    "picture.refuse": _picture("No: the picture {picture} (file {file}) may not go out."),
    "picture.recognize": _picture("The picture {picture} (file {file}) does show me."),
    "picture.accept": _picture("We take the picture {picture} (file {file})."),
    "picture.decline": _picture("We do not take the picture {picture} (file {file})."),
    "release.ask": _let_out,
    "shoot.order": lambda said: _(
        "I order the shoot {shoot} under license {license}: the plan {plan} that lies here."
    ).format(shoot=said["on"], license=said["license"], plan=str(said["plan"])[_SHORT]),
    "picture.change": lambda said: _(
        "I ask for the picture {new} in place of {old}, which is kept."
    ).format(new=said["on"], old=said["changes"]),
    "preferences.set": lambda said: _(
        "What I never do, and what I want of every license, is from now on as it lies here: {file}."
    ).format(file=str(said["preferences"])[_SHORT]),
    "consent.create": lambda said: _(
        "I consent that a twin of me, {twin}, is made: {scope}. It is for: {purpose}. I am paid:"
        " {pay}. The consent holds until {until}, and I may withdraw it at any time. When I retire"
        " the twin: {licenses}"
    ).format(
        twin=str(said["on"]).partition("/")[0],
        licenses=_("Its licenses end.")
        if said["on_retirement"] == "end"
        else _("Licenses that run, run on."),
        **{name: said[name] for name in ("scope", "purpose")},
        **{name: written(said[name]) for name in ("pay", "until")},
    ),
    "twin.version": lambda said: _(
        "I make version {number} of my twin {twin}, of these photographs: {plates}."
    ).format(
        twin=str(said["on"]).partition("/")[0],
        number=str(said["on"]).partition("/")[2],
        plates=", ".join(str(plate)[_SHORT] for plate in said["plates"]),
    ),
    "twin.mark": _marked,
    "twin.retire": lambda said: _(
        "I retire the twin {twin}: nothing new is agreed on or ordered of it. {licenses}"
    ).format(
        twin=said["on"],
        licenses=_("Its licenses end.")
        if said["licenses"] == "end"
        else _("Licenses that run, run on."),
    ),
    "consent.withdraw": lambda said: _(
        "I withdraw my consent to the twin {twin}. All that was kept of it is erased."
    ).format(twin=said["on"]),
    "release.taken_down": lambda said: _(
        "What was released under seal {seal} is taken down."
    ).format(seal=said["on"]),
}
