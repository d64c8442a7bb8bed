"""Webhooks: told in order, signed, tried again with growing pauses, and never of another's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sosie.adapters import hooks
from sosie.client import event
from sosie.core.life import Step
from sosie.core.ports import Outside
from sosie.core.values import BadInput
from sosie.services import hook
from tests.services.conftest import LATER, NOW, draft, granted, refused, signed, take, terms


class Told:
    """A server that is told, and answers as it is set to."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.url = ""


@contextmanager
def listening() -> Iterator[Told]:
    """Serve on this machine."""
    told = Told()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.told.append(({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(told.answers.pop(0) if told.answers else 204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}/sosie?shop=1"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


def run(now: datetime) -> int:
    """Tell what is due, as the command does; returns how many tries there were."""
    tried = 0
    while jobs := hook.due(now=now):
        for job in jobs:
            status, error = None, ""
            try:
                status = hooks.post(job.url, job.body, job.headers, seconds=5)
            except OSError as fault:
                error = str(fault)
            hook.told(job, status=status, error=error, now=now)
            tried += 1
    return tried


def test_each_party_is_told_what_is_its_own_in_order(captured: Outside) -> None:
    with listening() as brand, listening() as model, listening() as other:
        ids = {}
        for party, server in (("nord", brand), ("ines", model), ("atlas", other)):
            ids[party] = granted(hook.create(captured, party=party, url=server.url, now=NOW)).pk
        license = signed(captured, title="With her agency")
        row = draft(captured, terms(parties={"model": "ines", "brand": "nord"}, commission="0"))
        take(captured, row.id, Step.ASKED, "nord")
        assert run(LATER) > 20
        types = {}
        for party, server in (("nord", brand), ("ines", model), ("atlas", other)):
            found = [
                event(hook.secret(ids[party]), headers, body, now=LATER.timestamp())
                for headers, body in server.told
            ]
            types[party] = [(each["type"], each["data"]["license"]) for each in found]
            assert all(set(each) == {"type", "timestamp", "data"} for each in found)
            assert len({headers["webhook-id"] for headers, _ in server.told}) == len(found)
        assert types["nord"] == types["ines"]
        assert types["nord"][:2] == [("license.drafted", license), ("license.asked", license)]
        assert types["nord"][-2:] == [("license.drafted", row.id), ("license.asked", row.id)]
        assert types["atlas"] == types["nord"][:-2]  # it is no part of the other license
        assert run(LATER) == 0
        take(captured, row.id, Step.DECLINED, "ines")
        assert run(LATER) == 2
    names = {each["event"] for each in hook.deliveries(ids["atlas"])}
    assert "license.declined" not in names
    assert "contract.signed" in names


def test_an_agency_s_advice_is_told_to_nobody(captured: Outside) -> None:
    with listening() as brand:
        granted(hook.create(captured, party="nord", url=brand.url, now=NOW))
        row = draft(captured, terms())
        take(captured, row.id, Step.ASKED, "nord")
        take(captured, row.id, Step.ADVISED, "atlas")
        run(LATER)
        assert [json.loads(body)["type"] for _, body in brand.told] == [
            "license.drafted",
            "license.asked",
        ]


def test_what_fails_is_tried_again_later_and_then_passed_over(captured: Outside) -> None:
    with listening() as brand:
        id = granted(hook.create(captured, party="nord", url=brand.url, now=NOW)).pk
        draft(captured, terms())
        brand.answers = [500, 302]
        assert run(NOW) == 1  # and not at once again
        assert run(NOW + timedelta(seconds=4)) == 0
        assert run(NOW + timedelta(seconds=5)) == 1
        assert run(NOW + timedelta(seconds=70)) == 1
        assert [each["status"] for each in hook.deliveries(id)] == [204, 302, 500]
        assert len({headers["webhook-id"] for headers, _ in brand.told}) == 1
        assert hook.listed()[0]["failures"] == 0
    # Nobody is there any more.
    draft(captured, terms(title="Another"))
    now, tries = NOW + timedelta(hours=1), 0
    for _ in range(40):
        tries += run(now)
        now += timedelta(hours=2)
    assert tries == 9
    assert hook.listed()[0]["failures"] == 0  # passed over: what comes next is told
    assert {each["error"] != "" for each in hook.deliveries(id)[:9]} == {True}


def test_who_is_gone_is_told_nothing_more(captured: Outside) -> None:
    with listening() as brand:
        id = granted(hook.create(captured, party="nord", url=brand.url, now=NOW)).pk
        draft(captured, terms())
        brand.answers = [410]
        assert run(NOW) == 1
        draft(captured, terms())
        assert run(NOW + timedelta(days=1)) == 0
    assert refused(hook.end(id, now=NOW)) == {"hook.unknown"}
    second = granted(hook.create(captured, party="nord", url=brand.url, now=NOW)).pk
    granted(hook.end(second, now=NOW))
    draft(captured, terms())
    assert run(NOW + timedelta(days=1)) == 0


def test_what_was_not_signed_is_not_believed(captured: Outside) -> None:
    with listening() as brand:
        id = granted(hook.create(captured, party="nord", url=brand.url, now=NOW)).pk
        draft(captured, terms())
        run(NOW)
        headers, body = brand.told[0]
    at, secret = NOW.timestamp(), hook.secret(id)
    assert event(secret, headers, body, now=at)["type"] == "license.drafted"
    wrong = [
        (hook.secret("a" * 8), headers, body, at),
        (secret, headers, body.replace(b"drafted", b"revoked"), at),
        (secret, {**headers, "webhook-timestamp": str(int(at) + 9)}, body, at),
        (secret, {**headers, "webhook-id": "x"}, body, at),
        (secret, {}, body, at),
        (secret, headers, body, at + 301),
    ]
    for with_, said, data, now in wrong:
        with pytest.raises(BadInput) as error:
            event(with_, said, data, now=now)
        assert error.value.code == "hook.signature"


def test_nothing_is_told_in_the_clear_to_others(captured: Outside) -> None:
    for url in ("http://shop.example/x", "ftp://localhost", "shop.example", "https://", ""):
        with pytest.raises(BadInput) as error:
            hook.create(captured, party="nord", url=url, now=NOW)
        assert error.value.code == "hook.url"
    assert refused(hook.create(captured, party="no", url="https://a.example", now=NOW)) == {
        "party.unknown"
    }
