"""Keep the catalogs of the web pages whole: `python tools/tongues.py [--check]`.

Reads every message from the templates, from the views and from the names that the core marks, and
writes each catalog anew with its translations, and compiled. A message without a translation is
left empty, one that is not said any more is taken out. With `--check` nothing is written: it says
what is wrong.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from tools.sentences import of_code

SOURCES = Path(__file__).parent.parent / "src/sosie"
WEB = SOURCES / "web"
SAID = (
    *("core/law/*.py", "core/law/new_york/*.py", "core/license/how_much.py"),
    *("core/license/what.py", "core/license/who.py", "core/capture.py", "core/capture_day.py"),
    *("core/comparison.py", "core/deadlines.py", "core/faults.py", "core/ledger.py"),
    *("core/life.py", "core/likeness.py", "core/preferences.py", "core/protocol.py"),
    *("core/quote.py", "core/studio.py", "core/twin.py", "engines/atelier/engine.py"),
    *("engines/atelier/try_on/gates.py", "engines/approved_head.py", "services/account.py"),
    *("services/asking.py", "services/board.py", "services/contract.py", "services/ledger.py"),
    *("services/license.py", "services/library.py", "services/life.py", "services/picture.py"),
    *("services/review.py", "services/signing.py"),
)
"""Modules whose sentences pages show as they stand."""
MAPPING = (
    (SOURCES / "core", ("term_names.py", "act_names.py"), extract_python),
    (SOURCES, SAID, of_code),
    (WEB, ("*.py", "templatetags/*.py"), extract_python),
    (WEB / "templates", ("*.html", "sosie/*.html"), None),
)
"""Where messages are, and what finds them; nothing: the extractor of templates below."""
LANGUAGES = {
    "fr": "nplurals=2; plural=(n > 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "it": "nplurals=2; plural=(n != 1);",
    "sv": "nplurals=2; plural=(n != 1);",
    "pt": "nplurals=2; plural=(n > 1);",
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4"
    " && (n%100<12 || n%100>14) ? 1 : 2);",
    "zh_Hans": "nplurals=1; plural=0;",
}
"""The catalogs, by the name that Django gives their folder, each with its plural forms."""
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **dict.fromkeys(("_N", "_about", "_picture", "gettext_lazy")),
    "ngettext_lazy": (1, 2),
}
"""What marks a message: gettext's own names, and two of `web/statements.py`."""
Message = str | tuple[str, str]


def from_template(
    file: BinaryIO, keywords: Mapping[str, Any], comment_tags: Any, options: Any
) -> Iterator[Any]:
    """Find the messages of a Django template: an extractor for Babel."""
    code = templatize(file.read().decode())
    flat = "\n".join(line.strip() for line in code.splitlines())
    return extract_python(io.BytesIO(flat.encode()), keywords, comment_tags, options)


def messages() -> list[Message]:
    """Return every message that pages say, in the order of the sources; one with a plural is a
    pair."""
    found: dict[str, Message] = {}
    for folder, patterns, how in MAPPING:
        method: Any = how or from_template
        for path in sorted(path for pattern in patterns for path in folder.glob(pattern)):
            with path.open("rb") as file:
                for _line, said, _comments, _context in extract(method, file, keywords=KEYWORDS):
                    one = said if isinstance(said, str) else said[0]
                    if isinstance(said, tuple) or one not in found:
                        found[one] = said if isinstance(said, str) else (said[0], said[1])
    return list(found.values())


def path_of(language: str) -> Path:
    """Return where the catalog of a language lies."""
    return WEB / "locale" / language / "LC_MESSAGES" / "django.po"


def _read(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


_VALUE = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


def values(text: str) -> set[str]:
    """Return the names of the values that a message is filled with."""
    return {one or other for one, other in _VALUE.findall(text)}


def problems(language: str) -> list[str]:
    """Return what is wrong with a catalog: missing, left over, other values, not compiled."""
    catalog = _read(language)
    known = {(e.id if isinstance(e.id, str) else e.id[0]): e for e in catalog if e.id}
    found = []
    for message in messages():
        one = message if isinstance(message, str) else message[0]
        entry = known.pop(one, None)
        found += [f"{language}: {text}" for text in _wrong(message, entry, catalog.num_plurals)]
    found += [f"{language}: not said any more: {one}" for one in known]
    made = path_of(language).with_suffix(".mo")
    if not made.exists() or made.read_bytes() != compiled(catalog):
        found.append(f"{language}: not compiled: call tools/tongues.py")
    return found


def _wrong(message: Message, entry: Entry | None, forms: int) -> Iterator[str]:
    one, many = (message, message) if isinstance(message, str) else message
    string: Any = entry.string if entry else ()
    said: tuple[str, ...] = (string,) if isinstance(string, str) else tuple(string)
    if entry is None or entry.fuzzy or not all(said):
        yield f"not translated: {one}"
    elif not isinstance(message, str) and len(said) != forms:
        yield f"{len(said)} plural forms: {one}"
    else:
        # The word for one may leave the number out, where the form is for nothing but one.
        least = values(one) & values(many)
        for text in said:
            if not least <= values(text) <= values(one) | values(many):
                yield f"other values than {sorted(values(many))}: {text}"
            if (one[:1] == " ") != (text[:1] == " ") or "  " in text:
                yield f"other blanks: {text}"


def compiled(catalog: Catalog) -> bytes:
    """Return a catalog as gettext reads it; its header without the day, so that it is the same
    wherever it is made."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def renew(language: str) -> None:
    """Write a catalog anew, its translations kept, and compile it."""
    old = _read(language) if path_of(language).exists() else Catalog(locale=language)
    new = Catalog(
        locale=language,
        project="Sosie",
        version="1",
        fuzzy=False,
        header_comment="# The pages of Sosie. English is the source.",
    )
    new.creation_date = new.revision_date = old.creation_date
    new.mime_headers = [("Plural-Forms", LANGUAGES[language])]
    for message in messages():
        entry = old.get(message if isinstance(message, str) else message[0])
        new.add(message, entry.string if entry else None)
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    with path_of(language).open("wb") as file:
        write_po(file, new, width=100)
    path_of(language).with_suffix(".mo").write_bytes(compiled(_read(language)))


_MARKED = re.compile(
    r"\{% blocktranslate.*?\{% endblocktranslate %\}|\{% block kind %\}.*?\{% endblock %\}",
    re.DOTALL,
)
_CODE = re.compile(r"<(pre|code|script)\b.*?</\1>|\{[%{#].*?[%}#]\}", re.DOTALL)
_READ_OUT = re.compile(
    r"\b(?:aria-label|aria-roledescription|alt|title|placeholder|data-(?!key|copy)\w+)=\"([^\"]*)\""
)
_ALIKE = re.compile(
    r"\b(Sosie|UTC|CSV|JSON|PDF|MB|USD|SHA-256|SAG-AFTRA|Equity|New York Labor Law|hidden)\b|&\w+;"
)
"""What is said alike in every language."""


def unmarked(template: str) -> list[str]:
    """Return the words that a template says without having them translated."""
    text = _CODE.sub("", _MARKED.sub("", template))
    said = [re.sub(r"<[^>]*>", " ", text), *_READ_OUT.findall(text)]
    return [word for each in said for word in re.findall(r"[^\W\d_]{2,}", _ALIKE.sub("", each))]


def main() -> int:
    """Renew every catalog, or with `--check` say what is wrong with them."""
    settings.configure(TEMPLATES=[], USE_I18N=True)
    if "--check" not in sys.argv:
        for language in LANGUAGES:
            renew(language)
    wrong = [each for language in LANGUAGES for each in problems(language)]
    print("\n".join(wrong) or "every page speaks every language")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
