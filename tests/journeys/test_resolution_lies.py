"""A remote that lies about a picture, its seal, its family or its preview is not believed."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, urlsplit

import cv2
import numpy as np
from PIL import Image

import sosie as library
from sosie.adapters.credentials import C2pa
from sosie.adapters.pictures import PillowPictures
from sosie.core.fingerprint import confirm
from sosie.core.seal import Claim, parse
from sosie.core.sketch import Sketch, compare
from sosie.core.studio import Pixels
from sosie.core.values import digest
from sosie.core.watermark import Key, embed
from tests.adapters.houses import house as founded
from tests.core.plates import scene
from tests.core.test_fingerprint import jpeg, sized
from tests.journeys.afar import API, Away, address, another_face, away, get, post
from tests.journeys.conftest import serving, sosie

__all__ = ["address", "away"]
Told = tuple[Path, dict[str, Any]]


@dataclass
class Liar:
    """Stands between a client and a true server, and changes what it likes."""

    true: str
    change: Callable[[str, dict[str, Any]], dict[str, Any]]
    serve: Callable[[str, bytes], bytes] = lambda path, store: store
    """Changes a manifest store."""
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[str, bytes]:
        self.asked.append(path)
        parts = urlsplit(self.true)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        kind, data = answer.headers.get_content_type(), answer.read()
        if kind == "application/c2pa":
            return kind, self.serve(path, data)
        return kind, json.dumps(self.change(path, json.loads(data))).encode()


@contextmanager
def lying(liar: Liar) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, data = liar.answer(self.path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_who_lies_about_a_strangers_picture_is_not_believed(away: Away, address: str) -> None:
    """A true, logged seal is named for a picture of another; even with features to match."""
    stranger = away.copy("stranger", scene(1), 95)
    own = library.verify(away.copy("own", away.pixels), trust=away.trust, remote=address)
    assert own.number is not None
    value = f"{own.number:016x}"
    true: dict[str, Any] = json.loads(
        get(address, f"{API}/matches/byBinding?alg=org.sosie.watermark.1&value={value}")[2]
    )
    pixels = np.asarray(cv2.imread(str(stranger)))[:, :, ::-1]
    sketch = Sketch.of(np.ascontiguousarray(pixels))

    def names(path: str, said: dict[str, Any]) -> dict[str, Any]:
        return true if "byBinding" in path else said

    def names_and_fits(path: str, said: dict[str, Any]) -> dict[str, Any]:
        if "byBinding" in path:
            return true
        return {**said, "features": base64.b64encode(sketch.features.encode()).decode()}

    def names_and_rewrites(path: str, said: dict[str, Any]) -> dict[str, Any]:
        if "byBinding" in path:
            return true
        record = {
            **said["package"]["record"],
            "colors": sketch.colors.tobytes().hex(),
            "features": digest(sketch.features.encode()),
        }
        fit = names_and_fits(path, said)
        return {**fit, "package": {**said["package"], "record": record}}

    for change, state in (
        (names, "unconfirmed"),
        (names_and_fits, "unconfirmed"),
        (names_and_rewrites, "unproved"),
    ):
        liar = Liar(address, change)
        with lying(liar) as remote:
            report = library.verify(stranger, trust=away.trust, remote=remote)
        assert (report.outcome, report.number) == ("unknown", None), change.__name__
        assert report.steps[9].code == f"seal.remote.{state}", change.__name__
        assert len(liar.asked) >= 2
    # The control: the honest one in the same place is believed of the true picture.
    with lying(Liar(address, lambda _, said: said)) as remote:
        report = library.verify(away.folder / "own.jpg", trust=away.trust, remote=remote)
    assert report.outcome == "made_here"


def unnoticed(folder: Path) -> tuple[Path, Pixels, Pixels]:
    """Return a released file, its pixels, and those with another's face that its sketch is like."""
    for file in sorted(folder.glob("releases/*/ines-instagram-*.jpg")):
        pixels = np.asarray(Image.open(file).convert("RGB"))
        forged = another_face(pixels)
        likeness = compare(jpeg(forged, 90), Sketch.of(pixels))
        if likeness.matched and not likeness.regions:
            return file, pixels, forged
    raise AssertionError("the sketches of all know one face from another")


def test_who_lies_about_the_preview_is_not_believed(told: Told, away: Away, address: str) -> None:
    """The face of another, pasted into a released picture, and every manifest that could be served
    to make it pass for what was sealed."""
    file, pixels, face = unnoticed(told[0])
    mine, forged = away.copy("mine", pixels, 90), away.copy("forged", face, 90)
    fits = PillowPictures().preview(face)
    root = json.loads(away.trust.read_text())["root"]
    reader = C2pa("", None, root)
    store = reader.store(file.read_bytes()) or b""
    credential, true = reader.detached(store, anchors=root)
    others = [each for each in told[0].glob("releases/*/*.jpg") if each != file]
    assert true is not None
    assert credential.number is not None
    assert credential.license is not None
    claim = Claim(
        number=credential.number,
        title="x",
        source_type=credential.source_type or "",
        fingerprint=credential.fingerprint or "",
        license=credential.license,
        preview=fits,
    )
    remade = founded().credentials.sidecar(forged.read_bytes(), claim)
    swapped = store.replace(true, (fits + bytes(len(true)))[: len(true)])
    lies: dict[str, tuple[bytes, str]] = {
        "its preview is swapped": (swapped, "does not hold"),
        "one of another seal": (
            reader.store(others[0].read_bytes()) or b"",
            "is of another seal",
        ),
        "made again, under another root": (remade, "does not hold"),
        "none": (b"", "cannot be read"),
        "nonsense": (store[: len(store) // 2], "cannot be read"),
        "too long": (store + bytes(1024 * 1024), "has more than"),
    }
    assert len({data for data, _ in lies.values()} | {store}) == 7
    for name, (lie, why) in lies.items():
        liar = Liar(address, lambda _, said: said, lambda _, true, lie=lie: lie)  # type: ignore[misc]
        with lying(liar) as remote:
            for picture in (mine, forged):
                report = library.verify(picture, trust=away.trust, remote=remote)
                said = (report.outcome, report.exit_code, report.number)
                assert said == ("unknown", 2, None), (name, report.sentence)
                assert why in report.sentence, (name, report.sentence)
                assert "a face or a logo" in report.sentence
        assert any("manifests" in path and "evidence" not in path for path in liar.asked), name
    # The control: the true manifest tells one from the other.
    with lying(Liar(address, lambda _, said: said)) as remote:
        found = [library.verify(each, trust=away.trust, remote=remote) for each in (mine, forged)]
    assert [(each.outcome, each.exit_code) for each in found] == [("made_here", 0), ("altered", 1)]


def test_who_lies_about_which_seals_are_one_family_is_not_believed(
    told: Told, away: Away, address: str
) -> None:
    """The pixels of one picture with the mark of another, as somebody paints it who holds the
    published key. The remote names the seal that is like it, and says that both are one family."""
    plain = away.folder / "plain.png"
    listed = sosie("picture", "list", "--status", "sealed", "--workspace", told[0], "--json")
    mine = listed.json["pictures"][0]["picture"]
    assert sosie("picture", "export", mine, plain, "--workspace", told[0]).code == 0
    whole = np.asarray(Image.open(plain).convert("RGB"))
    for file in sorted(told[0].glob("releases/*/*.jpg")):
        out = np.asarray(Image.open(file).convert("RGB"))
        laid = confirm(out, whole)
        if laid.matched and not laid.regions:
            break
    # What went out of it, without a mark.
    matrix = np.array(laid.transform).reshape(3, 3)
    pixels = np.asarray(cv2.warpPerspective(whole, matrix, out.shape[1::-1]))
    (match,) = post(address, "/matches/byContent", file.read_bytes())[1]["matches"]
    seal = json.loads(file.with_name(f"{file.name}.sosie.json").read_text())["record"]
    family = seal["master"]
    packages = [json.loads(file.read_text()) for file in told[0].glob("releases/*/*.sosie.json")]
    other = next(each["record"] for each in packages if each["record"]["master"] != family)
    key = Key(bytes.fromhex(json.loads(away.trust.read_text())["mark"]))
    number = parse(other["number"])
    painted = away.copy("painted", embed(pixels, number, key), 92)
    by_mark = f"{API}/matches/byBinding?alg=org.sosie.watermark.1&value={number:016x}"
    own = json.loads(get(address, by_mark)[2])["matches"]
    both = {"matches": [*own, match]}

    def told_of(path: str, said: dict[str, Any], of: str = "", **changed: Any) -> dict[str, Any]:
        """Both seals are named, whatever is asked by; the record of one of them is rewritten."""
        if "byBinding" in path:
            return both
        record = said["package"]["record"]
        if record["number"] == of:
            record = {**record, **changed}
        return {**said, "package": {**said["package"], "record": record}}

    lies: dict[str, tuple[Callable[[str, dict[str, Any]], dict[str, Any]], str]] = {
        "both are named": (told_of, "unconfirmed"),
        "the seal of the mark is of that master": (
            partial(told_of, of=other["number"], master=family),
            "unconfirmed",
        ),
        "the seal that is like it bore the mark": (
            partial(told_of, of=seal["number"], earlier=[other["number"]]),
            "unproved",
        ),
    }
    ask = ("--trust", away.trust, "--json", "--remote")
    for name, (change, state) in lies.items():
        liar = Liar(address, change)
        with lying(liar) as remote:
            done = sosie("verify", painted, *ask, remote, cwd=away.folder)
        (report,) = done.json["reports"]
        assert (done.code, report["outcome"], report["number"]) == (2, "unknown", None), name
        assert report["steps"][9]["code"] == f"seal.remote.{state}", name
        asked = f"{API}/manifests/{quote(match['manifestId'], safe='')}/evidence"
        assert asked in liar.asked, name  # it came to be judged
    # The control: the same seal is believed of the same picture without the mark of another.
    clean = away.copy("clean", pixels, 92)
    with lying(Liar(address, told_of)) as remote:
        done = sosie("verify", clean, *ask, remote, cwd=away.folder)
    (report,) = done.json["reports"]
    assert (done.code, report["outcome"], report["number"]) == (0, "made_here", seal["number"])


def test_the_server_of_another_workspace_says_nothing_here(
    told: Told, away: Away, address: str, tmp_path: Path
) -> None:
    house = {"SOSIE_PASSPHRASE_HOUSE": "another house"}
    other = tmp_path / "other"
    assert sosie("init", other, "--name", "other-house", secrets=house).code == 0
    trust = away.folder / "other.json"
    assert sosie("trust", "--out", trust, "--workspace", other, secrets=house).code == 0
    copy = away.copy("half", jpeg(sized(away.pixels, 0.5), 70))
    report = library.verify(copy, trust=trust, remote=address)
    assert (report.outcome, report.number) == ("unknown", None)
    assert report.steps[9].code == "seal.remote.unproved"
    with serving(other) as remote:  # and one that has sealed nothing knows nothing
        report = library.verify(copy, trust=away.trust, remote=remote)
    assert report.steps[9].code == "seal.remote.none"
