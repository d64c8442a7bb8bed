"""Papers for people: the license contract and the statement of account, set with Typst as PDF/A-3a
and PDF/UA-1. The same values in give the same bytes out, with the same fonts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typst

from sosie.adapters.contract_words import sheet as contract_sheet
from sosie.adapters.signature_page import BOXES
from sosie.adapters.statement_words import sheet as statement_sheet
from sosie.core.contract import Contract
from sosie.core.values import canonical

if TYPE_CHECKING:
    from sosie.core.ledger import Statement

TERMS_NAME = "terms.json"
Standard = Literal["a-3a", "a-3b", "ua-1"]

_SOURCES = Path(__file__).parent / "typst"
_ATTEMPTS = 3
_MISSING = re.compile(r"the text `\"(.+?)\"` could not be displayed")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


class Typst:
    """Fills the port `Typesetter`.

    Only the fonts that come with Typst are used (Latin, Greek, Cyrillic, Hebrew, plain Arabic),
    and those in the folders ``fonts``. A character that none of them has is printed as its code
    point, ``[U+5F20]``, never left out; the attached terms keep it as it is.
    """

    def __init__(self, fonts: Iterable[Path] = ()) -> None:
        self._fonts = tuple(fonts)

    def contract(self, contract: Contract) -> bytes:
        """Set a license contract, with the canonical JSON of its terms attached as `terms.json`.

        Raises ``BadInput`` for a party without a name and an amount that its currency cannot say.
        """
        sheet = contract_sheet(contract)
        sheet["boxes"] = [list(BOXES["model"]), list(BOXES["brand"])]
        terms = canonical(contract.terms.as_json()).decode()
        return typeset("contract.typ", sheet, self._fonts, terms=terms)

    def statement(self, statement: Statement, *, names: Mapping[str, str]) -> bytes:
        """Set a statement of account; ``names`` gives each party id its name."""
        return typeset("statement.typ", statement_sheet(statement, names), self._fonts)


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
    text = json.dumps(sheet, ensure_ascii=False)
    for _ in range(_ATTEMPTS):
        try:
            return _compile(source, {"sheet": text, **inputs}, fonts, standards)
        except typst.TypstError as error:
            missing = _undisplayable(error.diagnostic)
            if not missing:
                raise
            text = "".join(_code_point(c) if c in missing else c for c in text)
    return _compile(source, {"sheet": text, **inputs}, fonts, standards)


def _compile(
    source: str,
    inputs: dict[str, str],
    fonts: Iterable[Path],
    standards: tuple[Standard, ...],
) -> bytes:
    compiler = typst.Compiler(
        str(_SOURCES / source),
        root=str(_SOURCES),
        font_paths=[str(folder) for folder in fonts],
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
    """Return the characters that a diagnostic says no font can show; letters of markup never."""
    found = set()
    for text in _MISSING.findall(diagnostic):
        found |= set(_ESCAPED.sub(lambda m: chr(int(m.group(1), 16)), text))
    return frozenset(c for c in found if ord(c) > 0x7F)


def _code_point(character: str) -> str:
    return f"[U+{ord(character):04X}]"
