"""Places: what is released goes there whole, is tried again, and is taken down when it must be."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from sosie.adapters import hooks
from sosie.client import event
from sosie.core.ports import Outside
from sosie.core.terms import Channel
from sosie.core.values import BadInput
from sosie.services import delivery, life, place, seal
from sosie.services import license as licenses
from sosie.store.models import License
from sosie.store.places import Errand, Place
from tests.services.conftest import (
    LATER,
    NOW,
    SECRETS,
    answer,
    granted,
    made,
    refused,
    released_on_instagram,
    signed,
)
from tests.services.test_hook import listening
from tests.stores import KEY, SECRET, bucket, s3_server, with_credentials

TOMORROW = LATER + timedelta(days=1)


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with s3_server() as address, with_credentials(address):
        yield address


@pytest.fixture
def sealed(captured: Outside) -> tuple[Outside, str]:
    """A workspace with a sealed picture that did not go out yet."""
    license = signed(captured)
    (picture,) = made(captured, license, "three-quarter")
    granted(answer(captured, picture))
    granted(seal.seal(captured, picture=picture, now=LATER))
    return captured, picture


def named(outside: Outside, address: str, **more: Any) -> Place:
    known: dict[str, Any] = {
        "brand": "nord",
        "channel": Channel.INSTAGRAM,
        "private": True,
        "now": NOW,
    }
    if address.startswith("s3://"):
        known |= {"key_id": KEY, "secret": SECRET}
    return granted(place.name(outside, address=address, **known | more))


def test_a_place_that_stands_is_not_named_again(captured: Outside) -> None:
    asked: dict[str, Any] = {"brand": "nord", "address": "https://shop.example/a", "now": NOW}
    first = granted(place.name(captured, channel=Channel.INSTAGRAM, **asked))
    assert refused(place.name(captured, channel=Channel.INSTAGRAM, **asked)) == {"place.named"}
    granted(place.name(captured, channel=Channel.TIKTOK, **asked))  # for another channel it may be
    granted(place.end(captured, first.pk, now=NOW))
    granted(place.name(captured, channel=Channel.INSTAGRAM, **asked))


def run(outside: Outside, now: datetime, *, private: bool = True) -> int:
    """Send what is due, as the command does; returns how many tries there were."""
    delivery.order_down(now=now)
    tried = 0
    while job := delivery.due(outside, now=now):
        status, error = None, ""
        try:
            status = hooks.send_all(job.requests, private=private)
        except OSError as fault:
            error = str(fault)
        place.told(outside, job.errand, status=status, error=error, now=now)
        tried += 1
    return tried


def states() -> list[tuple[str, str]]:
    return list(Errand.objects.order_by("pk").values_list("what", "state"))


def names(name: str) -> list[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket=name).get("Contents", [])
    return [each["Key"] for each in listed]


def revoked(outside: Outside, picture: str) -> None:
    license = License.objects.get(pictures=picture)
    by: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    granted(licenses.revoke(outside, license=license.pk, **by))


@pytest.mark.parametrize("ending", ["delete", "tombstone"])
def test_a_release_goes_to_the_bucket_and_is_gone_when_the_license_ends(
    sealed: tuple[Outside, str], store: str, ending: str
) -> None:
    outside, picture = sealed
    name = bucket(f"shop-{ending}")
    named(outside, f"s3://{name}/web", endpoint=store, ending=ending)
    named(outside, "https://other.example/x", channel=Channel.PRINT)  # another channel's
    number = released_on_instagram(outside, picture).pk
    assert states() == [("deliver", "waiting")]
    assert run(outside, LATER) == 1
    assert states() == [("deliver", "delivered")]
    files = names(name)
    assert all(each.startswith(f"web/{number}/") for each in files)
    words = json.loads(
        boto3.client("s3").get_object(Bucket=name, Key=f"web/{number}/delivery.json")["Body"].read()
    )
    kept = outside.deliveries.place(number)
    for each in files:
        got = boto3.client("s3").get_object(Bucket=name, Key=each)["Body"].read()
        with open(f"{kept}/{each.rpartition('/')[2]}", "rb") as file:  # noqa: PTH123
            assert (got == file.read()) or each.endswith(".sosie.json")  # its proof grows
    assert f"web/{number}/{words['file']}" in files
    assert run(outside, LATER) == 0  # once
    revoked(outside, picture)
    assert run(outside, LATER) == 1
    assert states() == [("deliver", "delivered"), ("take_down", "acknowledged")]
    left = names(name)
    assert left == ([] if ending == "delete" else [f"web/{number}/taken-down.json"])
    assert run(outside, TOMORROW) == 0


def test_a_webhook_is_told_signed_and_says_that_it_was_done(sealed: tuple[Outside, str]) -> None:
    outside, picture = sealed
    with listening() as shop:
        row = named(outside, shop.url)
        number = released_on_instagram(outside, picture).pk
        assert run(outside, LATER) == 1
        said = event(place.secret(row.pk), *shop.told[0], now=LATER.timestamp())
        assert said["type"] == "release.delivered"
        data = said["data"]
        assert (data["seal"], data["picture"]) == (number, picture)
        assert data["file"] == f"/api/v1/releases/{number}/file"
        assert data["delivery"]["disclosure"]
        assert data["record"]
        revoked(outside, picture)
        assert run(outside, LATER) == 1
        said = event(place.secret(row.pk), *shop.told[1], now=LATER.timestamp())
        assert (said["type"], said["data"]["seal"]) == ("release.take_down", number)
        assert said["data"]["due"]
        assert states()[1] == ("take_down", "delivered")
        errand = said["data"]["errand"]
        assert granted(place.acknowledge(outside, errand, now=LATER)).acknowledged_at == LATER
        assert refused(place.acknowledge(outside, errand, now=LATER)) == {"errand.not_delivered"}


def test_it_is_tried_again_with_growing_pauses_then_given_up_with_why(
    sealed: tuple[Outside, str],
) -> None:
    outside, picture = sealed
    with listening() as shop:
        named(outside, shop.url)
        released_on_instagram(outside, picture)
        shop.answers = [500] * 9
        now = LATER
        assert run(outside, now) == 1
        assert run(outside, now) == 0  # not before its time
        while states()[0][1] == "waiting":
            row = Errand.objects.get()
            assert row.why == "it answered 500"
            assert row.next_at
            now = row.next_at
            assert run(outside, now) == 1
        assert (states(), len(shop.told)) == ([("deliver", "failed")], 9)
        row = Errand.objects.get()
        assert refused(place.again(99)) == {"errand.not_failed"}
        granted(place.again(row.pk))
        assert run(outside, now) == 1
        assert states() == [("deliver", "delivered")]


def test_what_may_not_go_out_any_more_is_not_sent(sealed: tuple[Outside, str]) -> None:
    outside, picture = sealed
    with listening() as shop:
        named(outside, shop.url)
        released_on_instagram(outside, picture)
        revoked(outside, picture)
        assert run(outside, LATER) == 0
        assert (states(), shop.told) == ([("deliver", "failed")], [])
        assert "revoked" in Errand.objects.get().why


def test_what_may_have_arrived_is_taken_down_too(sealed: tuple[Outside, str]) -> None:
    outside, picture = sealed
    with listening() as shop:
        named(outside, shop.url)
        released_on_instagram(outside, picture)
        shop.answers = [500]
        assert run(outside, LATER) == 1
        revoked(outside, picture)
        assert run(outside, TOMORROW) == 1
        assert states() == [("deliver", "failed"), ("take_down", "delivered")]


def test_what_the_brand_took_down_is_taken_down_at_its_places(
    sealed: tuple[Outside, str], store: str
) -> None:
    outside, picture = sealed
    name = bucket("shop-signed")
    named(outside, f"s3://{name}", endpoint=store)
    number = released_on_instagram(outside, picture).pk
    run(outside, LATER)
    by: dict[str, Any] = {"by": "nord", "passphrase": SECRETS["nord"], "now": LATER}
    granted(life.taken_down(outside, seal=number, note="", **by))
    assert run(outside, LATER) == 1
    assert names(name) == []


def test_what_was_taken_down_meanwhile_is_not_sent(sealed: tuple[Outside, str]) -> None:
    outside, picture = sealed
    with listening() as shop:
        named(outside, shop.url)
        number = released_on_instagram(outside, picture).pk
        by: dict[str, Any] = {"by": "nord", "passphrase": SECRETS["nord"], "now": LATER}
        granted(life.taken_down(outside, seal=number, note="", **by))
        assert run(outside, LATER) == 0
        assert (states(), shop.told) == ([("deliver", "failed")], [])
        assert Errand.objects.get().why == f"`{number}` is taken down"


def test_credentials_stay_while_something_is_to_be_taken_down(
    sealed: tuple[Outside, str], store: str
) -> None:
    outside, picture = sealed
    name = bucket("comes-back")
    row = named(outside, f"s3://{name}", endpoint=store)
    released_on_instagram(outside, picture)
    run(outside, LATER)
    granted(place.end(outside, row.pk, now=LATER))
    revoked(outside, picture)
    delivery.order_down(now=LATER)
    job = delivery.due(outside, now=LATER)
    assert job
    place.told(outside, job.errand, status=503, now=LATER)  # the store is away
    assert place.store(outside, Place.objects.get()).secret == SECRET
    assert names(name)
    assert run(outside, TOMORROW) == 1
    assert names(name) == []
    assert not bytes(Place.objects.get().credentials)


def test_who_drips_bytes_holds_nobody_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(1000)
                asked.set()
                for byte in b"HTTP/1.1 204 " + b"x" * 200 + b"\r\n\r\n":
                    connection.send(bytes((byte,)))
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(OSError):  # noqa: PT011 - it was cut off: each byte comes in time
            hooks.send("POST", url, b"{}", {}, private=True, seconds=0.2)
        assert asked.is_set()


def test_nothing_is_sent_to_this_machine_or_a_private_network(
    sealed: tuple[Outside, str], store: str
) -> None:
    outside, picture = sealed
    with listening() as inside:
        named(outside, inside.url)
        named(outside, f"s3://{bucket('inside')}", endpoint=store)
        released_on_instagram(outside, picture)
        assert run(outside, LATER, private=False) == 2
        assert inside.told == []
        assert names("inside") == []
        assert {row.why for row in Errand.objects.all()} == {
            "the address is of this machine or a private network"
        }


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "localhost"),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::7f00:1]", "[fec0::1]"),  # by translation
        *("[::1]", "[fe80::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "224.0.0.1"),  # noqa: S104
        *("2130706433", "0x7f.1"),  # other spellings of 127.0.0.1
    ],
)
def test_no_spelling_of_a_private_address_is_reached(address: str) -> None:
    with listening() as inside:
        port = inside.url.split(":")[2].split("/")[0]
        with pytest.raises(OSError):  # noqa: PT011 - of whatever kind, and the server was not told
            hooks.send("POST", f"http://{address}:{port}/", b"", {}, seconds=2)
        assert inside.told == []
        assert hooks.send("POST", inside.url, b"{}", {}, private=True) == 204  # the control


def test_a_name_that_leads_elsewhere_the_second_time_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listening() as inside:
        real, asked = socket.getaddrinfo, []

        def rebinding(host: str, port: int, *rest: Any, **more: Any) -> Any:
            asked.append(host)
            return real("8.8.8.8" if len(asked) == 1 else "127.0.0.1", port, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        address = inside.url.replace("127.0.0.1", "shop.example")
        with pytest.raises(ConnectionError, match="private network"):
            hooks.send("POST", address, b"{}", {}, seconds=5)
        assert (asked, inside.told) == (["shop.example"] * 2, [])


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "localhost", "a.localhost"),
        *("[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[fe80::1]"),
        *("127.0.0.1.", "2130706433", "0x7f.1", "127.1", "LOCALHOST"),
    ],
)
def test_a_private_address_is_refused_when_it_is_named(captured: Outside, host: str) -> None:
    for said in (
        {"address": f"https://{host}/hook"},
        {"address": "s3://shop", "endpoint": f"https://{host}:9000"},
    ):
        with pytest.raises(BadInput, match="of this machine or a private network"):
            named(captured, **said, private=False)
        assert not Place.objects.exists()
        assert named(captured, **said)  # the control: where whoever runs the workspace lets them
        Place.objects.all().delete()
    for anyones in ("shop.example", "10.example", "8.8.8.8", "[2001:4860:4860::8888]"):
        assert named(captured, f"https://{anyones}/", private=False)


@pytest.mark.parametrize(
    "address",
    [
        *("http://shop.example/x", "ftp://shop.example", "https://", "https://u:p@shop.example/"),
        *(
            "https://shop.example/#a",
            "https://shop.example:x/",
            "https://a.example/a b",
            "https://[",
            "https://a..b/hook",
        ),
    ],
)
def test_what_is_no_address_is_not_taken(captured: Outside, address: str) -> None:
    with pytest.raises(BadInput) as error:
        named(captured, address, private=False)
    assert error.value.code == "place.address"
    with pytest.raises(BadInput) as error:
        named(captured, "s3://bucket", endpoint=address, private=False)
    assert error.value.code == "place.address"


def test_credentials_are_kept_encrypted_and_erased_at_the_end(
    sealed: tuple[Outside, str], store: str
) -> None:
    outside, picture = sealed
    with pytest.raises(BadInput) as error:
        named(outside, "s3://bucket", key_id="", secret="")
    assert error.value.code == "place.credentials"
    row = named(outside, f"s3://{bucket('ends')}", endpoint=store)
    assert SECRET.encode() not in bytes(row.credentials)
    assert place.store(outside, row).secret == SECRET
    assert not any(SECRET in str(each) for each in place.listed([row]))
    released_on_instagram(outside, picture)
    run(outside, LATER)
    granted(place.end(outside, row.pk, now=LATER))
    assert bytes(Place.objects.get().credentials)  # the picture is there still
    revoked(outside, picture)
    assert run(outside, LATER) == 1
    assert names("ends") == []
    assert not bytes(Place.objects.get().credentials)
    with pytest.raises(LookupError):
        outside.place_keys.decrypt(row.pk, bytes(row.credentials))
    assert refused(place.end(outside, row.pk, now=LATER)) == {"place.unknown"}


def test_an_ended_place_where_nothing_went_forgets_at_once(captured: Outside, store: str) -> None:
    row = named(captured, "s3://nothing-here", endpoint=store)
    granted(place.end(captured, row.pk, now=LATER))
    assert not bytes(Place.objects.get().credentials)
    assert refused(
        place.name(
            captured, brand="ines", channel=Channel.PRINT, address="https://shop.example", now=NOW
        )
    ) == {"party.unknown"}
