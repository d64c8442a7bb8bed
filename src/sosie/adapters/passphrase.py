"""Passphrases as whoever runs Sosie hands them over: in the environment, or in a file that it
names, as systemd and containers hand over secrets."""

from __future__ import annotations

import os
from pathlib import Path

from sosie.core.values import BadInput


def setting_of(party: str) -> str:
    """This function will return the name of the setting of a party's passphrase."""
    return "SOSIE_PASSPHRASE_" + party.upper().replace("-", "_")


def passphrase(party: str) -> str | None:
    """This function will return the passphrase of a party, or of the `house`: what
    `SOSIE_PASSPHRASE_<PARTY>` says, else the first line of the file that
    `SOSIE_PASSPHRASE_<PARTY>_FILE` names; nothing if neither is set.

    Raises ``BadInput`` (``key.passphrase_file``) if the file cannot be read.
    """
    name = setting_of(party)
    said = os.environ.get(name)
    file = os.environ.get(f"{name}_FILE")
    if said is not None or not file:
        return said
    try:
        return Path(file).read_text(encoding="utf-8").split("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"no passphrase can be read from it ({type(error).__name__})",
            where=file,
            remedy=f"correct `{name}_FILE`",
            code="key.passphrase_file",
        ) from error
