"""RDF as plain values: names, literals and triples to be asked. Parsing is `adapters/turtle.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
MOST_IN_A_LIST = 10_000


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: its text and the IRI of its datatype (text in a language is `rdf:langString`)."""

    text: str
    datatype: str = XSD + "string"


Name = str
"""An IRI, or a blank node written `_:label`."""
Term = Name | Literal
Triple = tuple[Name, Name, Term]


class Graph:
    """Triples, to be asked by subject."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._held: dict[Name, dict[Name, list[Term]]] = {}
        for subject, predicate, value in triples:
            self._held.setdefault(subject, {}).setdefault(predicate, []).append(value)

    def __contains__(self, subject: object) -> bool:
        return subject in self._held

    def __iter__(self) -> Iterator[Triple]:
        for subject, properties in self._held.items():
            for predicate, values in properties.items():
                for value in values:
                    yield subject, predicate, value

    def predicates(self, subject: Name) -> tuple[Name, ...]:
        """Return what is said of a subject, by predicate."""
        return tuple(self._held.get(subject, ()))

    def terms(self, subject: Name, predicate: Name) -> tuple[Term, ...]:
        """Return the values of a property; a list stands for its members."""
        found: list[Term] = []
        for value in self._held.get(subject, {}).get(predicate, ()):
            found.extend(self.listed(value))
        return tuple(found)

    def names(self, subject: Name, predicate: Name) -> tuple[Name, ...]:
        """Return the values of a property that are names."""
        return tuple(term for term in self.terms(subject, predicate) if isinstance(term, str))

    def name(self, subject: Name, predicate: Name) -> Name | None:
        """Return the one name that a property has; ``None`` if it has none or several."""
        found = self.names(subject, predicate)
        return found[0] if len(found) == 1 else None

    def listed(self, value: Term) -> tuple[Term, ...]:
        """Return the members of a list; anything else is its own only member."""
        if not isinstance(value, str) or (value != RDF + "nil" and not self._first(value)):
            return (value,)
        found: list[Term] = []
        node: Term = value
        while isinstance(node, str) and node != RDF + "nil" and len(found) < MOST_IN_A_LIST:
            found += self._first(node)
            rest = self._held.get(node, {}).get(RDF + "rest", [])
            node = rest[0] if rest else RDF + "nil"
        return tuple(found)

    def of_kind(self, *kinds: Name) -> tuple[Name, ...]:
        """Return the subjects of one of some classes, in the order they were added."""
        return tuple(
            subject
            for subject, properties in self._held.items()
            if any(kind in properties.get(RDF + "type", ()) for kind in kinds)
        )

    def _first(self, node: Name) -> list[Term]:
        return self._held.get(node, {}).get(RDF + "first", [])
