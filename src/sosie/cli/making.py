"""Making the pictures of a shoot: one bar over all, in one process or several, until done, paused
or stopped. Nothing here decides; a kill at any point loses no picture and makes none twice."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from rich.progress import Progress as Bars
from rich.progress import TaskID

from sosie.cli.parallel import each
from sosie.cli.terminal import (
    Exit,
    Refused,
    answer,
    bar,
    console,
    fault,
    now,
    passphrase,
    table,
)
from sosie.core.values import Refusal

if TYPE_CHECKING:
    from sosie.core.ports import Outside, Progress
    from sosie.store.models import Picture


def make_pictures(
    outside: Outside, shoot: str, ids: Sequence[str], *, folder: Path | None = None, jobs: int = 1
) -> dict[str, Picture | Refusal]:
    """Make ordered pictures; a failed one does not lose the rest.

    Ctrl-C pauses the shoot: what is in work stops before its next step and stays ordered, with all
    the rest. Several ``jobs`` work in processes of their own on the workspace in ``folder``.
    """
    from sosie.services import making

    results: dict[str, Picture | Refusal] = {}
    with bar() as progress, _pausable(shoot):
        whole = progress.add_task(shoot, total=max(1, len(ids)))
        found = (
            _in_order(outside, shoot, ids, progress)
            if folder is None or jobs == 1
            else _side_by_side(shoot, ids, folder, jobs)
        )
        for id, made in found:
            results[id] = made
            done = sum(not stopped(each) for each in results.values())
            progress.update(whole, completed=done, description=f"{shoot}: {done} of {len(ids)}")
    making.rests(shoot)
    return results


_TELLS, _IDLE = 1.0, 1.0
"""Seconds between two words on a picture, and between two looks for something to do."""
_PAUSED = "shoot.paused"
"""Of a picture whose turn had not come when its shoot was paused."""


def stopped(made: Picture | Refusal) -> bool:
    """Return whether a picture was left ordered because its shoot was paused."""
    from sosie.services import picture as pictures

    return isinstance(made, Refusal) and made.reasons[0].code in (pictures.STOPPED, _PAUSED)


@contextmanager
def alone(folder: Path, shoot: str) -> Iterator[None]:
    """Hold a shoot, so that nobody else makes its pictures; a kill lets go of it.

    Raises ``Refused`` (``shoot.running``).
    """
    place = folder / "running" / f"{shoot}.lock"
    place.parent.mkdir(exist_ok=True)
    with place.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            text = f"`{shoot}` is being made already, by process {lock.read() or 'unknown'}; "
            text += f"pause it with `sosie shoot pause {shoot}`"
            raise Refused(Refusal.because("shoot.running", text)) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def tell(
    shoot: str, results: Mapping[str, Picture | Refusal], failed: Sequence[str], as_json: bool
) -> int:
    """Print what became of each picture and how to go on; returns the exit code.

    ``failed`` are all of the shoot, those of earlier runs too.
    """
    waiting = [id for id, made in results.items() if stopped(made)]
    said = [_said(id, made) for id, made in results.items() if id not in waiting]
    broken_off = {
        id: made.reasons[0].text
        for id, made in results.items()
        if isinstance(made, Refusal) and id in waiting and made.reasons[0].code != _PAUSED
    }
    rows = [(s["picture"], s["status"], s["grade"], "; ".join(s["notes"])) for s in said]
    rows += [(id, "ordered", "", why) for id, why in broken_off.items()]
    answer(
        as_json,
        {
            "shoot": shoot,
            "pictures": said,
            "ordered": waiting,
            "stopped": broken_off,
            "failed": list(failed),
        },
        table(f"Shoot {shoot}", ["picture", "status", "grade", "notes"], rows),
    )
    if failed:
        console.print(f"{len(failed)} failed; try them again with `sosie shoot retry {shoot}`")
    if waiting:
        console.print(f"paused, {len(waiting)} to be made; go on with `sosie shoot resume {shoot}`")
    if failed:
        return Exit.REFUSED
    return Exit.UNDECIDED if waiting else Exit.DONE


def _said(id: str, made: Picture | Refusal) -> dict[str, Any]:
    if isinstance(made, Refusal):
        notes = [reason.text for reason in made.reasons]
        return {"picture": id, "status": "failed", "grade": "", "notes": notes}
    notes = [*made.warnings, *(doubt["text"] for doubt in made.doubts)]
    return {"picture": id, "status": made.status, "grade": made.grade, "notes": notes}


def _in_order(
    outside: Outside, shoot: str, ids: Sequence[str], progress: Bars
) -> Iterator[tuple[str, Picture | Refusal]]:
    """Make one picture after the other in this process."""
    for id in ids:
        task = progress.add_task(id, total=1.0)

        def show(share: float, what: str, task: TaskID = task, id: str = id) -> None:
            progress.update(task, completed=share, description=f"{id} {what}"[:40])

        yield id, _make(outside, shoot, id, show)
        progress.remove_task(task)


def _side_by_side(
    shoot: str, ids: Sequence[str], folder: Path, jobs: int
) -> Iterator[tuple[str, Picture | Refusal]]:
    """Make pictures in several processes, which share nothing but the workspace."""
    from sosie.services import picture as pictures

    items = [(str(folder.absolute()), shoot, id) for id in ids]
    for id, refusal in zip(ids, each(_work, items, jobs=jobs), strict=True):
        yield id, pictures.outcome(id, refusal)


def _work(item: tuple[str, str, str]) -> Refusal | tuple[()]:
    """Make one picture in a process of its own; a picture that was made says nothing."""
    folder, shoot, id = item
    made = _make(_opened(folder), shoot, id, _silent)
    return made if isinstance(made, Refusal) else ()


@cache
def _opened(folder: str) -> Outside:
    from sosie import wiring

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process pauses the shoot for all
    return wiring.opened(Path(folder), passphrase("house", prompt=False))


def _make(
    outside: Outside,
    shoot: str,
    id: str,
    show: Progress,
    stopping: Callable[[], bool] = lambda: False,
) -> Picture | Refusal:
    from sosie.services import picture as pictures
    from sosie.services import shoot as shoots

    def paused() -> bool:
        return stopping() or shoots.is_paused(shoot)

    if paused():
        return Refusal.because(_PAUSED, f"`{id}` stays ordered: its shoot is paused")
    told = _told(id, show)
    told(0.0, "")
    return pictures.make(outside, picture=id, progress=told, cancelled=paused, now=now())


def _told(id: str, show: Progress) -> Progress:
    """Return what shows how far a picture is, and tells it to those who look at the board too."""
    from django.db import DatabaseError

    from sosie.services import making

    last = 0.0

    def tell(share: float, what: str) -> None:
        nonlocal last
        show(share, what)
        if time.monotonic() - last >= _TELLS:
            last = time.monotonic()
            with suppress(DatabaseError):  # what nobody hears of is made all the same
                making.tell(id, share, what, now=now())

    return tell


def work(outside: Outside, folder: Path, *, until_done: bool) -> Iterator[tuple[str, str]]:
    """Make the pictures of every shoot that was started, and let out what was asked for, a picture
    and a file of each in turn, and yield what became of it: until told to stop (SIGTERM, Ctrl-C),
    or until there is nothing that it can do.

    What is in work then stops before its next step and stays ordered. A shoot that another process
    works on is passed over, and one of which a picture broke this process, from then on.
    """
    from sosie import wiring

    stop, broken = Event(), set[str]()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        with wiring.worker_present(folder):
            while not stop.is_set():
                worked = False
                for held, id, do in _to_do(outside, stop):
                    if held in broken:
                        continue
                    try:
                        with alone(folder, held):
                            became = do()
                    except Refused:
                        continue  # somebody else does it
                    except Exception as error:
                        broken.add(held)
                        yield id, fault(error)
                        continue
                    worked = True
                    yield id, became
                if until_done and not worked:
                    return
                stop.wait(_IDLE)
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _to_do(outside: Outside, stop: Event) -> Iterator[tuple[str, str, Callable[[], str]]]:
    """Yield what is to be done now: what is held meanwhile, the picture, and what does it and
    returns what became of it."""
    from sosie.services import making, releasing

    for shoot, id in making.to_do():
        yield shoot, id, partial(_made, outside, shoot, id, stop)
    if not stop.is_set():
        for row in releasing.to_do():
            name = f"{row.picture_id} {row.channel}"
            yield f"{row.picture.shoot_id}.releases", name, partial(_let_out, outside, row.pk)


def _made(outside: Outside, shoot: str, id: str, stop: Event) -> str:
    from sosie.services import making
    from sosie.services import picture as pictures

    if making.begins(shoot, id):
        made = _make(outside, shoot, id, _silent, stop.is_set)
    else:
        made = pictures.outcome(id, None)
    making.rests(shoot)
    said = _said(id, made)
    return "; ".join(["ordered" if stopped(made) else said["status"], *said["notes"]])


def _let_out(outside: Outside, request: int) -> str:
    from sosie.services import releasing

    row = releasing.do(outside, request=request, now=now())
    return "; ".join([row.state, *(reason["text"] for reason in row.reasons)])


def _silent(share: float, what: str) -> None:
    del share, what


@contextmanager
def _pausable(shoot: str) -> Iterator[None]:
    """Take the first Ctrl-C as the wish to pause; the second one stops at once."""

    def stop(number: int, frame: object) -> None:
        del number, frame
        signal.signal(signal.SIGINT, before)
        console.print("pausing before the next step; Ctrl-C once more stops at once")
        # In a thread, which has a connection of its own: this one may be in a transaction.
        Thread(target=_pause, args=(shoot,)).start()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _pause(shoot: str) -> None:
    from sosie.services import shoot as shoots

    shoots.pause(shoot)
