"""One complete contract, and its parties with their passphrases, for the tests of papers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pikepdf

from sosie.adapters.keys import Keys
from sosie.core.contract import Contract
from sosie.core.terms import Terms

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUSE = "house of four words"
NAMES = {
    "asta": "Asta Lindqvist",
    "maison-nord": "Maison Nord SAS",
    "atlas-models": "Atlas Models, Inc.",
}
PASSPHRASES = {party: f"only {party} knows" for party in NAMES}
TERMS: dict[str, Any] = {
    "sosie": "terms/1",
    "title": "Spring capsule 2027",
    "parties": {"model": "asta", "brand": "maison-nord", "agency": "atlas-models"},
    "twin": "asta-twin",
    "scope": "Still pictures of the twin wearing nine garments, on plain backdrops.",
    "purposes": ["organic_social", "out_of_home"],
    "territories": {"include": ["EU", "US"], "exclude": ["HU"]},
    "channels": ["instagram", "print"],
    "period": {"from": "2026-11-01", "until": "2027-04-30", "time_zone": "Europe/Paris"},
    "pictures": 12,
    "alterations": ["garment_colour", "crop"],
    "approvals": {"each_picture": True, "answer_days": 6},
    "pay": {
        "currency": "EUR",
        "creation_fee": "900.00",
        "per_picture": "180.01",
        "per_release": "60.00",
        "payment_term_days": 30,
    },
    "commission": "0.175",
    "incurred_expenses": [{"what": "travel", "amount": "84.00", "borne_by": "brand"}],
    "expectations": "One capture session of at most four hours.",
    "credit": "Digital twin of Asta, owned by Asta",
    "governing_law": "Law of the State of New York",
}


def contract(**changes: Any) -> Contract:
    """Return the sample contract, with some of its terms replaced."""
    return Contract(
        license="lic-2026-0001",
        terms=Terms.model_validate({**TERMS, **changes}),
        names=NAMES,
        addresses={"asta": "12 Example Street, New York", "maison-nord": "4 rue d’Exemple, Paris"},
        agency_registration="NY-MMC-00417",
        dated=date(2026, 10, 20),
    )


def workspace(folder: Path) -> Keys:
    """Return the keys of a new workspace in which each party has hers."""
    keys = Keys.found(folder, "Maison Example", HOUSE, now=NOW)
    for party, name in NAMES.items():
        keys.create(party, name, PASSPHRASES[party], now=NOW)
    return keys


def text(pdf: bytes) -> list[str]:
    """Return what each page draws, by the fonts' own tables of characters, in drawing order."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        return [drawn(page.obj) for page in file.pages]


def bare(said: str) -> str:
    """Return a text without what a line break adds or takes: spaces, hyphens, zero-width signs."""
    return re.sub(r"[\s\u200b\u00ad‐-]+", "", said)


def drawn(page: pikepdf.Object) -> str:
    """Return the text that a page or form draws, and the forms in it."""
    found: list[str] = []
    table: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(page):
        if not isinstance(instruction, pikepdf.ContentStreamInstruction):
            continue
        operands = instruction.operands
        match str(instruction.operator):
            case "Tf":
                table = _characters(page.Resources.Font[str(operands[0])])
            case "Tj":
                found.append(_decoded(bytes(operands[0]), table))
            case "TJ":
                strings = [item for item in operands[0] if isinstance(item, pikepdf.String)]
                found += [_decoded(bytes(item), table) for item in strings]
            case "Do":
                form = page.Resources.XObject[str(operands[0])]
                found.append(drawn(form) if form.get("/Subtype") == "/Form" else "")
            case "ET":
                found.append(" ")
    return "".join(found)


def drawn_fonts(page: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Yield each font that a page or form can draw with, and those of the forms in it."""
    resources = page.Resources
    yield from dict(resources.get("/Font", pikepdf.Dictionary())).values()
    for form in dict(resources.get("/XObject", pikepdf.Dictionary())).values():
        if form.get("/Subtype") == "/Form":
            yield from drawn_fonts(form)


def _characters(font: pikepdf.Object) -> dict[int, str]:
    """Return the characters of each glyph, from the font's ToUnicode table."""
    table: dict[int, str] = {}
    source = font.ToUnicode.read_bytes().decode()
    for block in re.findall(r"beginbfchar(.*?)endbfchar", source, re.DOTALL):
        for code, target in re.findall(r"<(\w+)>\s*<(\w+)>", block):
            table[int(code, 16)] = bytes.fromhex(target).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", source, re.DOTALL):
        for low, high, target in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            start = ord(bytes.fromhex(target).decode("utf-16-be")[-1])
            for offset, code in enumerate(range(int(low, 16), int(high, 16) + 1)):
                table[code] = chr(start + offset)
    return table


def _decoded(data: bytes, table: dict[int, str]) -> str:
    return "".join(table.get(int.from_bytes(data[i : i + 2]), "�") for i in range(0, len(data), 2))
