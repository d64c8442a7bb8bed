"""Turtle and ODRL Test Suite cases: text to plain triples and back, by rdflib, never by network."""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sosie.core.odrl_report import EX
from sosie.core.rdf import RDF, XSD, Graph, Literal, Name, Term, Triple
from sosie.core.values import BadInput

MOST_BYTES = 8 * 1024 * 1024
MOST_ROUNDS = 64
_FOLDERS = {"policy": "policies", "request": "requests", "sotw": "sotw"}
_PREFIXES = {
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "report": "https://w3id.org/force/compliance-report#",
    "sosie": "https://sosie.org/ns/odrl/1/",
    "dct": "http://purl.org/dc/terms/",
    "ex": EX,
}


@dataclass(frozen=True)
class Case:
    """A case of the suite: three graphs with the names to ask for, and the report expected."""

    name: str
    policy: Graph
    request: Graph
    world: Graph
    ids: tuple[Name, Name, Name]
    case: Graph
    expected: Name | None


def parse(text: str, *, where: str) -> Graph:
    """Return the triples of a Turtle text; raises ``BadInput`` naming the line of a mistake."""
    if len(text) > MOST_BYTES:
        raise BadInput("the file is larger than 8 MB", where=where, remedy="name one case")
    rdflib = _rdflib(where)
    read = rdflib.Graph()
    normal = rdflib.NORMALIZE_LITERALS
    try:
        rdflib.NORMALIZE_LITERALS = False  # else a day would lose its time zone
        read.parse(data=text, format="turtle", publicID="urn:sosie:base:")
    except Exception as error:
        line = getattr(error, "lines", None)
        at = f"{where}:{line + 1}" if isinstance(line, int) else where
        said = getattr(error, "_why", None) or type(error).__name__
        what = f"not readable as Turtle ({said})"
        raise BadInput(what, where=at, remedy="check dots, quotes and prefixes") from None
    finally:
        rdflib.NORMALIZE_LITERALS = normal
    return Graph(_named(list(_triples(read))))


def _named(triples: list[Triple]) -> list[Triple]:
    """Return triples whose blank nodes are named by what is said of them, in one order: the same
    text gives the same graph, whatever names the parser drew."""
    said: dict[Name, list[tuple[Name, Term]]] = {}
    for subject, predicate, value in triples:
        if subject.startswith("_:"):
            said.setdefault(subject, []).append((predicate, value))
    names = dict.fromkeys(said, "")
    for _ in range(MOST_ROUNDS):
        told = {
            node: hashlib.sha256(
                repr(
                    sorted((p, names.get(v, v) if isinstance(v, str) else v.text) for p, v in of)
                ).encode()
            ).hexdigest()
            for node, of in said.items()
        }
        settled = len(set(told.values())) == len(set(names.values()))
        names = told
        if settled:
            break
    taken: Counter[str] = Counter()
    for node in sorted(names):
        taken[name := names[node]] += 1
        names[node] = f"_:b{name[:16]}{taken[name]}"
    fresh = [
        (names.get(s, s), p, names.get(o, o) if isinstance(o, str) else o) for s, p, o in triples
    ]
    return sorted(fresh, key=repr)


def _triples(read: Any) -> Iterator[Triple]:
    for subject, predicate, value in read:
        named, held = _term(subject), _term(value)
        if isinstance(named, str):
            yield named, str(predicate), held


def _term(term: Any) -> Term:
    match type(term).__name__:
        case "Literal" if term.language:
            return Literal(str(term), RDF + "langString")
        case "Literal":
            return Literal(str(term), str(term.datatype or XSD + "string"))
        case "BNode":
            return f"_:{term}"
        case _:
            return str(term)


def write(triples: Iterable[Triple]) -> str:
    """Return triples as Turtle."""
    rdflib = _rdflib("report")
    made = rdflib.Graph()
    for prefix, start in _PREFIXES.items():
        made.bind(prefix, start)

    def term(value: Term) -> Any:
        if isinstance(value, Literal):
            kind = None if value.datatype == XSD + "string" else rdflib.URIRef(value.datatype)
            return rdflib.Literal(value.text, datatype=kind, normalize=False)
        return rdflib.BNode(value[2:]) if value.startswith("_:") else rdflib.URIRef(value)

    for subject, predicate, value in triples:
        made.add((term(subject), rdflib.URIRef(predicate), term(value)))
    return str(made.serialize(format="turtle"))


def case_of(path: Path) -> Case:
    """Return a case with its policy, request and state of the world: in its own file, or in the
    folders `policies`, `requests` and `sotw` beside the folder that it lies in.

    Raises ``BadInput`` naming what is not found.
    """
    here = parse(_text(path), where=str(path))
    found = here.of_kind(EX + "TestCase")
    if len(found) != 1:
        what = f"there are {len(found)} nodes of the class `ex:TestCase`, and one is needed"
        raise BadInput(what, where=str(path), remedy="name a file of the folder `test_cases`")
    graphs: dict[str, Graph] = {}
    ids: list[Name] = []
    for key, folder in _FOLDERS.items():
        name = here.name(found[0], EX + key)
        if name is None:
            what = f"the case names no `ex:{key}`, or several"
            raise BadInput(what, where=str(path), remedy=f"name one policy, request and {key}")
        ids.append(name)
        graphs[key] = here if name in here else _beside(path, folder, name)
    report = here.name(found[0], EX + "expectedReport")
    return Case(
        path.stem,
        graphs["policy"],
        graphs["request"],
        graphs["sotw"],
        (ids[0], ids[1], ids[2]),
        here,
        report if report is not None and report in here else None,
    )


def _beside(path: Path, folder: str, name: Name) -> Graph:
    files = sorted((path.parent.parent / folder).glob("*.ttl"))
    for file in files:
        text = _text(file)
        if re.search(re.escape(name.rsplit("/", 1)[-1]), text) is None:
            continue
        graph = parse(text, where=str(file))
        if name in graph:
            return graph
    what = f"`{name}` is in none of {len(files)} files of `{path.parent.parent / folder}`"
    remedy = f"put the file into the folder `{folder}` beside the folder of the case"
    raise BadInput(what, where=str(path), remedy=remedy)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = (getattr(error, "strerror", None) or "this is no UTF-8 text").lower()
        raise BadInput(what, where=str(path), remedy="name a Turtle file") from None


def _rdflib(where: str) -> Any:
    try:
        import rdflib  # noqa: PLC0415
    except ImportError:
        what = "Turtle is read by rdflib, which is not installed"
        raise BadInput(what, where=where, remedy="call `pip install rdflib`") from None
    # It logs a stack trace for a value such as 30 February; that value is unknown to us, and said.
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)
    return rdflib
