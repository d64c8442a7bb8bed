"""tmp"""

from __future__ import annotations

from dataclasses import dataclass

from sosie.core.terms import Terms


@dataclass(frozen=True)
class Difference:
    clause: str
    text: str


def differences(old: Terms, new: Terms) -> tuple[Difference, ...]:
    a, b = old.as_json(), new.as_json()
    return tuple(
        Difference(k, f"{k}: {a.get(k)} -> {b.get(k)}")
        for k in sorted({*a, *b})
        if a.get(k) != b.get(k)
    )
