"""Evidence for tests of the seal: every cell of manifest × mark × log × fingerprint × trust."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from sosie.core.seal import (
    SOURCE_TYPES,
    Box,
    Copy,
    Credential,
    CredentialState,
    Evidence,
    LicenseAssertion,
    LogFinding,
    LogState,
    Record,
    Trust,
    TrustSource,
)
from sosie.core.terms import PublicTerms
from sosie.core.values import Digest, Reason

FILE = Digest("sha256:" + "1" * 64)
SEALED = Digest("sha256:" + "2" * 64)
PRINT = "5a" * 32
ROOT = "AA:BB"
DAY = date(2026, 6, 1)
TERMS = PublicTerms.model_validate(
    {
        "sosie": "terms/1",
        "twin": "twin-1",
        "territories": {"include": ["EU"]},
        "channels": ["web_shop"],
        "period": {"from": "2026-01-01", "until": "2027-01-31"},
    }
)
LICENSE = LicenseAssertion("L-1", "Nora", TERMS, Digest("sha256:" + "ab" * 32))
RECORD = Record(
    number=7,
    file=FILE,
    fingerprint=PRINT,
    twin_name="Nora",
    license="L-1",
    terms=TERMS,
    terms_digest=LICENSE.terms_digest,
    sealed_at=datetime(2026, 2, 3, 4, 5, tzinfo=UTC),
)
TRUSTED = Credential(
    CredentialState.TRUSTED, 7, LICENSE, PRINT, SOURCE_TYPES + "compositeSynthetic", "House"
)
CREDENTIALS = {
    "trusted": TRUSTED,
    "valid": replace(
        TRUSTED, state=CredentialState.VALID, problems=("signingCredential.untrusted",)
    ),
    "invalid": replace(
        TRUSTED, state=CredentialState.INVALID, problems=("assertion.dataHash.mismatch",)
    ),
    "absent": Credential(CredentialState.ABSENT),
}
LOGS = {
    "proved": LogFinding(LogState.PROVED, None, 3, 10),
    "absent": LogFinding(LogState.ABSENT),
    "contradicts": LogFinding(
        LogState.CONTRADICTS, Reason("log.proof", "the proof does not lead to the signed root")
    ),
}
COPY = Copy(replace(RECORD, file=SEALED), True, 4, True, (), ("recompressed",))
COPIES = {
    "none": None,
    "match": COPY,
    "match-but-differs": replace(COPY, regions=(Box(40.0, 30.0, 10.0, 5.0),)),
}
MARKS: dict[str, tuple[int, ...]] = {"absent": (), "match": (7,), "contradicts": (8,)}
TRUSTS = {
    "chosen": Trust(TrustSource.WORKSPACE, "House", ROOT),
    "beside": Trust(TrustSource.BESIDE, "House", ROOT, "trust.json"),
}


def evidence(
    credential: str, log: str, fingerprint: str, trust: str, mark: str = "absent"
) -> Evidence:
    """This function will lay out the evidence of one cell, by the names of its five states."""
    return Evidence(
        file=FILE,
        on=DAY,
        credential=CREDENTIALS[credential],
        trust=TRUSTS[trust],
        log=LOGS[log],
        record=RECORD if log == "proved" else None,
        fingerprint=PRINT,
        marks=MARKS[mark],
        copy=COPIES[fingerprint],
    )
