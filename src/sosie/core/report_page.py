"""A verification as one page for people: one sentence first, the evidence below it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from sosie.core.markup import as_html, bare
from sosie.core.seal import Judged, Report, TrustSource, plain, spell
from sosie.core.terms import PublicTerms
from sosie.core.terms_words import day, in_words

_STYLE = """
.sosie { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fafaf8;
         max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
.sosie h1 { font-size: 1.5rem; line-height: 1.3;
            border-left: .5rem solid var(--tone); padding-left: 1rem; }
.sosie h2 { font-size: 1.05rem; margin-top: 2rem; }
.sosie .file { color: #555; overflow-wrap: anywhere; }
.sosie figure { margin: 1rem 0; }
.sosie img { max-width: 100%; max-height: 90vh; border: 1px solid #ccc; }
.sosie figcaption { color: #444; }
.sosie .pair { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.sosie .pair figure { flex: 1 1 20rem; }
.sosie table { border-collapse: collapse; width: 100%; }
.sosie td, .sosie th { text-align: left; vertical-align: top; padding: .35rem .6rem;
                       border-top: 1px solid #ddd; }
.sosie td:last-child { overflow-wrap: anywhere; }
.sosie th { min-width: 8rem; font-weight: 600; }
.sosie code { font-size: .85em; color: #555; }
@media (max-width: 40rem) {
  .sosie td, .sosie th { display: block; border-top: 0; padding: .1rem 0; }
  .sosie tr { display: block; border-top: 1px solid #ddd; padding: .5rem 0; }
}
.sosie footer { color: #555; margin-top: 2rem; font-size: .9rem; }
"""
_TONES = {0: "#2e7d32", 1: "#b3261e", 2: "#946200"}
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

_FOOTER = "<footer>Unknown means that nothing here proves where it is from, never fake.</footer>"
_ROOTS = {
    TrustSource.WORKSPACE: "of the workspace in which it was judged",
    TrustSource.GIVEN: "chosen by who asked",
    TrustSource.BESIDE: "merely lay beside the file, chosen by nobody",
    TrustSource.NONE: "none was chosen",
}

Figure = tuple[str, bytes]
"""Words, and a PNG."""


def page(report: Report, figures: Sequence[Figure] = ()) -> str:
    """This function will set a report as an HTML page that needs nothing but itself.

    Every text is escaped; the page asks nothing of any network and runs no script.
    """
    title = f"{report.outcome.value.replace('_', ' ')}: {report.judged.name}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title></head>\n"
        f'<body style="background: #fafaf8">\n{fragment(report, figures)}\n</body></html>\n'
    )


def fragment(report: Report, figures: Sequence[Figure] = ()) -> str:
    """This function will set a report as a part of an HTML page, as a notebook shows it; its style
    touches nothing else there."""
    pair = f'<div class="pair">{"".join(map(_figure, figures))}</div>' if figures else ""
    parts = (
        f"<style>{_STYLE}</style>",
        f'<p class="file">{escape(report.judged.name)}</p>',
        f"<h1>{as_html(report.sentence)}</h1>",
        pair,
        _list("What differs", report.differences),
        _list("Changed places", [str(box) for box in report.regions]),
        _subject(report),
        _terms(report),
        _table("What was judged", judged_in_words(report.judged)),
        _steps(report),
        _FOOTER,
    )
    inside = "\n".join(part for part in parts if part)
    return f'<div class="sosie" style="--tone: {_TONES[report.exit_code]}">\n{inside}\n</div>'


def judged_in_words(judged: Judged) -> list[tuple[str, str]]:
    """This function will say which file was judged, for when and under whose root."""
    trust = judged.trust
    root = _ROOTS[trust.source]
    if trust.root_fingerprint:
        root += f", SHA-256 {trust.root_fingerprint}"
    moment = "" if judged.at is None else f", {judged.at:%H:%M:%S} {judged.at.tzname()}"
    when = judged.on if judged.at is None else judged.at.date()
    counted = f" (for the license: {day(judged.on)})" if judged.on != when else ""
    rows = [
        ("file", judged.name),
        ("SHA-256 of it", judged.digest.removeprefix("sha256:")),
        ("judged for", f"{day(when)}{moment}{counted}"),
        ("root and log key", root),
        ("workspace", plain(trust.name) if trust.chosen else ""),
        ("trust file", plain(trust.where)),
    ]
    return [(name, text) for name, text in rows if text]


def _figure(figure: Figure) -> str:
    words, png = figure
    data = b64encode(png).decode()
    return (
        f'<figure><img alt="{escape(bare(words))}" src="data:image/png;base64,{data}">'
        f"<figcaption>{as_html(words)}</figcaption></figure>"
    )


def _list(head: str, rows: Sequence[str]) -> str:
    if not rows:
        return ""
    items = "".join(f"<li>{as_html(row)}</li>" for row in rows)
    return f"<h2>{escape(head)}</h2>\n<ul>{items}</ul>"


def _subject(report: Report) -> str:
    known = dict(report.subject or {})
    known.pop("terms", None)  # said in words below
    if report.number is not None:
        known = {"seal": spell(report.number), **known}
    for name in ("standing", "channel"):
        if known.get(name):
            known[name] = known[name].replace("_", " ")
    rows = [(name.replace("_", " "), str(value)) for name, value in known.items() if value]
    return _table("What is known of it", rows)


def _terms(report: Report) -> str:
    if report.subject is None:
        return ""
    return _table(
        "What its license allows", in_words(PublicTerms.model_validate(report.subject["terms"]))
    )


def _steps(report: Report) -> str:
    rows = "".join(
        f"<tr><td>{step.number}</td><td>{escape(step.name)}</td><td>{escape(step.state.value)}</td>"
        f"<td>{as_html(step.sentence)}<br><code>{escape(step.code)}</code></td></tr>"
        for step in report.steps
    )
    return f"<h2>Step by step</h2>\n<table>{rows}</table>"


def _table(head: str, rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    body = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
    return f"<h2>{escape(head)}</h2>\n<table>{body}</table>"
