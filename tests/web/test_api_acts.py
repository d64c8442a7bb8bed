"""What binds a party is signed by a passkey of hers, once, for exactly what was asked."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core import signing as tickets
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sosie.account_store.models import KeptAnswer
from sosie.core.quote import quote
from sosie.core.terms import Terms
from sosie.services import passkey, workspace
from sosie.store.models import License, LogEntry, Picture, SignedAct
from tests.services.conftest import SECRETS, made, signed, terms
from tests.services.people import drawn_photo
from tests.web.conftest import Out, Shown
from tests.web.programs import API, Program, problem, program


@pytest.fixture(scope="module")
def brand(out: Out) -> Program:
    return program(out.outside, "nord", secret=SECRETS["nord"])


@pytest.fixture(scope="module")
def model(out: Out) -> Program:
    return program(out.outside, "ines", secret=SECRETS["ines"])


@pytest.fixture(scope="module")
def agency(out: Out) -> Program:
    return program(out.outside, "atlas", secret=SECRETS["atlas"])


TERMS = terms(title="Windows").as_json()


def test_a_license_is_talked_over_signed_and_taken_back(
    brand: Program, model: Program, agency: Program, out: Out
) -> None:
    quoted = brand.ask("POST", "/licenses/quote", {"terms": TERMS}).json()
    assert (quoted["outcome"], quoted["price"]) == ("allowed", "360.00 EUR")
    assert quoted["receives"] == "288.00 EUR"
    most = quote(Terms.model_validate(TERMS))
    assert most is not None
    assert quoted["most"] == str(most.total)
    assert [line["amount"] for line in quoted["lines"]] == [str(line.amount) for line in most.lines]
    assert len(quoted["lines"]) > 1
    drafted = brand.act("/licenses", {"terms": quoted["terms"]})
    assert drafted.status_code == 201, drafted.content
    path = f"/licenses/{drafted.json()['license']}"

    def step(by: Program, step: str, **more: Any) -> str:
        got = by.act(f"{path}/steps", {"step": step, **more})
        assert got.status_code == 201, got.content
        return str(got.json()["standing"])

    assert step(brand, "asked", note="for the windows") == "asked"
    assert [each["what"] for each in model.get("/today")["items"] if each["about"] in path] == [
        "request"
    ]
    assert step(agency, "advised", note="ask for more") == "asked"
    other = {**model.get(path)["terms"], "pictures": 3}
    assert step(model, "countered", terms=other, note="three") == "countered"
    read = brand.get(path)
    assert read["steps"][-1]["changes"] != []
    assert "ask for more" not in json.dumps(read)  # the advice is hers
    assert step(brand, "agreed", seen=read["digest"]) == "agreed"
    assert brand.get(path)["contract"].startswith("sha256:")
    signs = [step(each, "signed") for each in (model, brand)]
    assert signs == ["agreed", "in_force"]
    assert step(model, "memo_accepted") == "in_force"
    assert model.ask("GET", f"{path}/contract.pdf").content.startswith(b"%PDF-")
    assert step(model, "revoked", note="enough") == "revoked"
    said = model.ask("POST", f"{path}/steps", {"step": "suspended"})
    assert (said.status_code, problem(said)) == (409, "life.not_now")
    held = License.objects.get(pk=path.rpartition("/")[2])
    acts = SignedAct.objects.filter(subject__startswith=held.pk).select_related("evidence")
    assert {act.certificate for act in acts} == {""}  # a passkey signed each
    assert passkey.faults(out.outside) == ()
    assert workspace.fsck(out.outside) == ()


def test_the_same_key_does_it_once(brand: Program) -> None:
    asked = brand.asked("/licenses", {"terms": TERMS})
    body, key = {"terms": TERMS, "signature": brand.signed(asked)}, uuid4().hex
    before = License.objects.count(), LogEntry.objects.count()
    first = brand.ask("POST", "/licenses", body, key=key)
    again = brand.ask("POST", "/licenses", body, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (License.objects.count(), LogEntry.objects.count()) == (before[0] + 1, before[1] + 1)
    other = brand.ask("POST", "/licenses", {**body, "supersedes": "L-2026-0001"}, key=key)
    assert (other.status_code, problem(other)) == (422, "idempotency.other_request")
    elsewhere = brand.ask("POST", "/licenses/L-2026-0001/steps", {"step": "papers"}, key=key)
    assert problem(elsewhere) == "idempotency.other_request"
    # The control: under another key the same answer of the passkey is not the same act.
    anew = brand.ask("POST", "/licenses", body)
    assert (anew.status_code, problem(anew)) == (409, "act.changed")
    assert License.objects.count() == before[0] + 1


def test_a_refusal_is_kept_and_a_fault_is_not(
    brand: Program, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, key = f"/releases/{out.number}/taken-down", uuid4().hex
    body = {"note": "", "signature": brand.signed(brand.asked(path, {"note": ""}))}

    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("power")

    with monkeypatch.context() as patch:
        patch.setattr("sosie.services.signing.act", breaks)
        broke = brand.ask("POST", path, body, key=key)
    assert (broke.status_code, problem(broke)) == (500, "api.fault")
    assert not KeptAnswer.objects.filter(key=key).exists()
    done = brand.ask("POST", path, body, key=key)
    assert (done.status_code, done.json()) == (201, {"seal": out.number, "taken_down": True})
    key = uuid4().hex
    refused = [brand.ask("POST", path, body, key=key) for _ in range(2)]
    assert {each.status_code for each in refused} == {409}
    assert {problem(each) for each in refused} == {"release.taken_down"}
    assert refused[1].headers["Idempotency-Replayed"] == "true"


def _other_ticket(brand: Program, body: dict[str, Any], path: str) -> dict[str, Any]:
    del path
    other = brand.asked("/licenses", {"terms": TERMS})
    return {**body, "signature": brand.signed(other)}


def _forged(brand: Program, body: dict[str, Any], path: str) -> dict[str, Any]:
    asked = brand.asked(path, body)
    signature = brand.signed(asked)
    said = tickets.loads(asked["ticket"], salt="sosie.ticket/1")
    ticket = tickets.dumps(said, salt="another")
    return {**body, "signature": {**signature, "ticket": ticket}}


def _another_note(brand: Program, body: dict[str, Any], path: str) -> dict[str, Any]:
    return {**body, "note": "colder", "signature": brand.signed(brand.asked(path, body))}


def _broken(brand: Program, body: dict[str, Any], path: str) -> dict[str, Any]:
    signature = brand.signed(brand.asked(path, body))
    signature["credential"]["response"]["signature"] = "AAAA"
    return {**body, "signature": signature}


def _empty(brand: Program, body: dict[str, Any], path: str) -> dict[str, Any]:
    ticket = brand.asked(path, body)["ticket"]
    return {**body, "signature": {"ticket": ticket, "credential": {}}}


@pytest.mark.parametrize(
    ("attack", "status", "code"),
    [
        (_other_ticket, 409, "act.unknown"),
        (_forged, 409, "act.unknown"),
        (_another_note, 409, "act.changed"),
        (_broken, 422, "passkey.assertion"),
        (_empty, 422, "passkey.assertion"),
    ],
)
def test_what_was_not_signed_is_not_done(
    brand: Program,
    shown: Shown,
    attack: Callable[[Program, dict[str, Any], str], dict[str, Any]],
    status: int,
    code: str,
) -> None:
    path, body = f"/pictures/{shown.picture}/changes", {"note": "warmer"}
    before = Picture.objects.count()
    got = brand.ask("POST", path, attack(brand, body, path))
    assert (got.status_code, problem(got)) == (status, code), got.content
    assert Picture.objects.count() == before


def test_another_s_passkey_or_token_signs_nothing(
    brand: Program, model: Program, shown: Shown, out: Out
) -> None:
    path, body = f"/pictures/{shown.picture}/changes", {"note": "warmer"}
    asked = brand.asked(path, body)
    hers = {**body, "signature": model.signed(asked)}
    got = brand.ask("POST", path, hers)
    assert (got.status_code, problem(got)) == (409, "passkey.unknown")
    second = program(out.outside, "nord")
    stolen = second.ask("POST", path, {**body, "signature": brand.signed(asked)})
    assert (stolen.status_code, problem(stolen)) == (409, "act.unknown")


def test_her_answer_is_hers_and_is_given_once(model: Program, out: Out) -> None:
    picture = made(out.outside, signed(out.outside, title="Sales"), "front-full")[0]
    image = model.ask("GET", f"/pictures/{picture}/image")
    assert (image.headers["Content-Type"], image.content[8:12]) == ("image/webp", b"WEBP")
    got = model.act(f"/pictures/{picture}/answer", {"yes": False, "note": "not my hair"})
    assert (got.status_code, got.json()["status"]) == (201, "refused")
    assert got.json()["answer"]["note"] == "not my hair"
    again = model.ask("POST", f"/pictures/{picture}/answer", {"yes": True})
    assert (again.status_code, problem(again)) == (409, "picture.not_open")


def test_a_file_goes_out_while_it_may_be_shown(brand: Program, model: Program, out: Out) -> None:
    path = f"/releases/{out.number}/file"
    got = brand.ask("GET", path)
    assert (got.status_code, got.content) == (200, out.file)
    revoked = model.act("/licenses/L-2026-0001/steps", {"step": "revoked"})
    assert revoked.status_code == 201
    after = brand.ask("GET", path)
    assert (after.status_code, problem(after)) == (409, "license.revoked")


def test_a_body_that_is_too_great_is_not_read(brand: Program, shown: Shown) -> None:
    plan = {
        "sosie": "shoot/1",
        "engine": "import",
        "purpose": "organic_social",
        "channel": "instagram",
        "territories": ["FR"],
        "files": {"done": "done.png"},
        "pictures": [{"plate": "front-full", "picture": "done", "tool": "elsewhere"}],
    }
    great = {"note": "x" * 1024**2}
    for path in (f"/pictures/{shown.picture}/changes", "/shoots/plan"):
        got = brand.ask("POST", path, {**great, "files": {"done": "A" * 48 * 1024**2}})
        assert (got.status_code, problem(got)) == (413, "api.size"), path
    sent = {"license": shown.license, "plan": plan, "files": {"done": "no base64!"}}
    got = brand.ask("POST", "/shoots/plan", sent)
    assert (got.status_code, problem(got)) == (422, "file.base64")
    sent["files"] = {"done": b64encode(drawn_photo("front-full")).decode()}
    told = brand.ask("POST", "/shoots/plan", sent)
    assert told.status_code == 200, told.content
    assert len(json.dumps(sent)) > 100_000  # a real file comes in
    assert told.json()["pictures"][0]["order"].startswith("front-full; the picture done")


def test_pages_by_cursor_hold_every_row_once(brand: Program) -> None:
    for name, key in (("licenses", "license"), ("pictures", "picture"), ("papers", "paper")):
        whole = [row[key] for row in brand.get(f"/{name}?limit=200")["items"]]
        seen: list[Any] = []
        cursor, pages = "", 0
        while cursor is not None:
            page = brand.get(f"/{name}?limit=2&cursor={cursor}")
            seen += [row[key] for row in page["items"]]
            cursor, pages = page["next"], pages + 1
        assert seen == whole, name
        assert pages == max(1, -(-len(whole) // 2))
        assert len(whole) >= 3
    for wrong in ("limit=0", "limit=201", "limit=x", "cursor=%00", "cursor=8"):
        got = brand.ask("GET", f"/papers?{wrong}")
        assert (got.status_code, bool(problem(got))) == (422, True), wrong


def test_lists_ask_the_database_no_more_often_for_more_rows(brand: Program) -> None:
    for name in ("licenses", "pictures", "papers", "shoots"):
        counts = []
        for limit in (1, 200):
            with CaptureQueriesContext(connection) as queries:
                assert len(brand.get(f"/{name}?limit={limit}")["items"]) >= 1
            counts.append(len(queries))
        assert counts[0] == counts[1], name


@pytest.mark.parametrize(
    ("asked", "sent", "kind", "wanted"),
    [
        ("GET /nowhere", b"", "", (404, "resolution.route")),
        ("POST /licenses/L-1/nowhere", b"{}", "application/json", (404, "resolution.route")),
        ("GET ", b"", "", (404, "resolution.route")),
        ("DELETE /licenses", b"", "", (405, "api.method")),
        ("PUT /matches/byBinding", b"", "", (405, "resolution.method")),
        ("POST /licenses", b"{", "application/json", (400, "request.invalid")),
        ("POST /licenses", b"\xff", "application/json", (400, "request.invalid")),
        ("POST /licenses", b"[" * 100_000, "application/json", (400, "request.invalid")),
        ("POST /licenses", b"terms=1", "application/x-www-form-urlencoded", (400, None)),
        ("POST /licenses", b"--x--", "multipart/form-data; boundary=x", (400, None)),
        ("POST /licenses", b"[]", "application/json", (422, "request.invalid")),
        ("POST /matches/byContent", b"x", "text/plain", (415, "resolution.type")),
        ("POST /matches/byBinding", b"[", "application/json", (400, "resolution.query")),
        ("GET /licenses/L-2000-0001", b"", "", (404, "api.absent")),
        ("GET /cases", b"", "", (403, "api.scope")),
    ],
)
def test_a_problem_is_whole_whatever_is_wrong(
    brand: Program, asked: str, sent: bytes, kind: str, wanted: tuple[int, str | None]
) -> None:
    headers = {"authorization": f"Bearer {brand.text}", "idempotency-key": uuid4().hex}
    method, path = asked.split(" ")
    got = Client(headers={"host": "localhost:8000", **headers}).generic(
        method, f"{API}{path}", sent, kind
    )
    assert got.headers["Content-Type"] == "application/problem+json"
    said = got.json()
    assert (got.status_code, said["code"]) == (wanted[0], wanted[1] or "request.invalid")
    assert said["reasons"][0]["code"] == said["code"]
    assert said["reasons"][0]["text"]
    assert said["remedy"]
    assert said["status"] == got.status_code
    assert ("Allow" in got.headers) == (got.status_code == 405)
    unsigned = Client(headers={"host": "localhost:8000"}).get(f"{API}/licenses").json()
    assert unsigned["reasons"]
    assert unsigned["remedy"]
