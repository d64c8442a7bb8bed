"""Releases that a brand asks for and a worker does: whole, once, and only while they may be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sosie.cli.making import alone, work
from sosie.core.ledger import Account
from sosie.core.ports import Outside
from sosie.core.terms import Channel, Purpose
from sosie.core.values import Money, Refusal
from sosie.services import board, pack, releasing, review, seal
from sosie.services import license as licenses
from sosie.services import today as days
from sosie.services.release import Wish
from sosie.store.models import Picture, Posting, Release, Seal, Shoot, SignedAct
from sosie.store.studio import ReleaseRequest
from tests.services.conftest import LATER, SECRETS, answer, granted, made, refused, signed

INSTAGRAM = Wish(Channel.INSTAGRAM, Purpose.ORGANIC_SOCIAL, ("FR", "DE"))
POSTERS = Wish(Channel.OUT_OF_HOME, Purpose.CAMPAIGN, ("FR",), placements=3)


def approved(outside: Outside, count: int = 1, **changes: object) -> list[str]:
    """Return pictures of one shoot that she said yes to."""
    plates = ("front-half", "walking", "three-quarter")[:count]
    ids = made(outside, signed(outside, **{"pictures": 3, **changes}), *plates)
    for id in ids:
        granted(answer(outside, id))
    return ids


def ask(outside: Outside, ids: list[str], *wishes: Wish, by: str = "nord") -> Any:
    return releasing.ask(
        outside, pictures=ids, wishes=wishes, by=by, passphrase=SECRETS[by], now=LATER
    )


def revoke(outside: Outside, license: str) -> None:
    secret = SECRETS["ines"]
    granted(licenses.revoke(outside, license=license, by="ines", passphrase=secret, now=LATER))


def states() -> list[str]:
    return list(ReleaseRequest.objects.order_by("pk").values_list("state", flat=True))


def owed() -> list[int]:
    """Return what the brand owes for each act, in minor units."""
    rows = Posting.objects.filter(account=Account.RECEIVABLE)
    return sorted(rows.values_list("minor", flat=True))


def test_what_is_asked_is_sealed_and_goes_out_in_turn(captured: Outside, tmp_path: Path) -> None:
    ids = approved(captured, 2)
    rows = granted(ask(captured, ids, INSTAGRAM, POSTERS))
    assert (len(rows), states()) == (4, ["asked"] * 4)
    assert Release.objects.count() == Seal.objects.count() == 0  # asking does nothing
    became = list(work(captured, tmp_path, until_done=True))
    assert became == [(f"{id} {on}", "done") for id in ids for on in ("instagram", "out_of_home")]
    assert set(Picture.objects.values_list("status", flat=True)) == {"sealed"}
    out = Release.objects.order_by("at", "pk")
    assert {(each.channel, each.placements) for each in out} == {
        ("instagram", 1),
        ("out_of_home", 3),
    }
    assert all(row.release for row in ReleaseRequest.objects.all())
    for each in out:  # with its package
        assert (Path(captured.deliveries.place(each.pk)) / "delivery.json").exists()
    # She signed nothing new, and the brand once: its one word stands in every pack.
    (word,) = SignedAct.objects.filter(act=releasing.ASK)
    assert list(json.loads(bytes(word.body))["pictures"]) == ids
    assert not SignedAct.objects.filter(act="picture.release").exists()
    license = Picture.objects.get(pk=ids[0]).license_id
    assert isinstance(pack.make(captured, license=license, picture="", now=LATER), bytes)
    assert list(work(captured, tmp_path, until_done=True)) == []


def test_what_it_costs_is_said_before_and_is_what_is_posted(
    captured: Outside, tmp_path: Path
) -> None:
    ids = approved(captured, 2, renditions=5)
    told = granted(releasing.cost(ids, [INSTAGRAM, POSTERS], now=LATER))
    fee, file = Money(18000, "EUR"), Money(6000, "EUR")
    fees = [(each.what, each.rate, each.times) for each in told.fees]
    assert fees == [("for each picture", fee, 2), ("for each file that goes out", file, 4)]
    assert (told.total, told.hers) == (Money(60000, "EUR"), Money(48000, "EUR"))
    assert (told.files, told.places, told.reasons) == (1, None, ())
    granted(ask(captured, ids, INSTAGRAM, POSTERS))
    more = granted(releasing.cost(ids[:1], [INSTAGRAM], now=LATER))
    assert (more.total, more.files) == (file, 0)  # what waits counts, and is sealed once
    list(work(captured, tmp_path, until_done=True))
    assert sum(owed()) == 60000


def test_more_than_is_licensed_is_not_asked_for(captured: Outside) -> None:
    ids = approved(captured, 2, renditions=3)
    told = granted(releasing.cost(ids, [INSTAGRAM, POSTERS], now=LATER))
    assert [reason.code for reason in told.reasons] == ["renditions.exceeded"]
    assert refused(ask(captured, ids, INSTAGRAM, POSTERS)) == {"renditions.exceeded"}
    granted(ask(captured, ids, INSTAGRAM))
    assert refused(ask(captured, ids, POSTERS)) == {"renditions.exceeded"}
    assert states() == ["asked"] * 2


def test_what_the_license_does_not_allow_is_not_asked_for(captured: Outside) -> None:
    first, second = approved(captured, 2)
    abroad = replace(INSTAGRAM, territories=("US",))
    assert refused(ask(captured, [first], abroad)) == {"territory.not_licensed"}
    shop = replace(INSTAGRAM, channel=Channel.WEB_SHOP)
    assert refused(ask(captured, [first], shop)) == {"channel.not_licensed"}
    assert refused(ask(captured, [first], INSTAGRAM, by="ines")) == {"release.not_licensee"}
    assert refused(ask(captured, ["S-9999-01"], INSTAGRAM)) == {"picture.unknown"}
    assert refused(ask(captured, [], INSTAGRAM)) == {"release.no_picture"}
    assert refused(ask(captured, [first])) == {"release.no_channel"}
    said: dict[str, Any] = {"by": "nord", "passphrase": SECRETS["nord"], "now": LATER}
    granted(review.answer(captured, picture=second, yes=False, note="too dark", **said))
    assert refused(ask(captured, [first, second], INSTAGRAM)) == {"picture.declined"}
    assert [row.pk for row in releasing.releasable(Shoot.objects.get())] == [first]
    granted(ask(captured, [first], INSTAGRAM))
    assert refused(ask(captured, [first], INSTAGRAM)) == {"release.asked"}
    assert releasing.releasable(Shoot.objects.get()) == []
    (unsaid,) = made(captured, signed(captured), "walking")
    assert refused(ask(captured, [unsaid], INSTAGRAM)) == {"approval.missing"}
    granted(answer(captured, unsaid))
    assert refused(ask(captured, [first, unsaid], POSTERS)) == {"release.several_licenses"}


def test_a_revocation_in_between_wins(captured: Outside, tmp_path: Path) -> None:
    (id,) = approved(captured)
    granted(ask(captured, [id], INSTAGRAM, POSTERS))
    license = Picture.objects.get(pk=id).license_id
    (first,) = releasing.to_do()
    assert releasing.do(captured, request=first.pk, now=LATER).state == "done"
    revoke(captured, license)
    ((name, became),) = work(captured, tmp_path, until_done=True)
    assert name == f"{id} out_of_home"
    assert became.startswith("refused; ")
    assert states() == ["done", "refused"]
    row = ReleaseRequest.objects.get(state="refused")
    assert "license.revoked" in {reason["code"] for reason in row.reasons}
    assert Release.objects.count() == 1
    assert list(work(captured, tmp_path, until_done=True)) == []


class Killed(BaseException):
    """The end of a process, at a place in its work."""


@pytest.mark.parametrize("where", ["put", "write"])
@pytest.mark.parametrize("calls", [0, 1, 2])
def test_a_kill_loses_nothing_and_nothing_is_done_twice(
    captured: Outside, tmp_path: Path, where: str, calls: int
) -> None:
    (id,) = approved(captured)
    granted(ask(captured, [id], INSTAGRAM))

    class Dying:
        """Files that end the process at the n-th time that one is written."""

        def __init__(self, files: Any) -> None:
            self._files, self._left = files, calls

        def __getattr__(self, name: str) -> Any:
            if name == where:
                self._left -= 1
                if self._left < 0:
                    raise Killed
            return getattr(self._files, name)

    part = {"put": "blobs", "write": "deliveries"}[where]
    files: dict[str, Any] = {part: Dying(getattr(captured, part))}
    dying = replace(captured, **files)
    try:
        list(work(dying, tmp_path, until_done=True))
    except Killed:
        assert states() in (["begun"], ["done"])
    list(work(captured, tmp_path, until_done=True))
    assert states() == ["done"]
    assert (Release.objects.count(), Seal.objects.count()) == (1, 2)
    assert owed() == [6000, 18000]


def test_two_workers_let_nothing_out_twice(captured: Outside, tmp_path: Path) -> None:
    (id,) = approved(captured)
    granted(ask(captured, [id], INSTAGRAM))
    (row,) = releasing.to_do()
    with alone(tmp_path, f"{row.picture.shoot_id}.releases"):
        assert list(work(captured, tmp_path, until_done=True)) == []
    assert states() == ["asked"]
    # Where no lock holds the other off, as on another machine, the table does.
    inner: list[str] = []

    class Other:
        """Credentials that have another worker do the same, while this one is at it."""

        def __getattr__(self, name: str) -> Any:
            if name == "sign" and Seal.objects.exists() and not inner:
                inner.append(releasing.do(captured, request=row.pk, now=LATER).state)
            return getattr(captured.credentials, name)

    other: Any = Other()
    granted(seal.seal(captured, picture=id, now=LATER))
    both = releasing.do(replace(captured, credentials=other), request=row.pk, now=LATER)
    assert (inner, both.state, both.reasons) == (["done"], "done", [])
    assert (Release.objects.count(), Seal.objects.count()) == (1, 2)


def test_what_ends_every_worker_is_refused(captured: Outside, tmp_path: Path) -> None:
    (id,) = approved(captured)
    granted(ask(captured, [id], INSTAGRAM))
    ReleaseRequest.objects.update(state="begun", begun=releasing.DEATHS)
    ((_, became),) = work(captured, tmp_path, until_done=True)
    assert became.startswith(f"refused; `{id}`: its sealing took")
    granted(ask(captured, [id], INSTAGRAM))  # it can be asked for anew
    assert [row.state for row in releasing.newest([id])[id]] == ["asked"]


def test_board_and_today_tell_what_is_asked(
    captured: Outside, tmp_path: Path, agreed: Callable[..., str]
) -> None:
    (id,) = approved(captured)
    shoot = Shoot.objects.get()
    seen = board.marks(shoot)

    def waits() -> list[str]:
        return [each.what for each in days.of_brand({"nord"}, now=LATER)]

    assert "release" not in waits()
    granted(ask(captured, [id], INSTAGRAM))
    assert board.marks(shoot) != seen
    (card,) = board.cards(shoot)
    assert ([row.state for row in card.requests], "release" in waits()) == (["asked"], True)
    revoke(captured, shoot.license_id)
    list(work(captured, tmp_path, until_done=True))
    assert "release_refused" in waits()
    assert "release" not in waits()
    assert not isinstance(releasing.newest([id])[id], Refusal)
