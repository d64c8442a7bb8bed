"""Scopes: what a program that holds a token may ask of the API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from sosie.core.roles import HOUSE, Role


class Scope(StrEnum):
    """One kind of request. Published words: a word never changes its meaning."""

    READ = "read"
    NEGOTIATE = "negotiate"
    """Quotes, and what is said about a license until it ends."""
    ORDER = "order"
    """Shoots, pictures in place of others, and what a brand says of pictures."""
    ANSWER = "answer"
    """What a model says of a picture."""
    DELIVER = "deliver"
    """Files that went out, and that they are taken down."""
    TWIN = "twin"
    """What a model decides about her twin: its capture, what is seen of it, what it never does, its
    end."""
    PARTIES = "parties"
    """The house: parties, who and what acts for them, their history."""
    OPERATE = "operate"
    """The house: let people in, put browsers and programs out."""
    CASES = "cases"
    """The house: what is open, and what happened to it."""

    @property
    def words(self) -> str:
        """What it lets a program do, for people."""
        return _WORDS[self]


_WORDS: Mapping[Scope, str] = MappingProxyType(
    {
        Scope.READ: "see what the party sees",
        Scope.NEGOTIATE: "ask what a license costs, and talk about licenses",
        Scope.ORDER: "order pictures, and say which are taken",
        Scope.ANSWER: "answer pictures",
        Scope.DELIVER: "fetch files that went out, and say that they are taken down",
        Scope.PARTIES: "see every party, who acts for it, and its history",
        Scope.OPERATE: "invite people, and end invitations, sessions and tokens",
        Scope.CASES: "see the open cases, and their history",
        Scope.TWIN: "capture a twin, decide what brands see of it, what it never does, and its end",
    }
)
_FOR: Mapping[str, tuple[Scope, ...]] = MappingProxyType(
    {
        "model": (Scope.READ, Scope.NEGOTIATE, Scope.ANSWER, Scope.TWIN),
        "agency": (Scope.READ, Scope.NEGOTIATE),
        HOUSE: (Scope.PARTIES, Scope.OPERATE, Scope.CASES),
        "brand": (Scope.READ, Scope.NEGOTIATE, Scope.ORDER, Scope.DELIVER),
    }
)


_OF_OPERATORS = frozenset({Scope.PARTIES, Scope.OPERATE})


def scopes_of(kind: str, roles: Collection[Role] = tuple(Role)) -> tuple[Scope, ...]:
    """Return the scopes that a token of a kind of party can have; or one of the house, for which
    somebody answers who has some roles."""
    operates = Role.OPERATOR in roles
    return tuple(each for each in _FOR[kind] if operates or each not in _OF_OPERATORS)
