"""A picture whose maker is killed before and after every write to the disk: it stays ordered or is
made whole, and it is made once."""

from __future__ import annotations

import os
import pathlib
import signal
from collections.abc import Callable
from typing import Any

import cv2
import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from sosie.core.ports import Outside
from sosie.core.studio import Order
from sosie.core.values import Digest
from sosie.services import log, picture, workspace
from sosie.store.models import DecisionRecord, Opening, Picture
from tests.services.conftest import LATER, granted
from tests.services.people import drawn_pixels
from tests.services.test_order import finished, ordered, planned

MOST = 60
"""More pictures than there are places to be killed at."""


def wrong(outside: Outside) -> list[str]:
    """Return what is not as it must be, whenever a maker was killed."""
    found = [reason.text for reason in workspace.fsck(outside)]
    said = [
        record["picture"]
        for record in Opening.objects.values_list("record", flat=True)
        if set(record) == {"picture", "file", "plate"}
    ]
    for row in Picture.objects.all():
        made = row.status == Picture.Status.MADE
        if row.status not in (Picture.Status.ORDERED, Picture.Status.MADE):
            found.append(f"{row.pk} is {row.status}")
        if said.count(row.pk) != made:
            found.append(f"{row.pk} is logged {said.count(row.pk)} times")
        if DecisionRecord.objects.filter(picture=row, outcome="allowed").count() != made:
            found.append(f"{row.pk} was not decided on once")
        if made != bool(row.digest and row.recipe and row.made_at):
            found.append(f"{row.pk} is half made")
    return found


class Killer:
    """Kills this process before or after its n-th write: flushes, renames, commits."""

    def __init__(self, at: int) -> None:
        self.count, self._at = 0, at

    def around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self._pass()
            made = real(*arguments, **named)
            self._pass()
            return made

        return call

    def _pass(self) -> None:
        self.count += 1
        if self.count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def killed(outside: Outside, id: str, at: int) -> bool:
    """Make a picture in a process that kills itself at its n-th place; False if it was too late."""
    connections["default"].close()
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)
    try:  # nothing of pytest may run in this process
        signal.alarm(60)
        cv2.setNumThreads(0)  # threads do not survive a fork
        killer = Killer(at)
        os.fsync = killer.around(os.fsync)
        pathlib.Path.replace = killer.around(pathlib.Path.replace)  # type: ignore[method-assign]
        base: Any = BaseDatabaseWrapper
        base._commit = killer.around(base._commit)
        picture.make(
            outside, picture=id, progress=lambda s, w: None, cancelled=lambda: False, now=LATER
        )
    finally:
        os._exit(0)


@pytest.fixture
def shot(captured: Outside, agreed: Callable[..., str]) -> Outside:
    """A workspace with many ordered pictures, all of one finished file."""
    order = Order.model_validate(
        {
            "plate": "front-half",
            "picture": "done",
            "changes": ("backdrop",),
            "source_type": "compositeCapture",
        }
    )
    orders = tuple(order.model_copy(update={"seed": seed}) for seed in range(MOST))
    plan = planned(engine="import", pictures=orders, files={"done": "done.png"})
    data = captured.pictures.lossless(finished(drawn_pixels("front-half")))
    ordered(captured, agreed(pictures=MOST), plan, {"done": data})
    return captured


def test_wherever_its_maker_is_killed_a_picture_is_made_once_or_not_at_all(shot: Outside) -> None:
    assert wrong(shot) == []
    ids, kills, half = picture.pending("S-0001"), 0, 0
    for at, id in enumerate(ids, start=1):
        if not killed(shot, id, at):
            break
        kills += 1
        assert [text for text in wrong(shot) if "checkpoint" not in text] == []
        half += Picture.objects.get(pk=id).status == Picture.Status.ORDERED
    else:
        pytest.fail("the pictures did not suffice")
    assert kills >= 12
    assert 0 < half < kills
    for id in picture.pending("S-0001")[:2]:
        granted(
            picture.make(
                shot, picture=id, progress=lambda s, w: None, cancelled=lambda: False, now=LATER
            )
        )
    log.publish(shot)
    assert wrong(shot) == []


def test_the_control_that_must_fail_is_seen(shot: Outside) -> None:
    one, two, *_ = picture.pending("S-0001")
    for id in (one, two):
        granted(
            picture.make(
                shot, picture=id, progress=lambda s, w: None, cancelled=lambda: False, now=LATER
            )
        )
    assert wrong(shot) == []
    file = Digest(Picture.objects.get(pk=one).digest)
    data = shot.blobs.get(file)
    shot.blobs.delete(file)
    assert len(wrong(shot)) >= 1
    shot.blobs.put(data)
    Picture.objects.filter(pk=two).update(status=Picture.Status.ORDERED)
    assert f"{two} is logged 1 times" in wrong(shot)
