"""Keep the catalogs of papers whole: `python tools/catalogs.py [--check]`.

Reads every message from the sources, and writes each catalog anew with its translations in the
order of the sources; a message without a translation is left empty, one that is not said any more
is taken out. With `--check` nothing is written: it says what is missing.
"""

from __future__ import annotations

import ast
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from sosie.adapters.clauses import LEGAL
from sosie.adapters.words import LANGUAGES

CORE = Path(__file__).parent.parent / "src/sosie/core"
ADAPTERS = CORE.parent / "adapters"
SOURCES = (
    CORE / "term_names.py",
    *(
        ADAPTERS / f"{name}.py"
        for name in ("figures", "words", "first_page", "contract_words", "record_words")
    ),
)
LEGAL_SOURCES = (ADAPTERS / "clauses.py",)
PLURALS = {"zh": 1, "ru": 3}
LOCALES = {"zh": "zh_Hans_CN", "pt": "pt_PT"}
Message = str | tuple[str, str]


def messages(language: str) -> list[Message]:
    """Return every message that a language needs, in the order of the sources; one with a plural is
    a pair. The legal text is said in some languages only."""
    found: dict[Message, None] = {}
    for path in (*SOURCES, *(LEGAL_SOURCES if language in LEGAL else ())):
        found |= dict.fromkeys(_said(ast.parse(path.read_text(encoding="utf-8"))))
    return list(found)


def _said(tree: ast.AST) -> Iterator[Message]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda c: (c.lineno, c.col_offset)):
        texts = [a.value for a in call.args if isinstance(a, ast.Constant) and type(a.value) is str]
        match call.func:
            case ast.Name(id="w" | "_N" | "_W") | ast.Call(func=ast.Name(id="Words")) if texts:
                yield texts[0]
            case ast.Name(id="self") if texts:
                yield texts[0]
            case ast.Attribute(value=ast.Name(id="w"), attr="n") if len(texts) > 1:
                yield texts[0], texts[1]


def path_of(language: str) -> Path:
    """Return where the catalog of a language lies."""
    return ADAPTERS / "locale" / language / "LC_MESSAGES" / "sosie.po"


def problems(language: str) -> list[str]:
    """Return what is wrong with the catalog of a language: missing, left over, other values."""
    with path_of(language).open("rb") as file:
        catalog = read_po(file, locale=LOCALES.get(language, language))
    known = {entry.id if isinstance(entry.id, str) else entry.id[0]: entry for entry in catalog}
    found = []
    for message in messages(language):
        source = message if isinstance(message, str) else message[0]
        entry = known.pop(source, None)
        if entry is None or entry.fuzzy:
            found.append(f"{language}: not translated: {source}")
            continue
        forms = (entry.string,) if isinstance(message, str) else entry.string
        if not isinstance(message, str) and len(forms) != PLURALS.get(language, 2):
            found.append(f"{language}: {len(forms)} plural forms: {source}")
        for form in forms:
            if not form:
                found.append(f"{language}: empty: {source}")
            elif _values(form) - {"count"} != _values(source) - {"count"}:
                found.append(f"{language}: other values than {sorted(_values(source))}: {form}")
    known.pop("", None)
    return found + [f"{language}: not said any more: {source}" for source in known]


def _values(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def renew(language: str) -> None:
    """Write a catalog anew, its translations kept."""
    old = Catalog(locale=LOCALES.get(language, language))
    if path_of(language).exists():
        with path_of(language).open("rb") as file:
            old = read_po(file, locale=LOCALES.get(language, language))
    new = Catalog(
        locale=LOCALES.get(language, language),
        project="Sosie",
        version="1",
        fuzzy=False,
        header_comment="# The papers of Sosie. English is the source.",
    )
    new.creation_date = new.revision_date = old.creation_date
    # Babel's own forms change with its releases (it now knows one for millions).
    new.mime_headers = [("Plural-Forms", old.plural_forms)]
    for message in messages(language):
        source = message if isinstance(message, str) else message[0]
        entry = old.get(source)
        new.add(message, entry.string if entry else None)
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    with path_of(language).open("wb") as file:
        write_po(file, new, width=100, sort_output=False, omit_header=False)


def main() -> int:
    """Renew every catalog, or with `--check` say what is wrong with them."""
    others = [language for language in LANGUAGES if language != "en"]
    if "--check" not in sys.argv:
        for language in others:
            renew(language)
    wrong = [each for language in others for each in problems(language)]
    print("\n".join(wrong) or "every catalog is whole")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
