"""The shared words: canonical JSON."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from sosie.core.values import canonical


class Word(StrEnum):
    YES = "yes"


def test_canonical_json_has_one_spelling() -> None:
    value = {"b": [1, None, True, ("é", Word.YES)], "a": {"d": "x", "c": {}}}
    assert canonical(value) == '{"a":{"c":{},"d":"x"},"b":[1,null,true,["é","yes"]]}'.encode()


@pytest.mark.parametrize(
    "value", [0.5, [1, [2.0]], {"a": {"b": (1.5,)}}, {"a": [{"b": float("nan")}]}]
)
def test_canonical_json_holds_no_float(value: Any) -> None:
    with pytest.raises(TypeError, match="is a float"):
        canonical(value)
