"""The end of the story that `sosie demo` tells: money, log, verification, things to look at."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from rich.progress import track

from sosie.adapters.blobs import replace_file
from sosie.adapters.contact_sheet import Cell, contact_sheet
from sosie.cli.terminal import accept, console, now
from sosie.core.ledger import statement_csv
from sosie.core.ports import Outside
from sosie.core.seal import Report, Verdict
from sosie.core.studio import Pixels
from sosie.core.terms import Channel
from sosie.core.values import Digest
from sosie.core.verification import Question

if TYPE_CHECKING:
    from sosie.cli.story import Member, Told

_GOOD, _BAD, _UNSURE = (36, 92, 62), (147, 41, 43), (110, 104, 98)


def close(outside: Outside, cast: Sequence[Member], told: Told) -> None:
    """Make the statements, check log and ledger, verify what was released, draw the sheet."""
    _heading("9 Pay")
    _money(outside, cast, told)
    _heading("10 Verify")
    cells = _verification(outside, told)
    _heading("12 Log")
    _log(outside, told)
    _look(outside, cells, told)


DAY = timedelta(days=1)


def _money(outside: Outside, cast: Sequence[Member], told: Told) -> None:
    from sosie.services import ledger

    day = now().date()  # the days of the ledger are those of the terms: perhaps one off
    for wrong in ledger.check():
        told.unexpected.append(f"ledger: {wrong.text}")
    for member in cast:
        found = accept(ledger.statement(party=member.id, first=day - DAY, last=day + DAY))
        pdf, csv = (told.folder / "look" / f"statement-{member.id}.{end}" for end in ("pdf", "csv"))
        replace_file(pdf, outside.typesetter.statement(found, names=ledger.names()))
        replace_file(csv, statement_csv(found).encode())
        told.look_at += [str(pdf), str(csv)]
        for total in found.totals:
            told.money.append((f"{member.name}: earned", str(total.gross)))
            told.money.append((f"{member.name}: agency commission", str(-total.deductions)))
            told.money.append((f"{member.name}: owed to her", str(total.closing)))


def _verification(outside: Outside, told: Told) -> list[list[Cell]]:
    """Verify released files as a stranger, as someone who asks for a place, and as attacked."""
    import sosie
    from sosie.services import release as releases

    rows: list[list[Cell]] = []
    listed = releases.overview(outside, channel=Channel.INSTAGRAM)
    for number, row in enumerate(track(listed, "Verifying", console=console, total=len(listed))):
        file = Path(row["file"])
        report = sosie.verify(file, trust=file.parent / "trust.json")
        _expect(told, f"{file.name}, offline", report, Verdict.MADE_HERE)
        rows.append(_row(outside, row, report))
        if number == 0:
            _trials(outside, file, told)
    return rows


def _trials(outside: Outside, file: Path, told: Told) -> None:
    import sosie
    from sosie.services import verification as verifying

    trust = file.parent / "trust.json"
    ask = partial(sosie.verify, file, trust=trust, channel="instagram")
    allowed = ask(where="DE")
    _expect(told, f"{file.name}, for Germany today", allowed, Verdict.MADE_HERE, code=0)
    abroad = ask(where="JP")
    _expect(told, f"{file.name}, for Japan", abroad, Verdict.MADE_HERE, code=1)
    data = file.read_bytes()
    tried = told.folder / "look" / "tried"
    pixels = outside.pictures.decode(data, where=file.name)
    for name, changed, expected in (
        ("one-block-changed.jpg", _block_changed(data, outside, pixels), Verdict.ALTERED),
        ("screenshot-at-half-size.jpg", outside.pictures.encode(_half(pixels)), Verdict.MADE_HERE),
        ("a-stranger.jpg", outside.pictures.encode(_stranger()), Verdict.UNKNOWN),
    ):
        path = tried / name
        replace_file(path, changed)
        report = verifying.verify(outside, data=changed, where=name, question=Question(now()))
        _expect(told, f"{name}, in the workspace", report, expected)
        told.look_at.append(str(path))
    shutil.copy(file, tried / "alone.jpg")
    alone = sosie.verify(tried / "alone.jpg", trust=trust)
    _expect(told, "the file without its package", alone, Verdict.UNKNOWN)


def _expect(
    told: Told, what: str, report: Report, verdict: Verdict, code: int | None = None
) -> None:
    told.verified.append((what, report.sentence, str(report.outcome)))
    if report.outcome is not verdict or code not in (None, report.exit_code):
        told.unexpected.append(f"verify {what}: {report.sentence}")


def _row(outside: Outside, row: dict[str, str], report: Report) -> list[Cell]:
    def shown(digest: str, where: str) -> Pixels:
        return outside.pictures.decode(outside.blobs.get(Digest(digest)), where=where)

    color = {Verdict.MADE_HERE: _GOOD, Verdict.ALTERED: _BAD}.get(report.outcome, _UNSURE)
    return [
        Cell(
            f"plate {row['plate']}",
            shown(row["plate_file"], "plate"),
            "as captured, with her consent",
        ),
        Cell(row["picture"], shown(row["picture_file"], "picture"), row["made"]),
        Cell(
            f"sealed {row['seal']}",
            shown(row["seal_file"], "seal"),
            "Instagram, with its credential",
        ),
        Cell("verified, offline", None, report.sentence, color),
    ]


def _log(outside: Outside, told: Told) -> None:
    from sosie.services import log, workspace

    wrong = workspace.fsck(outside)
    told.unexpected += [f"log: {reason.text}" for reason in wrong]
    files = len(workspace.files())
    told.made.append(("log", f"{log.size()} leaves, {files} files re-hashed, all as recorded", ""))


def _look(outside: Outside, rows: list[list[Cell]], told: Told) -> None:
    from sosie.services import license as licenses

    if rows:
        sheet = told.folder / "look" / "contact-sheet.png"
        replace_file(sheet, contact_sheet("Sosie: plate, picture, sealed, verified", rows))
        told.look_at.insert(0, str(sheet))
    for row in licenses.overview(now=now()):
        file = told.folder / "look" / f"contract-{row['license']}.pdf"
        replace_file(file, outside.blobs.get(Digest(row["contract"])))
        told.look_at.append(str(file))
    told.look_at.append(str(told.folder / "releases"))


def _block_changed(data: bytes, outside: Outside, pixels: Pixels) -> bytes:
    """Return a released file in which one 16-pixel block was painted over by an editor that keeps
    what it does not know, so that the credential is still in it."""
    changed = pixels.copy()
    high, wide = changed.shape[:2]
    changed[high // 2 : high // 2 + 16, wide // 2 : wide // 2 + 16] = (255, 0, 255)
    fresh = outside.pictures.encode(changed)
    return _with_segments_of(data, fresh)


def _with_segments_of(data: bytes, fresh: bytes) -> bytes:
    """Return a JPEG whose application segments are those of another file, as many editors do."""
    kept, at = [], 2
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        size = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xEB:
            kept.append(data[at : at + size])
        at += size
    return fresh[:2] + b"".join(kept) + fresh[2:]


def _half(pixels: Pixels) -> Pixels:
    high, wide = pixels.shape[:2]
    half = cv2.resize(pixels, (wide // 2, high // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.uint8)


def _stranger() -> Pixels:
    """Return a drawn picture that no twin is in."""
    y, x = np.mgrid[0:960, 0:720]
    rings = 127 + 100 * np.sin(np.hypot(x - 250, y - 300) / 17)
    return np.stack([rings, np.flipud(rings), 255 - rings], axis=-1).astype(np.uint8)


def _heading(title: str) -> None:
    console.rule(title, align="left", style="dim")
