"""The words of a signing record: who signed, when, how identified, what was shown."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sosie.adapters.words import Words
from sosie.core.contract import Signing, SigningRecord


def record_sheet(record: SigningRecord) -> dict[str, Any]:
    """Return everything that a signing record prints, as plain JSON values."""
    w = Words("en")
    return {
        "language": "en",
        "title": record.title,
        "license": record.license,
        "dated": w.day(record.made.date()),
        "date": [record.made.year, record.made.month, record.made.day],
        "authors": [signing.name for signing in record.signings],
        "shown": [
            ["Document that was shown", record.unsigned],
            ["File that both signed", record.contract],
            ["Terms", record.terms],
        ],
        "signings": [
            {"role": f"The {signing.role}", "name": signing.name, "rows": _rows(signing)}
            for signing in record.signings
        ],
    }


def record_json(record: SigningRecord) -> dict[str, Any]:
    """Return the record as plain JSON values, for the attachment."""
    said = asdict(record)
    return {"sosie": "signing/1", **said, "made": record.made.isoformat()}


def _rows(signing: Signing) -> list[list[str]]:
    rows = [
        ["Party", signing.party],
        ["Signed at", signing.signed_at],
        ["Time", signing.time],
        ["Identified by", signing.identified],
        ["Where", signing.where],
    ]
    if signing.evidence:
        rows.append(["Passkey evidence", signing.evidence])
    return rows
