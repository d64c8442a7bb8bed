"""A copy is verified against a remote Sosie, by someone who holds the trust file alone."""

from __future__ import annotations

import base64
import http.client
import io
import json
import time
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
import pytest
import yaml
from PIL import Image

import sosie as library
from sosie.core.seal import RemoteState, parse
from sosie.core.sketch import Sketch
from sosie.core.studio import Pixels
from sosie.core.values import digest
from sosie.core.watermark import Key, embed
from tests.core.plates import scene
from tests.core.test_features import lettered
from tests.core.test_fingerprint import cut, jpeg, sized
from tests.journeys.conftest import secrets_of, serving, sosie
from tests.journeys.test_demo import released

Told = tuple[Path, dict[str, Any]]
API = "/api/v1"


@pytest.fixture(scope="module")
def address(told: Told) -> Iterator[str]:
    with serving(told[0]) as found:
        yield found


@dataclass(frozen=True)
class Away:
    """A folder that holds the trust file, and copies of one released picture."""

    folder: Path
    trust: Path
    file: Path
    pixels: Pixels

    def copy(self, name: str, pixels: Pixels, quality: int = 85) -> Path:
        data = io.BytesIO()
        Image.fromarray(pixels).save(data, "JPEG", quality=quality)
        path = self.folder / f"{name}.jpg"
        path.write_bytes(data.getvalue())
        return path


@pytest.fixture
def away(told: Told, tmp_path: Path) -> Away:
    file = released(told[0])
    trust = tmp_path / "trust.json"
    trust.write_bytes((file.parent / "trust.json").read_bytes())
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    return Away(tmp_path, trust, file, pixels)


ATTACKS: dict[str, Callable[[Pixels], Pixels]] = {
    "stripped": lambda p: p,
    "half-and-jpeg": lambda p: jpeg(sized(p, 0.5), 60),
    "a-fifth": lambda p: jpeg(cut(p, 0.45), 80),
    "mirrored": lambda p: jpeg(np.ascontiguousarray(p[:, ::-1]), 75),
    "lettered": lambda p: jpeg(lettered(p), 80),
    "a-stranger": lambda p: scene(1),
    "a-lettered-stranger": lambda p: jpeg(lettered(scene(2)), 80),
}


def test_elsewhere_the_answer_is_that_of_the_workspace(
    told: Told, away: Away, address: str
) -> None:
    copies = [away.copy(name, attack(away.pixels)) for name, attack in ATTACKS.items()]
    plain = away.folder / "whole.jpg"
    plain.write_bytes(away.file.read_bytes())  # without its package
    files = [*copies, plain]
    here = sosie("verify", *files, "--workspace", told[0], "--where", "DE", "--json")
    ask: list[str | Path] = ["verify", *files, "--trust", away.trust, "--remote", address]
    there = sosie(*ask, "--where", "DE", "--json", cwd=away.folder)
    assert there.code == here.code == 1
    for ours, theirs in zip(here.json["reports"], there.json["reports"], strict=True):
        name = Path(ours["file"]).stem
        assert theirs["outcome"] == ours["outcome"], (name, theirs["sentence"])
        assert theirs["exit_code"] == ours["exit_code"], name
        assert theirs["number"] == ours["number"], name
        assert len(theirs["steps"]) == 10
    said = {Path(row["file"]).stem: row for row in there.json["reports"]}
    assert [row["outcome"] for row in said.values()] == [
        *("made_here",) * 4,
        "altered",
        *("unknown",) * 2,
        "made_here",
    ]
    assert "compared from afar" in said["a-fifth"]["sentence"]
    assert "reshaping, logos, recolored parts" in said["a-fifth"]["sentence"]
    assert said["a-fifth"]["known_by"] == "afar"
    assert said["whole"]["known_by"] == "bytes"
    assert "cropped to 20 %" in said["a-fifth"]["sentence"]
    assert "a copy" not in said["whole"]["sentence"]
    assert said["a-stranger"]["steps"][9]["code"] == "seal.remote.none"
    # The control: without the remote, the same folder knows none of them.
    alone = sosie("verify", *files, "--trust", away.trust, "--json", cwd=away.folder)
    assert {row["outcome"] for row in alone.json["reports"]} == {"unknown"}


def test_the_library_asks_too_and_a_remote_that_is_down_is_said_to_be(
    away: Away, address: str
) -> None:
    copy = away.copy("half", jpeg(sized(away.pixels, 0.5), 70))
    report = library.verify(copy, trust=away.trust, remote=address)
    assert (report.outcome, report.exit_code) == ("made_here", 0)
    down = sosie(
        *("verify", copy, "--trust", away.trust, "--remote", "http://127.0.0.1:9"), cwd=away.folder
    )
    assert down.code == 2
    assert "was not reached" in down.out
    assert "10. remote [unchecked]" in down.out


def test_a_remote_needs_a_chosen_root(away: Away, address: str) -> None:
    wrongs: tuple[tuple[tuple[str | Path, ...], int, str], ...] = (
        (("--remote", address), 64, "`--remote`: what a remote says counts only"),
        (("--send-picture", "--trust", away.trust), 64, "`--send-picture`: there is nobody"),
        (("--remote", "http://sosie.example", "--trust", away.trust), 65, "no address"),
    )
    for arguments, code, words in wrongs:
        done = sosie("verify", away.file, *arguments, cwd=away.folder)
        assert done.code == code
        assert words in done.err


def test_what_a_mark_and_a_fingerprint_do_not_find_is_found_by_sending_it(
    away: Away, address: str
) -> None:
    """A small part without a mark: the trust file holds no key to read marks with."""
    said = json.loads(away.trust.read_text())
    del said["mark"]
    away.trust.write_text(json.dumps(said))
    part = away.copy("part", jpeg(cut(away.pixels, 0.5), 80))
    ask = ("verify", part, "--trust", away.trust, "--remote", address, "--json")
    kept, sent = sosie(*ask, cwd=away.folder), sosie(*ask, "--send-picture", cwd=away.folder)
    assert (kept.code, kept.json["reports"][0]["steps"][9]["code"]) == (2, "seal.remote.none")
    assert sent.code == 0
    assert "a copy of seal" in sent.json["reports"][0]["sentence"]


def test_a_revocation_is_seen_at_once(workspace: Path, away: Away) -> None:
    copy = away.copy("half", jpeg(sized(away.pixels, 0.5), 70))
    with serving(workspace) as remote:
        ask = ("verify", copy, "--trust", away.trust, "--remote", remote, "--json")
        assert sosie(*ask, cwd=away.folder).code == 0
        revoked = sosie(
            *("license", "revoke", "L-2026-0001", "--as", "ines", "--workspace", workspace),
            secrets=secrets_of(workspace),
        )
        assert revoked.code == 0, revoked.err
        done = sosie(*ask, cwd=away.folder)
    assert done.code == 1
    report = done.json["reports"][0]
    assert report["subject"]["standing"] == "revoked"
    assert "as 127.0.0.1 says" in report["sentence"]


# --- who lies ------------------------------------------------------------------------------------


@dataclass
class Liar:
    """Stands between a client and a true server, and changes what it likes."""

    true: str
    change: Callable[[str, dict[str, Any]], dict[str, Any]]
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> bytes:
        self.asked.append(path)
        parts = urlsplit(self.true)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        connection.request("GET", path)
        return json.dumps(self.change(path, json.loads(connection.getresponse().read()))).encode()


@contextmanager
def lying(liar: Liar) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = liar.answer(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
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


def get(
    address: str, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.headers), answer.read()


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


def test_who_lies_about_which_seals_are_one_family_is_not_believed(
    told: Told, away: Away, address: str
) -> None:
    """The pixels of one picture with the mark of another, as somebody paints it who holds the
    published key. The remote names the seal that is like it, and says that both are one family."""
    plain = away.folder / "plain.png"
    listed = sosie("picture", "list", "--status", "sealed", "--workspace", told[0], "--json")
    mine = listed.json["pictures"][0]["picture"]
    assert sosie("picture", "export", mine, plain, "--workspace", told[0]).code == 0
    (match,) = post(address, "/matches/byContent", plain.read_bytes(), "image/png")[1]["matches"]
    evidence = get(address, f"{API}/manifests/{match['manifestId']}/evidence")[2]
    seal = json.loads(evidence)["package"]["record"]
    family = seal.get("master", seal["number"])
    packages = [json.loads(file.read_text()) for file in told[0].glob("releases/*/*.sosie.json")]
    other = next(each["record"] for each in packages if each["record"]["master"] != family)
    key = Key(bytes.fromhex(json.loads(away.trust.read_text())["mark"]))
    with Image.open(plain) as picture:
        pixels = np.asarray(picture.convert("RGB"))
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


def test_who_hides_a_revocation_cannot_make_it_unsaid_that_it_could(
    away: Away, address: str
) -> None:
    copy = away.copy("half", jpeg(sized(away.pixels, 0.5), 70))
    report = library.verify(copy, trust=away.trust, remote=address)
    assert "127.0.0.1 tells of no revocation, and could hide one" in report.sentence


# --- the routes ----------------------------------------------------------------------------------


def post(
    address: str, path: str, body: bytes, kind: str = "image/jpeg", **headers: str
) -> tuple[int, dict[str, Any]]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request("POST", API + path, body, {"Content-Type": kind, **headers})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_the_standard_routes_lead_from_a_picture_to_its_manifest(away: Away, address: str) -> None:
    code, said = post(address, "/matches/byContent", away.file.read_bytes())
    assert code == 200
    (match,) = said["matches"]
    assert match["similarityScore"] == 100
    label = match["manifestId"]
    sizes = []
    for active in ("false", "true"):
        code, headers, store = get(
            address, f"{API}/manifests/{label}?returnActiveManifest={active}"
        )
        assert (code, headers["Content-Type"]) == (200, "application/c2pa")
        assert label.encode() in store
        assert "Set-Cookie" not in headers
        sizes.append(len(store))
    assert sizes[1] <= sizes[0]
    (away.folder / "whole.jpg").write_bytes(away.file.read_bytes())
    by_body = post(
        address,
        "/matches/byBinding",
        json.dumps({"alg": "org.sosie.watermark.1", "value": "00" * 8}).encode(),
        "application/json",
    )
    assert by_body == (200, {"matches": []})
    assert json.loads(get(address, f"{API}/services/supportedAlgorithms")[2]) == {
        "watermarks": [{"alg": "org.sosie.watermark.1"}],
        "fingerprints": [{"alg": "org.sosie.fingerprint.1"}],
    }
    found = json.loads(get(address, "/.well-known/c2pa-soft-binding-resolution")[2])
    assert found["apiEndpoint"].endswith(API)
    assert found["c2paSpecificationVersion"] == "2.4.0"
    capable = json.loads(get(address, f"{API}/services/capabilities")[2])
    assert capable["supportedCapabilities"] == ["queryByContent"]


def test_the_description_names_every_route_and_no_other() -> None:
    from sosie.web.urls import urlpatterns

    formats = Path(__file__).parents[2] / "docs" / "formats"
    said = yaml.safe_load((formats / "resolution.openapi.yaml").read_text(encoding="utf-8"))
    routes = {str(pattern.pattern).replace("<str:label>", "{label}") for pattern in urlpatterns}
    ours = [route for route in routes if route.startswith(("api/v1/", ".well-known/"))]
    served = {f"/{route}".removeprefix(API) for route in ours}
    assert set(said["paths"]) == served
    assert len(said["paths"]) == 7
    example = (formats / "resolution.md").read_text(encoding="utf-8")
    assert all(f"`{state.value}`" in example for state in RemoteState)


def test_what_is_asked_wrongly_is_answered_with_its_reason(address: str, tmp_path: Path) -> None:
    gets = {
        "/matches/byBinding": (400, "resolution.query"),
        "/matches/byBinding?alg=x&value=00": (400, "resolution.algorithm"),
        "/matches/byBinding?alg=org.sosie.watermark.1&value=7": (400, "resolution.value"),
        f"/matches/byBinding?alg=org.sosie.watermark.1&value={'0' * 16}&maxResults=0": (
            400,
            "resolution.query",
        ),
        "/manifests/urn:c2pa:none": (404, "resolution.unknown"),
        "/manifests/urn:c2pa:none/evidence": (404, "resolution.unknown"),
        "/manifests/%20": (400, "resolution.identifier"),
        "/manifests/urn:c2pa:none?returnActiveManifest=2": (400, "resolution.query"),
    }
    for path, wanted in gets.items():
        code, headers, body = get(address, API + path)
        said = json.loads(body)
        assert (code, said["code"]) == wanted, path
        assert headers["Content-Type"] == "application/problem+json"
        assert said["status"] == code
    drawn = io.BytesIO()
    Image.fromarray(scene(1)).save(drawn, "PNG")
    posts: list[tuple[str, bytes, str, int, str]] = [
        ("/matches/byContent", b"x", "text/plain", 415, "resolution.type"),
        ("/matches/byContent", b"x", "image/jpeg", 400, "picture.format"),
        ("/matches/byContent", b"", "image/jpeg", 400, "picture.empty"),
        ("/matches/byContent", drawn.getvalue()[:900], "image/png", 400, "picture.broken"),
        ("/matches/byBinding", b"[", "application/json", 400, "resolution.query"),
        ("/matches/byBinding", b"{}" + b" " * 70_000, "application/json", 413, "resolution.size"),
    ]
    for path, body, kind, status, reason in posts:
        code, said = post(address, path, body, kind)
        assert (code, said["code"]) == (status, reason), (path, kind)
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.putrequest("POST", API + "/matches/byContent")
    connection.putheader("Content-Type", "image/jpeg")
    connection.putheader("Content-Length", str(65 * 1024 * 1024))
    connection.endheaders()  # nothing of it is sent: it is refused unread
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (413, "resolution.size")
    for method, path, wanted in (
        ("GET", "/matches/byContent", (405, "resolution.method")),
        ("PUT", "/matches/byBinding", (405, "resolution.method")),
        ("GET", "/matches/byReference", (404, "resolution.route")),
        ("GET", "", (404, "resolution.route")),
    ):
        code, headers, data = get(address, API + path, method)
        assert (code, json.loads(data)["code"]) == wanted, path
        assert headers["Content-Type"] == "application/problem+json"
        assert ("Allow" in headers) == (code == 405)


def test_a_page_of_another_place_may_ask_the_api_and_nothing_else(address: str) -> None:
    for path, methods in (
        ("/matches/byContent", "POST, OPTIONS"),
        ("/matches/byBinding", "GET, HEAD, POST, OPTIONS"),
        ("/manifests/urn:c2pa:none", "GET, HEAD, OPTIONS"),
    ):
        code, headers, body = get(address, API + path, "OPTIONS", Origin="https://other.example")
        assert (code, body) == (204, b"")
        assert headers["Access-Control-Allow-Methods"] == methods
        assert headers["Access-Control-Allow-Headers"] == "Content-Type"
        assert headers["Access-Control-Allow-Origin"] == "*"
    for page in ("/", "/licenses", "/log"):
        code, headers, _ = get(address, page, "OPTIONS", Origin="https://other.example")
        assert code == (405 if page == "/log" else 302)
        assert not any(name.startswith("Access-Control") for name in headers)


def test_behind_a_web_server_the_public_address_is_told(told: Told, tmp_path: Path) -> None:
    log = tmp_path / "log"
    well_known, own = "/.well-known/c2pa-soft-binding-resolution", "sosie.example"
    with serving(told[0], "--public-url", "https://sosie.example/", log=log) as remote:
        for host in (own, "127.0.0.1"):
            code, _, data = get(remote, well_known, Host=host)
            assert code == 200
            said = json.loads(data)
            assert said["apiEndpoint"] == "https://sosie.example/api/v1"
            assert said["capabilitiesEndpoint"].startswith("https://sosie.example/api/v1/")
        assert get(remote, well_known, Host="another.example")[0] == 400
        # The log tells the route and not by what was asked.
        value, label = "0123456789abcdef", "urn:c2pa:5f0c"
        query = f"alg=org.sosie.watermark.1&value={value}"
        assert get(remote, f"{API}/matches/byBinding?{query}")[0] == 200
        assert get(remote, f"{API}/manifests/{label}/evidence")[0] == 404
        assert get(remote, f"{API}/matches/byContent?{query}")[0] == 405
        for route in ("/matches/byBinding…", "/manifests/…/evidence", "/matches/byContent…"):
            while API + route not in (text := log.read_text(encoding="utf-8")):
                time.sleep(0.05)  # it is told after the answer, or this test does not end
    assert value not in text
    assert label not in text


@pytest.mark.parametrize(
    "url",
    [
        "sosie.example",
        "http://sosie.example",
        "https://sosie.example/path",
        "https://user@sosie.example",
        "https://sosie.example?x",
        "https://*",
        "https://.example",
        "https://sosie.example:none",
        "",
    ],
)
def test_a_public_address_that_is_none_is_refused(told: Told, url: str) -> None:
    done = sosie("serve", "--workspace", told[0], "--public-url", url)
    assert (done.code, "no public address" in done.err) == (65, True), done.err


def test_nothing_that_is_sent_is_kept(told: Told, address: str) -> None:
    def files() -> set[str]:
        return {str(path) for path in told[0].rglob("*") if path.is_file()}

    before, rows = files(), (told[0] / "sosie.sqlite3").read_bytes()
    data = io.BytesIO()
    Image.fromarray(scene(9)).save(data, "JPEG")
    assert post(address, "/matches/byContent", data.getvalue())[0] == 200
    assert files() == before
    assert (told[0] / "sosie.sqlite3").read_bytes() == rows
