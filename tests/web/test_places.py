"""The page of places: named, ended, told how far; never a secret, never another's."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import pytest

from sosie.core.roles import Role
from sosie.services import place
from sosie.store.places import Errand, Place
from tests.services.conftest import LATER
from tests.web.conftest import OTHER, OWN, Out, Person, Shown

STORE = {
    "channel": "instagram",
    "address": "s3://shop/web",
    "endpoint": "https://s3.example",
    "key_id": "AKIANOBODY",
    "secret": "nobody-reads-this",
    "ending": "tombstone",
}


@pytest.fixture(scope="module")
def producer(shown: Shown) -> Person:
    return Person(Role.PRODUCER, OWN)


def text(person: Person, page: str) -> str:
    answer = person.client.get(page)
    assert answer.status_code == 200, page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_a_bucket_is_named_and_its_secret_is_never_shown(shown: Shown, producer: Person) -> None:
    assert producer.client.post("/library/places", STORE)["Location"] == "/library/places"
    row = Place.objects.get(address="s3://shop/web")
    assert place.store(shown.outside, row).secret == STORE["secret"]
    page = producer.client.get("/library/places").content.decode()
    assert "s3://shop/web" in page
    assert "a note stays at the end" in page
    assert STORE["secret"] not in page
    assert STORE["key_id"] not in page
    other = Person(Role.PRODUCER, OTHER)
    assert "s3://shop/web" not in text(other, "/library/places")
    assert other.client.post(f"/library/places/{row.pk}/end").status_code == 404
    producer.client.post(f"/library/places/{row.pk}/end")
    assert "Send nothing new" not in text(producer, "/library/places")
    assert not bytes(Place.objects.get(pk=row.pk).credentials)


def test_a_webhook_is_named_and_its_secret_shown_once(producer: Person) -> None:
    said = {"channel": "web_shop", "address": "https://shop.example/hook", "ending": "delete"}
    answer = producer.client.post("/library/places", said)
    row = Place.objects.get(address=said["address"])
    assert place.secret(row.pk) in unescape(answer.content.decode())
    assert place.secret(row.pk) not in producer.client.get("/library/places").content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "http://shop.example"},
        {"address": "https://127.0.0.1.example/#x"},
        {"address": "s3://SHOP"},
        {"secret": ""},
        {"endpoint": "http://10.0.0.1:9000"},
        {"endpoint": "https://s3.example/path"},
        {"channel": "nowhere"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(producer: Person, wrong: dict[str, str]) -> None:
    before = Place.objects.count()
    answer = producer.client.post("/library/places", STORE | wrong)
    assert answer.status_code == 400
    assert b'role="alert"' in answer.content
    assert STORE["secret"].encode() not in answer.content
    assert Place.objects.count() == before


def test_a_channel_has_the_name_that_it_gives_itself(shown: Shown, producer: Person) -> None:
    known = {"brand_id": "nord", "channel": "tiktok", "address": "https://shop.example/posts"}
    Place.objects.create(id="cccccccc", made_at=LATER, **known)
    assert "TikTok https://shop.example/posts" in text(producer, "/library/places")


def test_how_far_it_is_stands_on_the_page_and_is_exported(out: Out, producer: Person) -> None:
    known = {"brand_id": "nord", "channel": "instagram", "address": "https://shop.example/hook"}
    row = Place.objects.create(id="bbbbbbbb", made_at=LATER, **known)
    failed = Errand.objects.create(
        place=row,
        release_id=out.number,
        what="deliver",
        state="failed",
        why="it answered 500",
        made_at=LATER,
    )
    assert f"{out.number} send failed it answered 500" in text(producer, "/library/places")
    assert "1 file that was sent in vain https://shop.example/hook" in text(producer, "/")
    producer.client.post(f"/library/errands/{failed.pk}/again")
    assert "sent in vain" not in text(producer, "/")
    assert Errand.objects.get(pk=failed.pk).state == "waiting"
    Errand.objects.filter(pk=failed.pk).update(state="delivered", delivered_at=LATER)
    producer.client.post(f"/library/errands/{failed.pk}/done")
    assert Errand.objects.get(pk=failed.pk).state == "acknowledged"
    again = producer.client.post(f"/library/errands/{failed.pk}/done")
    assert again.status_code == 409
    exported = producer.client.get("/library/errands.csv").getvalue().decode()
    (found,) = csv.DictReader(io.StringIO(exported))
    assert (found["seal"], found["state"]) == (out.number, "acknowledged")
    said = json.loads(producer.client.get("/library/errands.json").getvalue())["errands"]
    assert said[0]["delivered"] == LATER.isoformat()
