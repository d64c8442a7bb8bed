"""What goes to channels: feed, label, orders to take down."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, date, datetime, time
from typing import Any

import cv2
import numpy as np
import pytest
import segno
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sosie.core.feed import Item
from sosie.core.package import json_object
from sosie.core.ports import Outside
from sosie.core.release import post
from sosie.core.terms import Channel, Purpose
from sosie.services import case, channel, library, life, release, seal
from sosie.services import license as licenses
from sosie.services.today import of_brand
from sosie.store.models import Picture
from tests.services.conftest import (
    LATER,
    SECRETS,
    answer,
    granted,
    made,
    refused,
    released_on_instagram,
    signed,
)

IMAGES = "https://cdn.nord.example/pictures/"


def test_a_picture_of_the_shop_is_fed_labeled_and_taken_down(captured: Outside) -> None:
    shop = {"channels": ["web_shop", "instagram"], "purposes": ["product_page", "organic_social"]}
    license = signed(captured, **shop)
    (picture,) = made(captured, license, "front-half")
    granted(answer(captured, picture))
    granted(seal.seal(captured, picture=picture, now=LATER))
    known: dict[str, Any] = {"by": "nord", "passphrase": SECRETS["nord"], "now": LATER}
    wanted: dict[str, Any] = {"brand": "nord", "images": IMAGES, "now": LATER}
    products = {picture: "SKU-1"}
    assert refused(channel.feed(captured, products=products, **wanted)) == {"feed.not_out"}
    out = granted(
        release.release(
            captured,
            picture=picture,
            channel=Channel.WEB_SHOP,
            purpose=Purpose.PRODUCT_PAGE,
            territories=("FR",),
            **known,
        )
    )
    (item,) = granted(channel.feed(captured, products=products, **wanted))
    files = granted(release.packed(captured, number=out.pk))
    (name,) = (name for name in files if name.endswith(".jpg"))
    assert item == Item("SKU-1", (f"{IMAGES}{name}",), ("composite",))
    # What Google asks for: the term stands in the very file that the shop serves.
    assert b"digitalsourcetype/composite" in files[name]
    assert "post" not in json_object(files["delivery.json"], "delivery")
    posted = released_on_instagram(captured, picture)
    told = json_object(
        granted(release.packed(captured, number=posted.pk))["delivery.json"], "delivery"
    )
    assert told["post"]["ai_label"] is False
    assert "digital twin of Ines M." in told["post"]["caption"]
    assert len(channel.take_downs({"nord"}, now=LATER)) == 0

    label = granted(release.label(captured, number=out.pk, site="https://sosie.example"))
    assert label.startswith(b"%PDF-")
    assert refused(release.label(captured, number="none", site="")) == {"release.unknown"}
    at: dict[str, Any] = {"site": "https://sosie.example", "now": LATER}
    assert granted(library.label(captured, number=out.pk, **at)) == label
    assert refused(library.label(captured, number="none", **at)) == {"release.unknown"}

    by_her: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    granted(licenses.revoke(captured, license=license, **by_her))
    assert refused(channel.feed(captured, products=products, **wanted)) == {"feed.not_out"}
    assert refused(library.label(captured, number=out.pk, **at)) == {"license.not_in_force"}
    orders = list(channel.take_downs({"nord"}, now=LATER))
    assert {(each.seal, each.channel) for each in orders} == {
        (out.pk, "web_shop"),
        (posted.pk, "instagram"),
    }
    assert not any(each.overdue for each in orders)
    later = datetime(2027, 3, 1, tzinfo=UTC)
    assert all(each.overdue for each in channel.take_downs({"nord"}, now=later))
    assert all(each.due >= date(2026, 11, 24) for each in orders)
    granted(life.taken_down(captured, seal=out.pk, note="", **known))
    assert [each.seal for each in channel.take_downs({"nord"}, now=LATER)] == [posted.pk]
    assert len(channel.take_downs({"sud"}, now=LATER)) == 0
    ask_no_more_for_more(captured)


def ask_no_more_for_more(captured: Outside) -> None:
    """The orders for two licenses ask the database no more than those for one."""

    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            found = list(channel.take_downs({"nord"}, now=LATER))
            waits = [each for each in of_brand({"nord"}, now=LATER) if each.what == "take_down"]
        assert sum(each.count for each in waits) == len(found)
        assert {each.about for each in waits} == {each.license for each in found}
        return len(queries), len(found)

    before, one = asked()
    license = signed(captured)
    (picture,) = made(captured, license, "three-quarter")
    granted(answer(captured, picture))
    granted(seal.seal(captured, picture=picture, now=LATER))
    released_on_instagram(captured, picture)
    by_her: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    granted(licenses.revoke(captured, license=license, **by_her))
    assert asked() == (before, one + 1)
    open_in_one_order(captured)


def open_in_one_order(captured: Outside) -> None:
    """A picture that waits on the very day on which files must come down is told among them, and
    whoever turns pages sees the same list."""
    due = channel.take_downs({"nord"}, now=LATER)[0].due
    (undecided,) = made(captured, signed(captured), "front-half")
    noon = datetime.combine(due, time(12), UTC)
    doubts = [{"code": "likeness.face", "text": "hidden", "rule": None}]
    Picture.objects.filter(pk=undecided).update(status="undecided", doubts=doubts, made_at=noon)
    found = case.open_ones(now=LATER)
    told = list(found)
    assert {each.kind for each in told} == {case.Kind.UNDECIDED, case.Kind.STILL_OUT}
    assert len({(each.overdue, each.since) for each in told}) == 1
    assert told == sorted(told, key=lambda each: (each.about, each.seal))
    assert [found[number] for number in range(len(found))] == told
    for kind in case.Kind:
        some = case.open_ones(kind=kind, now=LATER)
        assert list(some) == [each for each in told if each.kind is kind]
    assert [each.about for each in case.open_ones(words="HID", now=LATER)] == [undecided]
    for about in {each.about for each in told}:
        subject = case.known(about)
        assert subject is not None
        assert case.of(subject, now=LATER) == [each for each in told if each.about == about]
    for number, each in enumerate(told, start=1):
        assert found.after((not each.overdue, each.since), (each.about, each.seal)) == number
    assert found.after((True, "9999-12-31"), ("", "")) == len(told)


def test_the_qr_code_of_a_label_is_read_by_a_camera(captured: Outside) -> None:
    link = "https://sosie.example/p/9CZ9-7HJB-KV0RV"
    code = np.array([list(row) for row in segno.make_qr(link, error="m").matrix], np.uint8)
    image = np.kron(np.pad(1 - code, 4, constant_values=1), np.ones((8, 8), np.uint8)) * 255
    assert cv2.QRCodeDetector().detectAndDecode(image)[0] == link
    label = captured.typesetter.label("Made so.", number="9CZ9", link=link)
    assert label == captured.typesetter.label("Made so.", number="9CZ9", link=link)
    # Black alone: a rich black of four inks would blur the code on a press.
    assert colors_of(label) == {b"0 0 0 1 k"}


def colors_of(pdf: bytes) -> set[bytes]:
    """Return every color that the pages of a PDF are drawn with."""
    found = set()
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            drawn = zlib.decompress(stream)
        except zlib.error:
            continue
        found |= {each.strip() for each in re.findall(rb"[\d. ]+ (?:k|rg|g|K|RG|G|scn)\b", drawn)}
    return found


@pytest.mark.parametrize("generative", [True, False])
@pytest.mark.parametrize("where", [Channel.INSTAGRAM, Channel.TIKTOK])
def test_the_label_of_a_platform_is_for_what_generative_ai_made(
    where: Channel, generative: bool
) -> None:
    told = post(where, "Ines M.", "Twin of Ines M.", generative=generative)
    assert told is not None
    assert told.ai_label is generative
    assert ("turn on" in told.how) is generative
    assert told.caption.endswith("Twin of Ines M.")


def test_nobody_posts_in_a_shop() -> None:
    assert post(Channel.WEB_SHOP, "Ines M.", "", generative=True) is None
