"""All that is a party's in one file: `papers/1`, a ZIP with an index for people (`index.html`) and
one for programs (`index.json`). Format: docs/formats/papers.md.

This module says what stands in the indexes and checks what can be checked without keys; the ZIP
itself is written in `services/archive.py` and read in `verifying.py`.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sosie.core.values import BadInput, SignedStatement

INDEX, PAGE, TRUST = "index.json", "index.html", "trust.json"
MOST_BYTES = 2 * 2**30
"""What the files of one archive come to at most, unpacked."""
Name = r"^[a-z]+/[A-Za-z0-9._-]{1,120}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PaperEntry(_Strict):
    """One paper (PDF)."""

    file: str = Field(pattern=Name)
    digest: str
    kind: str
    title: str
    dated: str
    license: str | None
    imported: bool
    proof: str | None = Field(default=None, pattern=Name)
    """The file with the proof that the log knows it, if it does."""


class SignedEntry(_Strict):
    """One statement that the party signed."""

    file: str = Field(pattern=Name)
    digest: str
    act: str
    on: str
    """What it is about: the id of a twin, a license, a picture."""
    at: datetime


class MoneyEntry(_Strict):
    """One statement of money."""

    file: str = Field(pattern=Name)
    digest: str
    year: int


class Index(_Strict):
    """What an archive holds."""

    format: Literal["papers/1"] = Field(default="papers/1", alias="sosie")
    party: str
    name: str
    made_at: datetime
    page: str = ""
    """The digest of `index.html`, which says the same in plain words."""
    papers: tuple[PaperEntry, ...]
    signed: tuple[SignedEntry, ...]
    money: tuple[MoneyEntry, ...]

    def dump(self) -> bytes:
        """Return it as the bytes of `index.json`."""
        said = self.model_dump(mode="json", by_alias=True)
        return json.dumps(said, indent=2, ensure_ascii=False).encode() + b"\n"


def index_of(data: bytes) -> Index:
    """Return the index that an archive holds; raises ``BadInput`` (``papers.index``)."""
    try:
        return Index.model_validate_json(data)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise _unread(f"`{where}`: {error.errors()[0]['msg'].lower()}", INDEX) from None


def signed_file(statement: SignedStatement) -> bytes:
    """Return a signed statement as a file: the very text, and the signature over it. Of a passkey
    the signature is its evidence, and there is no certificate."""
    said = {
        "sosie": "signed/1",
        "body": statement.body.decode(),
        "signature": b64encode(statement.signature).decode(),
        "certificate": statement.certificate_pem,
    }
    return json.dumps(said, indent=2, ensure_ascii=False).encode() + b"\n"


def statement_of(data: bytes, *, where: str) -> SignedStatement:
    """Return the statement that a file holds; raises ``BadInput`` (``papers.statement``)."""
    try:
        said = json.loads(data)
        if set(said) != {"sosie", "body", "signature", "certificate"}:
            raise ValueError("other fields")
        if said["sosie"] != "signed/1":
            raise ValueError("another format")
        signature = b64decode(said["signature"], validate=True)
        return SignedStatement(said["body"].encode(), signature, str(said["certificate"]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(
            f"this is no signed statement: {error}",
            where=where,
            remedy="take the archive as it was written",
            code="papers.statement",
        ) from None


def _unread(what: str, where: str) -> BadInput:
    remedy = "take the archive as it was written by `sosie paper export` or on the pages"
    return BadInput(
        f"the index cannot be read: {what}", where=where, remedy=remedy, code="papers.index"
    )


_STYLE = """
body { font: 16px/1.55 system-ui, sans-serif; color: #1c1a17; background: #faf8f4;
       max-width: 60rem; margin: 3rem auto; padding: 0 1.25rem; }
h1, h2 { font-family: Georgia, serif; font-weight: 400; }
h1 { font-size: 2.4rem; margin-bottom: .5rem; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid #e2dcd1; padding: .5rem 1rem .5rem 0; vertical-align: top; }
td:first-child { white-space: nowrap; color: #6a645b; }
code, pre { font-size: .8rem; color: #6a645b; overflow-wrap: anywhere; white-space: pre-wrap; }
"""


def page(index: Index, called: dict[str, str]) -> str:
    """Return the index as a page for people that needs nothing but itself. ``called``: what acts
    and kinds of papers are called. Every text is escaped."""
    papers = (
        (entry.dated, entry.file, entry.title, called.get(entry.kind, entry.kind), entry.digest)
        for entry in index.papers
    )
    signed = (
        (
            f"{entry.at:%Y-%m-%d}",
            entry.file,
            called.get(entry.act, entry.act),
            f"about {entry.on}",
            entry.digest,
        )
        for entry in index.signed
    )
    money = (
        (str(entry.year), entry.file, f"statement of {entry.year}", "", entry.digest)
        for entry in index.money
    )
    title = f"The papers of {index.name}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>"
        f"<h1>{escape(title)}</h1>\n<p>As of {index.made_at:%Y-%m-%d %H:%M} UTC. They are yours; "
        "keep this file where nobody can take it from you.</p>\n"
        f"<h2>Papers</h2>\n{_table(papers, 'No paper yet.')}"
        f"<h2>What you signed</h2>\n<p>Each file holds the very text and your signature over it."
        f"</p>\n{_table(signed, 'Nothing yet.')}"
        f"<h2>Money</h2>\n{_table(money, 'No money was posted yet.')}"
        "<h2>How anyone checks it</h2>\n<p>With Sosie (<code>pip install sosie</code>), offline, "
        "without asking this house: signatures, proofs from the public log, and that no file was "
        "changed. Take <code>trust.json</code> from somebody else who knows the house, too.</p>\n"
        "<pre>sosie paper verify THIS-FILE.zip --trust trust.json\n"
        "sosie contract verify papers/….pdf --trust trust.json</pre>\n</body></html>\n"
    )


def _table(rows: Iterable[tuple[str, str, str, str, str]], none: str) -> str:
    lines = [
        f'<tr><td>{escape(day)}</td><td><a href="{escape(file)}">{escape(title)}</a> '
        f"{escape(more)}<br><code>{escape(digest)}</code></td></tr>"
        for day, file, title, more, digest in rows
    ]
    return f"<table>{''.join(lines)}</table>\n" if lines else f"<p>{none}</p>\n"
