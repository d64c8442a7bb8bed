"""The facts that each act must tell."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sosie.core.use import Act

NEEDS: Mapping[Act, frozenset[str]] = MappingProxyType(
    {
        Act.MAKE: frozenset({"purpose", "alterations", "others"}),
        Act.SEAL: frozenset({"picture"}),
        Act.RELEASE: frozenset({"purpose", "channel", "territories", "picture"}),
        Act.SHOW: frozenset({"channel", "territories", "picture"}),
        Act.TRAIN: frozenset(),
    }
)
"""The facts of a use that each act must tell."""
