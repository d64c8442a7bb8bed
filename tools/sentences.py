"""Find the sentences that pages show as the code says them: an extractor for Babel.

A sentence stands in the code once, as people read it in English and as it is recorded; where a
value goes in, it is an f-string. Its message is that very sentence, each value by its last name:
`f"{state.pictures_made} made"` becomes `{pictures_made} made`. `web/sentences.py` finds by these
messages which sentence a text is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

_NO_SENTENCE = frozenset({"citation", "name", "where", "remedy", "code", "note", "source"})
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
        case ast.Expr(value=ast.Constant()) | ast.Raise() | ast.arg():
            return ()  # a docstring, a bug, a type
        case ast.Assign(targets=[ast.Name(id="CODES")]) | ast.AnnAssign(target=ast.Name(id="CODES")):
            return ()  # what codes mean
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
    return len(words) > 1 and " " in text and not re.search(r"\\|://|§|^[/{]\S*$", text)
