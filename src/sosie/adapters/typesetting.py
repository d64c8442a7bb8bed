"""Papers for people: the license contract and the statement of account, set with Typst as PDF/A-3a
and PDF/UA-1. The same values in give the same bytes out, with the same fonts."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import segno
import typst

from sosie.adapters.contract_words import first_page_words, memo_sheet
from sosie.adapters.contract_words import sheet as contract_sheet
from sosie.adapters.record_words import record_json, record_sheet
from sosie.adapters.signature_page import BOXES
from sosie.adapters.statement_words import sheet as statement_sheet
from sosie.core.contract import Contract, Row, SigningRecord
from sosie.core.values import canonical

if TYPE_CHECKING:
    from sosie.core.ledger import Statement

TERMS_NAME = "terms.json"
Standard = Literal["a-3a", "a-3b", "ua-1"]

_SOURCES = Path(__file__).parent / "typst"
_FONTS = _SOURCES / "fonts"
_ATTEMPTS = 4
_MISSING = re.compile(r"the text `\"(.+?)\"` could not be displayed")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


class Typst:
    """Fills the port `Typesetter`.

    Only the fonts that come with Typst are used (Latin, Greek, Cyrillic, Hebrew, plain Arabic), one
    that comes with Sosie (common Chinese), and those in the folders ``fonts``. A character that
    none of them has is printed as its code point, ``[U+D55C]``, never left out; the attached terms
    keep it as it is.
    """

    def __init__(self, fonts: Iterable[Path] = ()) -> None:
        self._fonts = tuple(fonts)

    def first_page(self, contract: Contract, *, language: str = "") -> list[Row]:
        """Return what the first page of a contract says, as questions and answers: the same words,
        in the language that the model asked for, or in another."""
        return first_page_words(contract, language)

    def contract(self, contract: Contract) -> bytes:
        """Set a license contract, with the canonical JSON of its terms attached as `terms.json`.

        Raises ``BadInput`` for a party without a name and an amount that its currency cannot say.
        """
        sheet = contract_sheet(contract)
        sheet["boxes"] = [list(BOXES["model"]), list(BOXES["brand"])]
        terms = canonical(contract.terms.as_json()).decode()
        return typeset("contract.typ", sheet, self._fonts, terms=terms)

    def deal_memo(self, contract: Contract) -> bytes:
        """Set the deal memo of a license, with the same terms attached; raises as `contract`."""
        terms = canonical(contract.terms.as_json()).decode()
        return typeset("memo.typ", memo_sheet(contract), self._fonts, terms=terms)

    def signing_record(self, record: SigningRecord) -> bytes:
        """Set the record of a signing, with itself attached as `signing.json`."""
        attached = canonical(record_json(record)).decode()
        return typeset("record.typ", record_sheet(record), self._fonts, record=attached)

    def statement(self, statement: Statement, *, names: Mapping[str, str]) -> bytes:
        """Set a statement of account; ``names`` gives each party id its name."""
        return typeset("statement.typ", statement_sheet(statement, names), self._fonts)

    def label(self, words: str, *, number: str, link: str) -> bytes:
        """Set what is printed beside a picture: its disclosure, and a QR code (level M, with its
        quiet zone) to its public page; black alone, 96 × 30 mm."""
        code = [list(row) for row in segno.make_qr(link, error="m").matrix]
        sheet = {"words": words, "number": number, "link": link, "code": code}
        return typeset("label.typ", sheet, self._fonts, standards=())


def typeset(
    source: str,
    sheet: Mapping[str, Any],
    fonts: Iterable[Path] = (),
    *,
    standards: tuple[Standard, ...] = ("a-3a", "ua-1"),
    **inputs: str,
) -> bytes:
    """Return the PDF of one of the package's documents, filled with the values of a sheet.

    Where no font has a character, the document is set again with code points in their place.
    """
    missing: frozenset[str] = frozenset()
    for attempt in range(_ATTEMPTS):
        text = json.dumps(_visible(sheet, missing), ensure_ascii=False)
        try:
            return _compile(source, {"sheet": text, **inputs}, fonts, standards)
        except typst.TypstError as error:
            found = _undisplayable(error.diagnostic) - missing
            if not found or attempt == _ATTEMPTS - 1:
                raise
            missing |= found
    raise AssertionError("the last attempt returns or raises")


def _compile(
    source: str,
    inputs: dict[str, str],
    fonts: Iterable[Path],
    standards: tuple[Standard, ...],
) -> bytes:
    compiler = typst.Compiler(
        str(_SOURCES / source),
        root=str(_SOURCES),
        font_paths=[str(folder) for folder in (_FONTS, *fonts)],
        ignore_system_fonts=True,
        sys_inputs=inputs,
    )
    made = compiler.compile(
        format="pdf", pdf_standards=list(standards), timestamp=0, pdf_tags="ua-1" in standards
    )
    if not isinstance(made, bytes):
        raise TypeError("the typesetter returned no single file")
    return made


def _undisplayable(diagnostic: str) -> frozenset[str]:
    """Return the characters that a diagnostic says no font can show."""
    found: set[str] = set()
    for text in _MISSING.findall(diagnostic):
        found |= set(_ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text))
    return frozenset(c for c in found if ord(c) > 0x7F)


def _visible(value: Any, missing: frozenset[str]) -> Any:
    """Return a value with the code point in place of each character that would not be seen.

    Those are the characters without a glyph, and those that no reader sees but that change what
    is read: controls, turned writing direction, zero-width signs other than joiners and marks.
    """
    match value:
        case str():
            return "".join(_code_point(c) if _hidden(c) or c in missing else c for c in value)
        case Mapping():
            return {key: _visible(item, missing) for key, item in value.items()}
        case list() | tuple():
            return [_visible(item, missing) for item in value]
        case _:
            return value


def _hidden(character: str) -> bool:
    if character in "\n\u200c\u200d\u200e\u200f\u061c":
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _code_point(character: str) -> str:
    return f"[U+{ord(character):04X}]"
