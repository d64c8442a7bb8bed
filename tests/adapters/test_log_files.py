"""The published log in a folder: whole files or none, and nothing outside the folder."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sosie.adapters.log_files import FolderLogFiles
from sosie.core.transparency import (
    Checkpoint,
    VerifierKey,
    append,
    fsck,
    layout,
    open_checkpoint,
    read_entries,
    sign_checkpoint,
)
from sosie.core.values import BadInput

KEY = Ed25519PrivateKey.from_private_bytes(b"log files".ljust(32))
NAME = "log.example/sosie"
VERIFIER = str(VerifierKey(NAME, KEY.public_key().public_bytes_raw()))


def growth(steps: int) -> list[tuple[dict[str, bytes], bytes]]:
    """What is published as a log grows by thirty entries a step: three to five files each."""
    files: dict[str, bytes] = {}
    checkpoint: Checkpoint | None = None
    grown = []
    for step in range(steps):
        entries = [b"entry %d of step %d" % (i, step) for i in range(30)]
        checkpoint, new = append(entries, checkpoint, origin=NAME, read=files.__getitem__)
        files |= new
        grown.append((new, sign_checkpoint(checkpoint, VERIFIER, KEY.sign)))
    return grown


def test_what_is_published_is_read_back(tmp_path: Path) -> None:
    log = FolderLogFiles(tmp_path / "new" / "log")
    for files, checkpoint in growth(20):
        log.publish(files, checkpoint)
    found = open_checkpoint(log.read("checkpoint"), VERIFIER)
    assert found.size == 600
    assert fsck(read_entries(600, log.read), found, log.read) == ()
    for path in ("checkpoint", *layout(600)):
        assert (tmp_path / "new" / "log" / path).stat().st_mode & 0o777 == 0o644


def test_what_is_absent_is_a_lookup_error(tmp_path: Path) -> None:
    log = FolderLogFiles(tmp_path / "nowhere")
    for path in ("checkpoint", "tile/0/000", "tile/0/000.p/1"):
        with pytest.raises(LookupError):
            log.read(path)
    log.write("tile/0/000", b"full")
    with pytest.raises(LookupError):
        log.read("tile/0/000.p/1")
    log.write("tile/0/000.p/1", b"partial")
    assert (log.read("tile/0/000"), log.read("tile/0/000.p/1")) == (b"full", b"partial")


@pytest.mark.parametrize(
    "path",
    [
        *("", ".", "..", "../checkpoint", "/etc/passwd", "tile", "tile/0", "tile/0/../../x"),
        *("checkpoint/", "checkpoint\x00", "tile/0/000\n", "tile/0/000/..", "secret", ".aside-x"),
        *("tile//000", "tile/0/x001/../000", "tile\\0\\000", "TILE/0/000", "./checkpoint"),
    ],
)
def test_no_path_leads_elsewhere(tmp_path: Path, path: str) -> None:
    log = FolderLogFiles(tmp_path / "log")
    log.write("checkpoint", b"here")
    for action in (lambda: log.read(path), lambda: log.write(path, b"x")):
        with pytest.raises(BadInput) as caught:
            action()
        assert caught.value.code == "log.path"
    assert [p.name for p in tmp_path.rglob("*")] == ["log", "checkpoint"]


def test_no_link_leads_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "000").write_bytes(b"secret")
    (tmp_path / "log" / "tile").symlink_to(tmp_path / "outside")
    (tmp_path / "outside" / "0").symlink_to(tmp_path / "outside")
    log = FolderLogFiles(tmp_path / "log")
    for action in (lambda: log.read("tile/0/000"), lambda: log.write("tile/0/000", b"x")):
        with pytest.raises(BadInput) as caught:
            action()
        assert caught.value.code == "log.path"
    assert (tmp_path / "outside" / "000").read_bytes() == b"secret"


def test_the_checkpoint_is_written_last(tmp_path: Path) -> None:
    written: list[str] = []

    class Noting(FolderLogFiles):
        def write(self, path: str, data: bytes) -> None:
            written.append(path)
            super().write(path, data)

    log = Noting(tmp_path)
    ((files, checkpoint),) = growth(1)
    log.publish(files, checkpoint)
    assert written == [*files, "checkpoint"]
    with pytest.raises(ValueError, match="written last"):
        log.publish({"checkpoint": b""}, checkpoint)


def test_a_failed_write_leaves_the_old_file_and_nothing_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = FolderLogFiles(tmp_path)
    log.write("checkpoint", b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        log.write("checkpoint", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("checkpoint", b"old")]


Write = Callable[[Path, dict[str, bytes], bytes], None]


def publish(folder: Path, files: dict[str, bytes], checkpoint: bytes) -> None:
    FolderLogFiles(folder).publish(files, checkpoint)


def publish_in_place(folder: Path, files: dict[str, bytes], checkpoint: bytes) -> None:
    """The control: every file overwritten where it stands, the checkpoint first."""
    for path, data in {"checkpoint": checkpoint, **files}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb", buffering=0) as file:
            for part in (data[: len(data) // 2], data[len(data) // 2 :]):
                file.write(part)
                os.fsync(file.fileno())


def killed(
    write: Write, folder: Path, grown: list[tuple[dict[str, bytes], bytes]], after: float
) -> bool:
    """Publish in another process and kill it; returns whether it was still at work."""
    child = os.fork()
    if child == 0:
        try:
            for files, checkpoint in grown:
                write(folder, files, checkpoint)
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def moments(write: Write, folder: Path, kills: int) -> Iterator[tuple[Path, bool]]:
    """Yield a folder per kill, at moments spread over the time that all writes take: on a busy
    machine many miss."""
    grown = growth(20)
    start = time.monotonic()
    for files, checkpoint in grown:
        write(folder / "timed", files, checkpoint)
    whole = time.monotonic() - start
    seeded = random.Random(7)  # noqa: S311 (moments, not secrets)
    for number in range(kills):
        target = folder / f"{number}"
        yield target, killed(write, target, grown, seeded.uniform(0, whole))


def is_whole(folder: Path) -> bool:
    log = FolderLogFiles(folder)
    try:
        data = log.read("checkpoint")
    except LookupError:
        return True  # nothing is promised yet
    try:
        found = open_checkpoint(data, VERIFIER)
        return fsck(read_entries(found.size, log.read), found, log.read) == ()
    except (BadInput, LookupError):
        return False


@pytest.mark.parametrize(
    ("write", "may_tear"), [(publish, False), (publish_in_place, True)], ids=["ours", "control"]
)
def test_no_kill_tears_the_log(tmp_path: Path, write: Write, may_tear: bool) -> None:
    reached = torn = 0
    for folder, at_work in moments(write, tmp_path, 240):
        reached += at_work and (folder / "checkpoint").exists()
        torn += not is_whole(folder)
        if reached >= 12 and (torn or not may_tear):
            break
    assert reached >= 12
    assert (torn > 0) is may_tear


def test_what_a_kill_left_aside_is_swept(tmp_path: Path) -> None:
    (tmp_path / "tile" / "0").mkdir(parents=True)
    (tmp_path / "tile" / "0" / ".aside-abc").write_bytes(b"half")
    ((files, checkpoint),) = growth(1)
    FolderLogFiles(tmp_path).publish(files, checkpoint)
    assert not list(tmp_path.rglob(".aside-*"))
