"""The protocol file: what a capture must hold. Format: `protocol/1`, docs/formats/protocol.md."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from sosie.adapters.terms_file import read_model
from sosie.core.protocol import BASIC, MINIMAL, Protocol
from sosie.core.values import BadInput


def full() -> Protocol:
    """This function will return the full protocol that comes with Sosie."""
    text = (files("sosie.samples") / "protocols" / "full.yaml").read_text(encoding="utf-8")
    return read_model(text, Protocol, where="full.yaml")


def named(name: str) -> Protocol:
    """This function will return the protocol of a name (``full``, ``basic``, ``single``), or the
    one in a file. Raises ``BadInput``."""
    if name == "full":
        return full()
    small = {protocol.name: protocol for protocol in (BASIC, MINIMAL)}
    if name in small:
        return small[name]
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            "this is neither a protocol nor a file of one",
            where=name,
            remedy="name `full`, `basic`, `single`, or a YAML file as in docs/formats/protocol.md",
            code="capture.protocol",
        ) from None
    return read_model(text, Protocol, where=name)
