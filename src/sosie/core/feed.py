"""A supplemental product feed: which released picture belongs to which product of a web shop.

Google Merchant Center and Meta both read it beside the feed that the shop has: the attributes `id`,
`image_link`, `additional_image_link`, and a custom label that holds the IPTC digital source type.
Google asks that the term stands in the picture file itself and is left there (its policy of
February 2024); a released file has it, so the shop serves the file as it is. Both were last looked
at on 2026-11-28.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

FeedForm = Literal["google", "meta"]
MOST_IMAGES = 10
"""Further pictures of one product that both take."""
_GOOGLE = "http://base.google.com/ns/1.0"


@dataclass(frozen=True, slots=True)
class Item:
    """One product with its pictures, the first one foremost."""

    product: str
    images: tuple[str, ...]
    source_types: tuple[str, ...]
    """Terms of the IPTC list, one for each picture."""

    @property
    def label(self) -> str:
        """The custom label: every term among its pictures."""
        return " ".join(dict.fromkeys(self.source_types))


def feed(items: Sequence[Item], form: FeedForm, *, title: str) -> bytes:
    """This function will write the feed: RSS 2.0 with Google's names, or CSV as Meta reads it."""
    return _csv(items) if form == "meta" else _rss(items, title)


def _csv(items: Sequence[Item]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "image_link", "additional_image_link", "custom_label_4"])
    for item in items:
        first, *more = item.images[: MOST_IMAGES + 1]
        writer.writerow([item.product, first, ",".join(more), item.label])
    return text.getvalue().encode()


def _rss(items: Sequence[Item], title: str) -> bytes:
    register_namespace("g", _GOOGLE)
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    SubElement(channel, "title").text = title
    for item in items:
        row = SubElement(channel, "item")
        first, *more = item.images[: MOST_IMAGES + 1]
        said = [("id", item.product), ("image_link", first)]
        said += [("additional_image_link", each) for each in more]
        for name, text in (*said, ("custom_label_4", item.label)):
            SubElement(row, f"{{{_GOOGLE}}}{name}").text = text
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
