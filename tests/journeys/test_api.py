"""The API as a program uses it, with the client of the package, against a served demo."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from webauthn.helpers import base64url_to_bytes as unspelled

from sosie import samples
from sosie.client import Client, Refused, Sign, Unsigned, event
from sosie.core.api import Asked
from sosie.core.values import BadInput
from tests.adapters.test_passkeys import Authenticator
from tests.journeys.conftest import House, serving
from tests.services.test_hook import listening

SCOPES = {
    "maison-nord": ("read", "negotiate", "order", "deliver"),
    "ines": ("read", "negotiate", "answer", "twin"),
}


class Party:
    """A party of the demo, with a token and a device whose passkey signs for it."""

    def __init__(self, house: House, id: str, folder: Path) -> None:
        scopes = [word for scope in SCOPES[id] for word in ("--scope", scope)]
        made = house.done("token", "create", "--for", id, *scopes, "--name", "our shop")
        self.id, self.token, self.secret = id, made["token"], made["secret"]
        self.device, self.asked = Authenticator(), list[Asked]()
        asked = house.done("party", "passkey", "--as", id)
        made = self.device.register(unspelled(asked["options"]["challenge"]))
        answer = folder / f"{id}.json"
        answer.write_text(json.dumps({"nonce": asked["nonce"], "credential": json.loads(made)}))
        house.done("party", "passkey", answer, "--as", id)

    def signs(self, address: str) -> Sign:
        """Return what signs as pages of an address do."""
        origin = address.replace("127.0.0.1", "localhost")

        def sign(asked: Asked) -> Mapping[str, Any]:
            self.asked.append(asked)
            challenge = unspelled(asked.options["publicKey"]["challenge"])
            found: Mapping[str, Any] = json.loads(self.device.sign(challenge, origin=origin))
            return found

        return sign

    def client(self, address: str, *, at: str | None = None, **more: Any) -> Client:
        """Return a client of a server that signs; ``at`` is where it asks."""
        return Client(at or address, self.secret, sign=self.signs(address), **more)


@pytest.fixture
def house(workspace: Path) -> House:
    return House(workspace)


def test_a_license_is_asked_for_signed_and_taken_back_by_programs(
    house: House, tmp_path: Path
) -> None:
    nord, ines = (Party(house, id, tmp_path) for id in ("maison-nord", "ines"))
    known = house.done("license", "history", "L-2026-0001")
    with serving(house.folder) as address:
        brand, model = nord.client(address), ines.client(address)
        assert (brand.me().party, brand.me().kind) == ("maison-nord", "brand")
        # What the command line tells is what the API tells.
        listed = house.done("license", "list")["licenses"]
        mine = [row for row in listed if row["brand"] == "maison-nord"]
        assert [row.model_dump() for row in brand.licenses()] == mine[::-1]
        told = brand.license("L-2026-0001")
        assert (told.digest, told.standing) == (known["terms"], known["standing"])
        assert [each.step for each in told.steps] == [each["step"] for each in known["steps"]]
        statement = model.statement(date(2026, 1, 1), date(2027, 12, 31))
        said = ("ledger", "statement", "ines", "--from", "2026-01-01", "--until", "2027-12-31")
        assert statement.model_dump(mode="json", by_alias=True) == house.done(*said)

        terms = {**told.terms, "title": "Winter windows", "pictures": 2}
        quote = brand.quote(terms)
        assert (quote.outcome, quote.price, quote.receives) == (
            "allowed",
            "360.00 EUR",
            "288.00 EUR",
        )
        license = brand.draft(quote.terms).license
        assert brand.step(license, "asked", note="for the windows").standing == "asked"
        assert [each.about for each in model.today() if each.what == "request"] == [license]
        read = model.license(license)
        first = {each.term: each.says for each in read.first_page}
        assert first["What is made"] == quote.terms["scope"]
        assert first["What is expected of the model"] == quote.terms["expectations"]
        assert model.step(license, "agreed", seen=read.digest).standing == "agreed"
        model.step(license, "signed")
        assert brand.step(license, "signed").standing == "in_force"
        assert brand.contract(license).startswith(b"%PDF-")
        model.step(license, "memo_accepted")
        assert model.step(license, "revoked", note="enough").standing == "revoked"
        assert [each.role for each in ines.asked] == [
            "license.agreed",
            "model",
            "license.memo_accepted",
            "license.revoke",
        ]
        assert {each.party for each in ines.asked} == {"ines"}
        with pytest.raises(Refused) as refused:
            brand.step(license, "asked")
        assert (refused.value.problem.status, refused.value.problem.code) == (409, "life.not_now")
    assert house.done("license", "history", license)["standing"] == "revoked"
    house.done("fsck")


def test_pictures_shoots_and_what_went_out(house: House, tmp_path: Path) -> None:
    nord = Party(house, "maison-nord", tmp_path)
    with serving(house.folder) as address, listening() as shop:
        made = house.done("webhook", "create", shop.url, "--for", "maison-nord")
        brand = nord.client(address)
        rows = {row.picture: row for row in brand.pictures()}
        told = house.done("picture", "list")["pictures"]
        assert [rows[each["picture"]].model_dump() for each in told] == told
        sealed = next(brand.pictures(license="L-2026-0001", status="sealed"))
        assert brand.image(sealed.picture)[8:12] == b"WEBP"
        out = brand.license("L-2026-0001").releases
        assert brand.release(out[0].seal)[:2] == b"\xff\xd8"
        shoot = next(brand.shoots()).shoot
        before = len(brand.shoot(shoot).pictures)
        plan = {
            "sosie": "shoot/1",
            "purpose": "organic_social",
            "channel": "instagram",
            "territories": ["FR"],
            "pictures": [{"plate": "front-half", "garment_colour": "#7a1f2b"}],
        }
        assert brand.plan("L-2026-0001", plan).outcome == "allowed"
        ordered = brand.order("L-2026-0001", plan)
        assert [card.status for card in ordered.pictures] == ["ordered"]
        with pytest.raises(Refused, match=r"volume\.exceeded"):  # that was the last one
            brand.change(sealed.picture, note="warmer", settings={"backdrop.scene": "paper"})
        assert brand.taken_down(out[0].seal).taken_down
        assert brand.license("L-2026-0001").releases[0].down
        assert before >= 1
        house.done("webhook", "run", "--once")
        heard = [event(made["secret"], *said, now=time.time()) for said in shop.told]
        assert [each["type"] for each in heard] == ["shoot.ordered", "release.taken_down"]
        assert heard[1]["data"] == {"license": "L-2026-0001", "seal": out[0].seal}
        told = house.done("webhook", "deliveries", made["webhook"])["deliveries"]
        assert [row["status"] for row in told] == [204, 204]
        house.done("webhook", "revoke", made["webhook"])
        with pytest.raises(Unsigned, match=r"`maison-nord` is to sign `picture\.change`"):
            Client(address, nord.secret).change(sealed.picture, note="colder")
        with pytest.raises(Refused, match=r"api\.scope"):
            brand.answer(sealed.picture, yes=True)
        house.done("token", "revoke", nord.token)
        with pytest.raises(Refused, match=r"api\.token"):
            brand.me()
    rows_told = house.done("token", "list")["tokens"]
    assert [(row["party"], row["stands"]) for row in rows_told] == [("maison-nord", False)]
    assert nord.secret not in json.dumps(rows_told)


@contextmanager
def cut(address: str, lost: Callable[[bytes], bool]) -> Iterator[tuple[str, list[bytes]]]:
    """Stand before a server, and lose the answers to some requests; yields the address, and the
    first lines of what passed."""
    to, seen = urlsplit(address), list[bytes]()
    listening = socket.create_server(("127.0.0.1", 0))

    def passes(near: socket.socket) -> None:
        with near, socket.create_connection((str(to.hostname), to.port or 0)) as far:
            head, _, rest = _read(near).partition(b"\r\n\r\n")
            seen.append(head.split(b"\r\n")[0])
            far.sendall(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + b"\r\n\r\n" + rest)
            answer = b""
            while part := far.recv(65536):
                answer += part
            if not lost(head):
                near.sendall(answer)

    def serve() -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            passes(near)

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", seen
    listening.close()


def _read(near: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += near.recv(65536)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(rest) < length:
        rest += near.recv(65536)
    return head + b"\r\n\r\n" + rest


def test_a_twin_is_captured_by_a_program(house: House, tmp_path: Path) -> None:
    photos = Path(samples.__file__).parent / "shoot" / "ines"
    party = Party(house, "ines", tmp_path)
    with serving(house.folder) as address:
        hers = party.client(address)
        begun = hers.begin_capture("ines").capture
        assert [each.capture for each in hers.captures()] == [begun]
        for name in ("front-half", "front-full", "three-quarter", "walking"):
            data = (photos / f"{name}.jpg").read_bytes()
            assert hers.add_photograph(begun, f"{name}.jpg", data).reasons == []
        assert hers.capture_photograph(begun, "walking") == data
        with pytest.raises(Refused, match=r"capture\.measurement_range"):
            hers.measure(begun, {"height_cm": 1.78})
        moved = hers.correct_photograph(begun, "walking", landmarks={"chin": (3, 3)})
        assert [each.code for each in moved.reasons] == ["capture.landmark_outside"]
        assert hers.capture(begun, protocol="basic").meets is None
        assert hers.remove_photograph(begun, "walking").photographs == 3
        hers.add_photograph(begun, "walking.jpg", data)
        made = hers.make_version(begun)
        assert (made.version, made.protocol) == (2, "basic")
        assert hers.mark("ines", "left cheek", "a mole").mark == 1
        again = hers.begin_capture("ines").capture
        assert hers.discard_capture(again).photographs == 0
        said = {"scope": "a twin", "purpose": "pictures", "pay": "80 EUR"}
        assert hers.consent("second", until=date(2030, 1, 1), **said).by == "ines"
    assert [act.role for act in party.asked] == ["twin.version", "twin.mark", "consent.create"]


def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_done_twice(
    house: House, tmp_path: Path
) -> None:
    nord, waits = Party(house, "maison-nord", tmp_path), list[float]()
    with serving(house.folder) as address:
        plain = nord.client(address)
        before = len(list(plain.licenses()))
        terms = {**plain.license("L-2026-0001").terms, "title": "Lost and found"}
        drops = {"left": 2}

        def lost(head: bytes) -> bool:
            drops["left"] -= head.startswith(b"POST")
            return head.startswith(b"POST") and drops["left"] >= 0

        with cut(address, lost) as (there, seen):
            brand = nord.client(address, at=there, pause=waits.append)
            # The answers to what was asked first, and to the act itself, are lost once each.
            drops["left"] = 1
            asked = brand.draft(terms)
            assert len(waits) == 1
            assert sum(line.startswith(b"POST") for line in seen) == 3
            count = {"posts": 0}

            def second(head: bytes) -> bool:
                count["posts"] += head.startswith(b"POST")
                return count["posts"] == 2

        with cut(address, second) as (there, seen):
            brand = nord.client(address, at=there, pause=waits.append)
            row = brand.draft({**terms, "title": "Again"})
        assert row.license != asked.license
        assert len(list(plain.licenses())) == before + 2  # the act whose answer was lost, once
        with cut(address, lambda head: True) as (there, seen):
            gone = nord.client(address, at=there, pause=waits.append, tries=3)
            with pytest.raises(ConnectionError, match="does not answer"):
                gone.me()
            assert len(seen) == 3


def test_one_act_that_is_sent_many_times_at_once_is_done_once(house: House, tmp_path: Path) -> None:
    nord = Party(house, "maison-nord", tmp_path)
    with serving(house.folder) as address:
        brand = nord.client(address, tries=12)
        before = len(list(brand.licenses()))
        body = {"terms": {**brand.license("L-2026-0001").terms, "title": "At once"}}
        with pytest.raises(Unsigned) as stop:
            Client(address, nord.secret).draft(body["terms"])
        signature = {
            "ticket": stop.value.asked.ticket,
            "credential": nord.signs(address)(stop.value.asked),
        }
        sent = {**body, "signature": signature}

        def send(_: int) -> tuple[int, bytes]:
            return brand._sent("POST", "/licenses", sent, key="one key for all of them")

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(send, range(8)))
        assert {status for status, _ in answers} == {201}
        assert len({said for _, said in answers}) == 1
        assert len(list(brand.licenses())) == before + 1


def test_a_token_goes_to_no_address_that_anyone_can_read() -> None:
    for site in ("http://sosie.example", "ftp://localhost", "localhost:8000", ""):
        with pytest.raises(BadInput) as error:
            Client(site, "sosie_x")
        assert error.value.code == "client.site"
    for site in ("https://sosie.example", "http://127.0.0.1:8000", "http://localhost:8000"):
        Client(site, "sosie_x")
