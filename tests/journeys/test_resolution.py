"""A copy is verified against a remote Sosie, by someone who holds the trust file alone."""

from __future__ import annotations

import http.client
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import yaml
from PIL import Image

import sosie as library
from sosie.core.seal import RemoteState
from sosie.core.studio import Pixels
from tests.core.attacks import stamped
from tests.core.plates import scene
from tests.core.test_features import lettered
from tests.core.test_fingerprint import cut, jpeg, sized
from tests.journeys.afar import API, Away, address, another_face, away, get, post
from tests.journeys.conftest import secrets_of, serving, sosie

__all__ = ["address", "away"]
Told = tuple[Path, dict[str, Any]]

ATTACKS: dict[str, Callable[[Pixels], Pixels]] = {
    "stripped": lambda p: p,
    "half-and-jpeg": lambda p: jpeg(sized(p, 0.5), 60),
    "a-fifth": lambda p: jpeg(cut(p, 0.45), 80),
    "mirrored": lambda p: jpeg(np.ascontiguousarray(p[:, ::-1]), 75),
    "lettered": lambda p: jpeg(lettered(p), 80),
    "another-face": lambda p: jpeg(another_face(p), 85),
    "a-logo": lambda p: jpeg(stamped(p, 0.03), 85),
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
        *("altered",) * 3,
        *("unknown",) * 2,
        "made_here",
    ]
    assert "compared from afar" in said["a-fifth"]["sentence"]
    assert "by its signed preview" in said["a-fifth"]["sentence"]
    assert "part of the picture of seal" in said["another-face"]["sentence"]
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


def test_who_hides_a_revocation_cannot_make_it_unsaid_that_it_could(
    away: Away, address: str
) -> None:
    copy = away.copy("half", jpeg(sized(away.pixels, 0.5), 70))
    report = library.verify(copy, trust=away.trust, remote=address)
    assert "127.0.0.1 tells of no revocation, and could hide one" in report.sentence


# --- the routes ----------------------------------------------------------------------------------


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
    from django.urls import URLPattern

    from sosie.web.urls import urlpatterns

    formats = Path(__file__).parents[2] / "docs" / "formats"
    said = yaml.safe_load((formats / "resolution.openapi.yaml").read_text(encoding="utf-8"))
    patterns = [each for each in urlpatterns if isinstance(each, URLPattern)]  # not the API beside
    routes = {str(each.pattern).replace("<str:label>", "{label}") for each in patterns}
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
