"""The studio on the pages: a board that tells what changes, what a brand says, plans to order."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sosie.core.roles import Role
from sosie.services import making
from sosie.services import passkey as passkeys
from sosie.services import picture as pictures
from sosie.services import plan as plans
from sosie.services import shoot as shoots
from sosie.store.models import Picture, Shoot
from sosie.store.studio import Review
from sosie.web import progress, signing
from tests.services.conftest import LATER, SECRETS, granted, ordered, signed
from tests.web.conftest import OWN, Person, Shown

PLAN = """
sosie: shoot/1
purpose: organic_social
channel: instagram
territories: [FR]
pictures:
  - {plate: front-half, garment_colour: "#7a1f2b"}
  - {plate: walking, backdrop: {scene: photograph, file: street}}
files: {street: scenes/street.png}
"""


@pytest.fixture(scope="module")
def brand(shown: Shown) -> Person:
    """A producer whose passkey signs for the brand."""
    person = Person(Role.PRODUCER, OWN)
    for name, key in signing.own_passkeys(person.account):
        granted(
            passkeys.adopt(
                shown.outside,
                by="nord",
                made=key,
                name=name,
                passphrase=SECRETS["nord"],
                now=LATER,
            )
        )
    return person


@pytest.fixture(scope="module")
def license(shown: Shown) -> str:
    """A license with room."""
    return signed(shown.outside, pictures=40)


@pytest.fixture
def shoot(shown: Shown, license: str) -> Shoot:
    return granted(ordered(shown.outside, license, "front-half", "walking"))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LOOKS", 0.01)


def words(person: Person, page: str) -> str:
    answer = person.client.get(page)
    assert answer.status_code == 200, page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


class Stream:
    """What a server sends on: part by part, until somebody goes away."""

    def __init__(self, answer: Any) -> None:
        self._parts, self.close = iter(answer.streaming_content), answer.close

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> str:
        return str(next(self._parts), "utf-8")


def stream(person: Person, shoot: Shoot, known: str = "", **headers: str) -> Stream:
    answer = person.client.get(f"/shoots/{shoot.pk}/events", {"known": known}, headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert "connect-src 'self'" in answer["Content-Security-Policy"]
    return Stream(answer)


def event(part: str) -> tuple[str, dict[str, Any]]:
    """Return the id and what an event says."""
    fields = dict(line.partition(": ")[::2] for line in part.strip().splitlines())
    assert fields["event"] == "board"
    return fields["id"], json.loads(fields["data"])


def made(shown: Shown, id: str) -> None:
    known: dict[str, Any] = {"cancelled": lambda: False, "now": LATER}
    granted(pictures.make(shown.outside, picture=id, progress=lambda *_: None, **known))


def test_a_board_is_told_what_changes_and_nothing_else(
    shown: Shown, brand: Person, shoot: Shoot
) -> None:
    first, second = pictures.pending(shoot.pk)
    page = brand.client.get(f"/shoots/{shoot.pk}").content.decode()
    (seen,) = re.findall(r'data-seen="([^"]+)"', page)
    told = stream(brand, shoot, seen)
    assert next(told) == "retry: 1000\n\n"
    assert next(told) == ":\n\n"  # nothing new
    assert connection.in_atomic_block is False
    making.tell(first, 0.5, "<matting>", now=timezone.now())
    while (part := next(told)) == ":\n\n":
        pass
    _, said = event(part)
    assert f"{first}: &lt;matting&gt;" in said["head"]
    assert (said["cards"], 'value="0.50"' in said["head"]) == ({}, True)
    made(shown, first)
    while (part := next(told)) == ":\n\n":
        pass
    now, said = event(part)
    assert list(said["cards"]) == [first]
    assert f'id="{first}"' in said["cards"][first]
    assert "csrfmiddlewaretoken" in said["cards"][first]
    told.close()
    # Whoever comes back says what it has seen; the header is newer than the address.
    told = stream(brand, shoot, seen, Last_Event_ID=now)
    assert [next(told), next(told)] == ["retry: 1000\n\n", ":\n\n"]
    told.close()
    told = stream(brand, shoot, "nonsense")
    assert list(event([next(told), next(told)][1])[1]["cards"]) == [first, second]
    told.close()
    made(shown, second)
    parts = list(stream(brand, shoot, now))
    assert list(event(parts[1])[1]["cards"]) == [second]
    assert parts[2:] == ["event: end\ndata:\n\n"]  # it ends by itself
    assert "data-events" not in brand.client.get(f"/shoots/{shoot.pk}").content.decode()


def test_an_answer_ends_and_no_thread_is_kept_from_others(
    brand: Person, shoot: Shoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LASTS", 0.0)
    assert len(list(stream(brand, shoot))) == 2
    monkeypatch.undo()
    monkeypatch.setattr(progress, "LOOKS", 0.01)
    held = [stream(brand, shoot) for _ in range(progress.MOST)]
    assert {next(each) for each in held} == {"retry: 1000\n\n"}
    beyond = list(stream(brand, shoot))  # told once, and asks again later
    assert (beyond[0], len(beyond)) == ("retry: 5000\n\n", 2)
    for each in held:
        each.close()  # as a server does with whoever went away
    again = stream(brand, shoot)
    assert next(again) == "retry: 1000\n\n"
    again.close()


def test_a_shoot_is_started_paused_and_tried_again(brand: Person, shoot: Shoot) -> None:
    here = f"/shoots/{shoot.pk}"

    def say(what: str) -> int:
        return int(brand.client.post(f"{here}/run", {"say": what}).status_code)

    assert "Ordered, and not begun." in words(brand, here)
    assert say("start") == 302
    assert shoot.pk in dict(making.to_do())
    assert "It waits for its turn." in words(brand, here)
    assert say("pause") == 302
    assert shoot.pk not in dict(making.to_do())
    assert "Paused" in words(brand, here)
    assert say("retry") == 409  # nothing has failed
    Picture.objects.filter(shoot=shoot, number=1).update(
        status="failed", failure=[{"code": "engine.broke", "text": "no `mask`"}]
    )
    assert "Try the failed ones again" in words(brand, here)
    assert "Failed: no mask" in words(brand, here)
    assert say("retry") == 302
    assert dict(making.to_do())[shoot.pk] == f"{shoot.pk}-01"
    assert say("nonsense") == 302


def signs(brand: Person, address: str, said: dict[str, str]) -> Any:
    """Post to a page, read what it asks to be signed, and sign it."""
    client = brand.browser()
    text = client.post(address, said).content.decode()
    options = json.loads(unescape(text.split('data-options="')[1].split('"')[0]))
    (nonce,) = re.findall(r'name="nonce" value="([0-9a-f]+)"', text)
    answer = {"credential": brand.signed(options), "nonce": nonce}
    return text, client.post(address, {**said, **answer})


def test_a_brand_says_what_it_takes_and_what_not(shown: Shown, brand: Person, shoot: Shoot) -> None:
    id = pictures.pending(shoot.pk)[0]
    made(shown, id)
    here = f"/picture/{id}/review"
    assert "What you say of it" in words(brand, here)
    asked, done = signs(brand, here, {"say": "no", "note": "too dark"})
    assert f"We do not take the picture {id}" in asked
    assert "My note: “too dark”" in asked
    assert (done.status_code, done["Location"]) == (302, f"/shoots/{shoot.pk}#{id}")
    assert "The brand does not take it: too dark" in words(brand, f"/shoots/{shoot.pk}")
    assert brand.client.post(here, {"say": "no"}).status_code == 409  # without a word
    signs(brand, here, {"say": "yes"})
    assert Review.objects.get(picture=id).accepted
    board = words(brand, f"/shoots/{shoot.pk}")
    assert "The brand takes it" in board
    for said in ("Plate front half", "Wears top in burgundy", "Waits for Ines", "matting conf"):
        assert said.lower() in board.lower(), said


def test_another_in_its_place_may_have_another_color(
    shown: Shown, brand: Person, shoot: Shoot
) -> None:
    id = pictures.pending(shoot.pk)[0]
    made(shown, id)
    old, here = Picture.objects.get(pk=id), f"/picture/{id}/change"
    color = old.order["garment_colour"]
    page = brand.client.get(here).content.decode()
    assert f'name="color" id="id_color" value="{color}"' in page
    for asked, wanted in (("#1F4D2E", "#1f4d2e"), (color, color), ("green", color)):
        signs(brand, here, {"note": "calmer", "color": asked})
        new = Picture.objects.filter(change_of=id).latest("number")
        assert new.order["garment_colour"] == wanted
        assert (new.order["seed"] == old.order["seed"]) == (wanted != color)
    assert Picture.objects.get(pk=id).order == old.order
    Picture.objects.filter(pk=id).update(order={**old.order, "garment_colour": None})
    assert b'name="color"' not in brand.client.get(here).content  # there is none to change


def sent(**files: bytes) -> dict[str, Any]:
    plan = SimpleUploadedFile("plan.yaml", files.pop("plan", PLAN.encode()))
    return {"plan": plan, "files": [SimpleUploadedFile(f"{n}.png", d) for n, d in files.items()]}


def test_a_plan_is_checked_priced_and_ordered(shown: Shown, brand: Person, license: str) -> None:
    here = f"/licenses/{license}/shoot"
    street = shown.outside.blobs.get(Picture.objects.get(pk=shown.picture).digest)  # type: ignore[arg-type]
    assert "Lay down your plan" in words(brand, here)
    assert brand.client.get(f"{here}/sign").status_code == 302  # there is none
    for wrong, why in (
        ({}, "no plan was sent"),
        (sent(), "street.png: the plan lists this file, and it was not sent"),
        (sent(plan=b"\xff\xfe"), "this is no UTF-8 text"),
        (sent(plan=b"sosie: shoot/1\n"), "plan.yaml"),
        (sent(plan=PLAN.encode() * 4000), "at most 256 kB"),
        (sent(street=b"\x89PNG\r\n\x1a\n" + bytes(90)), "street"),
    ):
        answer = brand.client.post(here, wrong)
        text = unescape(re.sub(r"<[^>]+>", "", answer.content.decode()))
        assert (answer.status_code, why in text) == (409, True), (why, text[:900])
    assert plans.of(license) is None
    many = PLAN.replace("pictures:", "matrix: {plates: [" + "walking, " * 30 + "]}\npictures:")
    answer = brand.client.post(here, sent(plan=many.encode(), street=street))
    assert b"a page takes 24" in answer.content
    assert brand.client.post(here, sent(street=street)).status_code == 302
    told = words(brand, here)
    assert "2 pictures by atelier" in told
    assert "€360.00" in told
    assert "€288.00 is hers" in told
    assert "1. front-half; top in burgundy can be made" in told
    asked, done = signs(brand, f"{here}/sign", {})
    assert "I order the shoot" in asked
    row = Shoot.objects.latest("ordered_at", "pk")
    assert (done.status_code, done["Location"]) == (302, f"/shoots/{row.pk}")
    assert row.pk in dict(making.to_do())
    assert plans.of(license) is None
    shoots.pause(row.pk)


def test_what_is_refused_is_said_and_cannot_be_ordered(brand: Person, license: str) -> None:
    here = f"/licenses/{license}/shoot"
    plan = PLAN.replace("instagram", "print").replace("walking, backdrop", "nowhere, backdrop")
    plan = plan[: plan.index("  - {plate: nowhere")] + "  - {plate: nowhere}\n"
    assert brand.client.post(here, sent(plan=plan.encode())).status_code == 302
    told = words(brand, here)
    assert "Refused as it stands" in told
    assert "the twin has no plate nowhere" in told
    assert "Order it" not in told
    assert brand.client.get(f"{here}/sign").status_code == 409
    assert brand.client.post(here, {"discard": "1"}).status_code == 302
    assert plans.of(license) is None


def test_a_board_asks_no_more_of_the_database_with_more_pictures(
    shown: Shown, brand: Person, license: str
) -> None:
    counts = []
    for plates in (["walking"], ["walking"] * 9):
        row = granted(ordered(shown.outside, license, *plates))
        with CaptureQueriesContext(connection) as queries:
            words(brand, f"/shoots/{row.pk}")
        counts.append(len(queries))
    assert counts[0] == counts[1]
