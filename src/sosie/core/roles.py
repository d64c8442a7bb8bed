"""Roles: what somebody does for a model, an agency, a brand or the house, and signs in for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody does. Published words: a word never changes its meaning."""

    MODEL = "model"
    BOOKER = "agency_booker"
    ACCOUNTANT = "agency_accountant"
    PRODUCER = "brand_producer"
    LEGAL = "brand_legal"
    OFFICER = "case_officer"
    OPERATOR = "operator"

    @property
    def words(self) -> str:
        """The role as people say it."""
        return self.replace("_", " ")


HOUSE = ""
"""Stands for the house itself, which is no party: it signs nothing in anybody's name."""
_FOR: Mapping[Role, str] = MappingProxyType(
    {
        Role.MODEL: "model",
        Role.BOOKER: "agency",
        Role.ACCOUNTANT: "agency",
        Role.PRODUCER: "brand",
        Role.LEGAL: "brand",
        Role.OFFICER: HOUSE,
        Role.OPERATOR: HOUSE,
    }
)


def kind_for(role: Role) -> str:
    """Return the kind of party that a role is of; `HOUSE` for those of the house."""
    return _FOR[role]


def roles_of(kind: str) -> tuple[Role, ...]:
    """Return the roles that a kind of party, or the house, has."""
    return tuple(role for role in Role if _FOR[role] == kind)
