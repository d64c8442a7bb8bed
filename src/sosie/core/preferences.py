"""tmp"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from sosie.core.terms import Terms
from sosie.core.values import Reason


class Preferences(BaseModel):
    def as_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


def inherit(terms: Terms, preferences: Preferences) -> Terms:
    return terms


def against(terms: Terms, preferences: Preferences) -> tuple[Reason, ...]:
    return ()
