"""Sosie: the digital twin of a fashion model, owned by the model.

The library face: `verify` a picture file, `decide` a use against a license; both raise `BadInput`
for what they cannot read. Importing it loads no web framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sosie.core.license import decide
    from sosie.core.values import BadInput
    from sosie.verifying import verify

__all__ = ["BadInput", "decide", "verify"]


def __getattr__(name: str) -> Any:
    """Load a name of the library face when it is first asked for."""
    match name:
        case "verify":
            from sosie.verifying import verify  # noqa: PLC0415 - the codecs are loaded on use

            return verify
        case "decide":
            from sosie.core.license import decide  # noqa: PLC0415

            return decide
        case "BadInput":
            from sosie.core.values import BadInput  # noqa: PLC0415

            return BadInput
        case _:
            raise AttributeError(f"module `sosie` has no `{name}`")
