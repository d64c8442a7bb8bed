"""A product feed as both read it."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree

from sosie.core.feed import MOST_IMAGES, Item, feed

ITEMS = [
    Item("SKU-1", ("https://x/a.jpg", "https://x/b.jpg"), ("composite", "composite")),
    Item("SKU & 2", ("https://x/c.jpg?a=1&b=2",), ("trainedAlgorithmicMedia",)),
]
_G = "{http://base.google.com/ns/1.0}"


def test_google_reads_it_as_rss() -> None:
    root = ElementTree.fromstring(feed(ITEMS, "google", title="Pictures"))  # noqa: S314 - ours
    first, second = root.iter("item")
    assert [each.text for each in first] == [
        "SKU-1",
        "https://x/a.jpg",
        "https://x/b.jpg",
        "composite",
    ]
    assert [each.tag for each in first][1:3] == [f"{_G}image_link", f"{_G}additional_image_link"]
    assert second.findtext(f"{_G}id") == "SKU & 2"
    assert second.findtext(f"{_G}custom_label_4") == "trainedAlgorithmicMedia"


def test_meta_reads_it_as_csv() -> None:
    many = Item("SKU-3", tuple(f"https://x/{n}.jpg" for n in range(30)), ("composite",) * 30)
    rows = list(csv.DictReader(io.StringIO(feed([*ITEMS, many], "meta", title="").decode())))
    assert rows[0]["additional_image_link"] == "https://x/b.jpg"
    assert rows[1]["id"] == "SKU & 2"
    assert len(rows[2]["additional_image_link"].split(",")) == MOST_IMAGES
