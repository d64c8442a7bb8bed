"""What one ODRL document says and another does not: both in their plain spelling, order left aside
where ODRL knows none (rules, duties, constraints), kept in lists of values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sosie.core.odrl_words import SETS

Difference = tuple[str, str, bool]
"""A JSON path, what stands there, and whether the given document says it (else the other does)."""


def differences(given: Any, other: Any, path: str, key: str = "") -> Iterator[Difference]:
    """Yield every place where two documents differ, each with what stands there."""
    if key == "action" and isinstance(given, dict) != isinstance(other, dict):
        given, other = _written_out(given), _written_out(other)
    if isinstance(given, dict) and isinstance(other, dict):
        for name, held in given.items():
            at = f"{path}.{name}" if path else name
            if name in other:
                yield from differences(held, other[name], at, name)
            else:
                yield at, _shown(name, held), True
        for name, held in other.items():
            if name not in given:
                yield (f"{path}.{name}" if path else name), _shown(name, held), False
    elif key in SETS and isinstance(given, list) and isinstance(other, list):
        yield from _of_sets(given, other, path, key)
    elif _spelled(given) != _spelled(other):
        yield path, _shown(key, given), True


def _of_sets(given: list[Any], other: list[Any], path: str, key: str) -> Iterator[Difference]:
    left = list(other)
    rest: list[tuple[int, Any]] = []
    for place, item in enumerate(given):
        same = next((o for o in left if not any(differences(item, o, "", key))), None)
        if same is None:
            rest.append((place, item))
        else:
            left.remove(same)
    for place, item in rest:
        near = next((o for o in left if _label(o) == _label(item)), None)
        near = near or next((o for o in left if _actions(o) & _actions(item)), None)
        if near is None:
            yield f"{path}[{place}]", _shown(key, item), True
        else:
            left.remove(near)
            yield from differences(item, near, f"{path}[{place}]", key)
    for item in left:
        yield path, _shown(key, item), False


def _label(item: Any) -> str:
    """Return what an item is about: its actions, or its left operand and operator."""
    if not isinstance(item, dict):
        return _spelled(item)
    if "leftOperand" in item:
        return _spelled([item["leftOperand"], item.get("operator")])
    if "action" in item:
        return _spelled(sorted(_actions(item)))
    return _spelled(item.get("rdf:value", sorted(item)))


def _actions(item: Any) -> frozenset[str]:
    """Return the names of the actions of a rule."""
    listed = item.get("action") if isinstance(item, dict) else None
    return (
        frozenset(_label(action) for action in listed) if isinstance(listed, list) else frozenset()
    )


def _written_out(action: Any) -> Any:
    return {"rdf:value": action} if isinstance(action, str) else action


def _spelled(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _shown(key: str, value: Any) -> str:
    """Return what stands at a place, in a few words."""
    if isinstance(value, dict) and "leftOperand" in value:
        about = f"`{value['leftOperand']}` {value.get('operator')}"
        return f"a {key} on {about} {_short(value.get('rightOperand'))}"
    if isinstance(value, dict) and "action" in value:
        return f"a {key} to {_short(value['action'])}"
    return f"{key} {_short(value)}"


def _short(value: Any) -> str:
    text = _spelled(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
