"""Keep the catalogs of the web pages whole: `python tools/tongues.py [--check]`.

Reads every message from the templates, from the views, from the names that the core marks and from
the sentences that the code says as they stand, and writes each catalog anew with its translations,
and compiled. A message without a translation is left empty, one that is not said any more is taken
out. With `--check` nothing is written: it says what is wrong.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

# Sentences of the code. One stands there once, as people read it in English and as it is recorded;
# where a value goes in, it is an f-string. Its message is that very sentence, each value by its
# name: f"{state.pictures_made} made" is "{pictures_made} made". `web/said.py` finds by these
# messages which sentence a text is.

_NO_SENTENCE = frozenset(
    {"citation", "name", "where", "remedy", "code", "note", "source", "owed_by", "reason"}
)
"""Arguments that no page shows as a sentence."""

_SHOWN = frozenset({"R07", "R37", "R38", "R43", "R44", "R60", "R61", "R62", "R63"})
"""The rules whose statement pages show: `web/money.py`, `web/rooms.py`."""
_WHOLE = frozenset({"_registered", "_renewal_of_registration", "_bond"})
"""The tests of rules of which pages show every answer, not only what is broken: of an agency."""
_ARGUMENTS = {
    **dict.fromkeys(("Answer", "answer"), slice(1, 2)),
    **dict.fromkeys(("unknown", "step"), slice(0)),
    "_rule": slice(3, 4),
}
"""Which arguments of a call may hold what is shown, where not all: of an answer that something is
broken, of a rule its test."""


def of_code(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """Find the sentences of one module."""
    del keywords, comment_tags, options
    for line, text in _in(ast.parse(file.read()), whole=False):
        yield line, "gettext", text, []


def _in(node: ast.AST, *, whole: bool) -> Iterator[tuple[int, str]]:
    text = _text(node)
    if text is not None and _is_sentence(text):
        yield getattr(node, "lineno", 0), text
    for child in _parts(node, whole):
        yield from _in(child, whole=whole or getattr(node, "name", "") in _WHOLE)


def _parts(node: ast.AST, whole: bool) -> Iterable[ast.AST]:
    """Return what is in a piece of code and may hold what is shown."""
    match node:
        case ast.Raise(exc=ast.Call(func=ast.Name(id="_bad")) as refused):
            return [refused]  # what is wrong with what somebody gave
        case ast.Expr(value=ast.Constant()) | ast.Raise() | ast.arguments():
            return ()  # a docstring, a bug, types and defaults
        case ast.AnnAssign(target=ast.Name(id="CODES")):
            return ()  # what codes mean
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant()) if (
            name.isupper() and name[0] != "_"
        ):
            return ()  # a name of other modules: a citation, a day; what is said is `Final`
        case ast.AnnAssign():
            return [node.value] if node.value else []
        case ast.JoinedStr():
            return [each for each in node.values if isinstance(each, ast.FormattedValue)]
        case ast.Call():
            return node.args if whole else _said(node)
    return ast.iter_child_nodes(node)


def _said(call: ast.Call) -> list[ast.expr]:
    name = getattr(call.func, "id", "")
    named = {each.arg: each.value for each in call.keywords}
    if {"id", "statement", "test"} <= named.keys():
        stated = [named["statement"]] if _constant(named["id"]) in _SHOWN else []
        return [*stated, named["test"]]
    if name == "must":
        return [each.elts[1] for each in call.args if isinstance(each, ast.Tuple)]
    if name == "Answer" and _constant(call.args[0]) is True:
        return []
    rest = (value for key, value in named.items() if key not in _NO_SENTENCE)
    return [*call.args[_ARGUMENTS.get(name, slice(None))], *rest]


def _constant(node: ast.AST) -> object:
    return getattr(node, "value", None)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    names: dict[str, str] = {}
    parts = []
    for each in node.values:
        if isinstance(each, ast.Constant):
            parts.append(str(each.value))
        elif isinstance(each, ast.FormattedValue):
            parts.append(f"{{{_name(each.value, names)}}}")
    return "".join(parts)


def _name(value: ast.expr, names: dict[str, str]) -> str:
    """Return what a value is called in a message; two values of one name are told apart."""
    called = {id(each.func) for each in ast.walk(value) if isinstance(each, ast.Call)}
    found = [
        each.attr if isinstance(each, ast.Attribute) else each.id
        for each in ast.walk(value)
        if isinstance(each, ast.Attribute | ast.Name) and id(each) not in called
    ]
    plain = (found[0] if found else "value").strip("_").lower()
    source = ast.unparse(value)
    name, number = plain, 1
    while names.setdefault(name, source) != source:
        number += 1
        name = f"{plain}_{number}"
    return name


def _is_sentence(text: str) -> bool:
    said = re.sub(r"`[^`]*`|\{\w+\}", " ", text)
    words = re.findall(r"[a-z]{2,}", said)
    filled = 1 if words and "{" in text else 0
    return len(words) + filled > 1 and " " in text and not re.search(r"\\|://|§|^[/{]\S*$", text)


SOURCES = Path(__file__).parent.parent / "src/sosie"
WEB = SOURCES / "web"
_OF_THE_CORE = """
assessment capture capture_day comparison contradictions deadlines depicted difference faults
fingerprint ledger life likeness merkle other_view preferences projection protocol quote scopes
seal studio transparency twin verification_steps writing
"""
_OF_SERVICES = """
account agreement asking board capture capture_day change channel comp contract delivery erasure
finding hook ledger library license life listing log paper party passkey picture place plan release
releasing review seal shoot signing token twin twin_weights
"""
SAID = (
    "adapters/decoder.py",
    "adapters/pictures.py",
    *(f"core/{name}.py" for name in _OF_THE_CORE.split()),
    *("core/law/*.py", "core/law/new_york/*.py"),
    *(f"core/license/{name}.py" for name in ("how_much", "what", "who")),
    *(f"engines/atelier/{name}.py" for name in ("engine", "findings", "try_on/gates")),
    "engines/approved_head.py",
    *(f"services/{name}.py" for name in _OF_SERVICES.split()),
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
    r"\b(Sosie|UTC|IPTC|CSV|JSON|PDF|MB|USD|SHA-256|SAG-AFTRA|Equity|New York Labor Law|hidden)\b"
    r"|&\w+;"
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
