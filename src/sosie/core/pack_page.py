"""The first page of a compliance pack: what it is about, in plain words, for somebody who has never
heard of this house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from sosie.core.markup import as_html

_STYLE = """
body { font: 16px/1.55 system-ui, sans-serif; color: #1c1a17; background: #faf8f4;
       max-width: 58rem; margin: 3rem auto; padding: 0 1.25rem; }
h1 { font: 400 2.6rem/1.1 Georgia, serif; margin: 0 0 1rem; }
h2 { font: 400 1.5rem/1.2 Georgia, serif; margin: 3rem 0 .75rem; }
.quiet { color: #6a645b; }
.lead { font-size: 1.2rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .5rem 1rem .5rem 0;
         border-top: 1px solid #e2dcd1; overflow-wrap: anywhere; }
th { font-weight: 400; color: #6a645b; min-width: 9rem; }
code, pre { font: .875rem/1.6 ui-monospace, monospace; white-space: pre-wrap; }
.bad { color: #7a1f2b; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Told:
    """What the page tells."""

    workspace: str
    license: str
    title: str
    model: str
    brand: str
    standing: str
    made_at: datetime
    terms: Iterable[Row]
    """Questions and answers: the first page of the contract."""
    history: Iterable[Row]
    """Time, who, what."""
    pictures: Iterable[Row]
    """Number, how she answered, how many decisions, seal, where it went."""
    refused: Iterable[Row]
    """Day, what was asked of which picture, why it was not allowed."""
    files: Iterable[Row]
    """Name, and what it is."""
    log: str
    """The verifier key of the log."""
    picture: str = ""


def page(told: Told) -> str:
    """This function will set the page as HTML that needs nothing but itself; every text is
    escaped."""
    about = f"picture {told.picture} under license" if told.picture else "license"
    title = f"Compliance pack: {about} {told.license}"
    made = f"{told.made_at:%Y-%m-%d %H:%M} UTC"
    parts = [
        f"<h1>{escape(told.title)}</h1>",
        (
            f'<p class="lead">{escape(told.model)} licensed her digital twin to'
            f" {escape(told.brand)}. The license {escape(told.license)} is {escape(told.standing)}"
            f' <span class="quiet">(as this pack was made, {made})</span>.</p>'
        ),
        (
            "<p>A digital twin is made of photographs of a model, and belongs to her. Every picture"
            " below was decided on against the license before it was made, sealed or released; none"
            " went out without her own yes. This pack holds the papers, and what proves that they"
            " were not changed since.</p>"
        ),
        "<h2>What she allowed</h2>",
        _table((), told.terms),
        "<h2>What happened</h2>",
        _table(("time (UTC)", "who", "what"), told.history),
        "<h2>The pictures</h2>",
        _table(("picture", "her answer", "decisions", "seal", "went out to"), told.pictures),
        "<h2>What was not allowed</h2>",
        _table(("day", "asked", "why not"), told.refused),
        "<h2>What is in this pack</h2>",
        _files(told.files),
        *_how(told),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _how(told: Told) -> list[str]:
    return [
        "<h2>How to check it yourself</h2>",
        (
            "<p>Nothing here needs to be believed. With the free program Sosie, offline, on your"
            " own machine:</p>"
        ),
        "<pre>pip install sosie\nsosie pack verify PACK.zip --trust trust.json</pre>",
        (
            f"<p>Ask {escape(told.workspace)} for its trust file by another way than this pack, and"
            " compare its key with what others hold: a key that came with the pack proves nothing."
            f" The key in this one is <code>{escape(told.log)}</code>.</p>"
        ),
        (
            "<p>It checks that every file is the one that was packed, that the house signed the"
            " pack, that each entry is in the public log that nobody can change unseen, that both"
            " parties signed the contract, and that each statement was signed by whom it names.</p>"
        ),
        (
            '<p class="quiet">It shows what was recorded. It cannot show that nothing was done'
            " outside of it. It is no legal advice.</p>"
        ),
    ]


def _files(rows: Iterable[Row]) -> str:
    cells = "".join(
        f'<tr><th scope="row"><a href="{escape(name)}">{escape(name)}</a></th>'
        f"<td>{escape(what)}</td></tr>"
        for name, what in rows
    )
    return f"<table><tbody>{cells}</tbody></table>"


def _table(heads: Sequence[str], rows: Iterable[Row]) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{escape(cell)}</th>' if n == 0 else f"<td>{as_html(cell)}</td>"
            for n, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    if not body:
        return '<p class="quiet">None.</p>'
    return (
        f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"
    )
