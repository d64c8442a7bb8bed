"""What the statements that a party signs are called where people read them: in lists, and in the
index of her papers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _N(message: str) -> str:  # noqa: N802 (gettext's own name for a message that is said later)
    """Mark a message for the catalogs."""
    return message


ACTS: Mapping[str, str] = MappingProxyType(
    {
        "consent.create": _N("consent to make the twin"),
        "consent.withdraw": _N("consent to the twin withdrawn"),
        "consent.train": _N("consent to train weights"),
        "consent.train_withdrawn": _N("consent to train weights withdrawn"),
        "twin.version": _N("new version of the twin"),
        "twin.mark": _N("mark that is never retouched"),
        "twin.retire": _N("twin retired"),
        "twin.list": _N("what brands see of her"),
        "capture.day": _N("day of capture"),
        "preferences.set": _N("what is wanted of every license"),
        "license.drafted": _N("license drafted"),
        "license.asked": _N("license asked for"),
        "license.countered": _N("other terms"),
        "license.proposed": _N("terms proposed"),
        "license.advised": _N("advice"),
        "license.agreed": _N("yes to a license"),
        "license.declined": _N("no to a license"),
        "license.memo_accepted": _N("deal memo accepted"),
        "license.suspended": _N("license suspended"),
        "license.resumed": _N("license resumed"),
        "license.revoke": _N("license taken back"),
        "campaign.answer": _N("answer to a campaign"),
        "picture.approve": _N("yes to a picture"),
        "picture.refuse": _N("no to a picture"),
        "picture.accept": _N("a picture accepted by the brand"),
        "picture.decline": _N("a picture declined by the brand"),
        "picture.recognize": _N("a picture recognized"),
        "picture.change": _N("another picture asked for"),
        "picture.release": _N("picture released"),
        "release.taken_down": _N("release taken down"),
        "shoot.order": _N("shoot ordered"),
        "agreement.end": _N("agreement with an agency ended"),
        "agency.register": _N("registration stated"),
        "passkey.add": _N("passkey allowed to sign"),
    }
)
PAPERS: Mapping[str, str] = MappingProxyType(
    {
        "contract": _N("contract"),
        "deal_memo": _N("deal memo"),
        "signing_record": _N("signing record"),
        "representation": _N("representation agreement"),
        "power_of_attorney": _N("power of attorney"),
        "other": _N("paper"),
    }
)


def called(name: str) -> str:
    """Return what an act or a kind of paper is called; what is not listed, by its own name."""
    return ACTS.get(name) or PAPERS.get(name) or name.replace("_", " ").replace(".", ": ")
