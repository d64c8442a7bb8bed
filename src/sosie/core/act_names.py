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
        "release.ask": _N("release asked for"),
        "release.taken_down": _N("release taken down"),
        "shoot.order": _N("shoot ordered"),
        "agreement.end": _N("agreement with an agency ended"),
        "agency.register": _N("registration stated"),
        "passkey.add": _N("passkey allowed to sign"),
    }
)
LOGGED: Mapping[str, str] = MappingProxyType(
    {
        "party.joined": _N("somebody joined"),
        "agreement.recorded": _N("agreement with an agency"),
        "agreement.ended": ACTS["agreement.end"],
        "registration.recorded": ACTS["agency.register"],
        "passkey.added": ACTS["passkey.add"],
        "preferences.set": ACTS["preferences.set"],
        "paper.recorded": _N("paper filed"),
        "death.recorded": _N("death of a model recorded"),
        "consent.signed": _N("consent signed"),
        "consent.withdrawn": _N("consent withdrawn"),
        "capture.worked": ACTS["capture.day"],
        "twin.captured": ACTS["twin.version"],
        "twin.marked": ACTS["twin.mark"],
        "twin.listed": ACTS["twin.list"],
        "twin.trained": _N("weights trained on a twin"),
        "twin.weights_erased": _N("trained weights erased"),
        "twin.retired": ACTS["twin.retire"],
        "twin.erased": _N("twin erased"),
        "license.drafted": ACTS["license.drafted"],
        "license.refused": _N("license refused"),
        "license.asked": ACTS["license.asked"],
        "license.countered": ACTS["license.countered"],
        "license.proposed": ACTS["license.proposed"],
        "license.advised": ACTS["license.advised"],
        "license.agreed": ACTS["license.agreed"],
        "license.declined": ACTS["license.declined"],
        "license.suspended": ACTS["license.suspended"],
        "license.resumed": ACTS["license.resumed"],
        "license.revoked": ACTS["license.revoke"],
        "license.superseded": _N("license replaced by a later one"),
        "memo.delivered": _N("deal memo delivered"),
        "memo.accepted": ACTS["license.memo_accepted"],
        "contract.made": _N("contract made"),
        "contract.signed": _N("contract signed"),
        "copy.delivered": _N("copy of the contract delivered"),
        "campaign.answered": ACTS["campaign.answer"],
        "decision.made": _N("a use checked against its license"),
        "shoot.ordered": ACTS["shoot.order"],
        "picture.made": _N("picture made"),
        "picture.change_ordered": ACTS["picture.change"],
        "picture.approved": ACTS["picture.approve"],
        "picture.refused": ACTS["picture.refuse"],
        "picture.recognized": ACTS["picture.recognize"],
        "picture.accepted": ACTS["picture.accept"],
        "picture.declined": ACTS["picture.decline"],
        "picture.sealed": _N("picture sealed"),
        "picture.released": ACTS["picture.release"],
        "release.asked": ACTS["release.ask"],
        "release.taken_down": ACTS["release.taken_down"],
        "money.posted": _N("money written down"),
        "statement.issued": _N("statement of money"),
    }
)
"""What the acts of the public log are called: `transparency.LogAct`."""
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
