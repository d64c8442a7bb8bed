"""A verification as one page for people: one sentence first, the evidence below it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from sosie.core.markup import as_html, bare
from sosie.core.seal import Report, spell

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fafaf8;
       max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; line-height: 1.3;
     border-left: .5rem solid var(--tone); padding-left: 1rem; }
h2 { font-size: 1.05rem; margin-top: 2rem; }
.file { color: #555; overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
img { max-width: 100%; max-height: 90vh; border: 1px solid #ccc; }
figcaption { color: #444; }
.pair { display: flex; flex-wrap: wrap; gap: 1.5rem; }
.pair figure { flex: 1 1 20rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .35rem .6rem; border-top: 1px solid #ddd; }
code { font-size: .85em; color: #555; }
footer { color: #555; margin-top: 2rem; font-size: .9rem; }
"""
_TONES = {0: "#2e7d32", 1: "#b3261e", 2: "#946200"}
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

_FOOTER = "<footer>Unknown means that nothing here proves where it is from, never fake.</footer>"

Figure = tuple[str, bytes]
"""Words, and a PNG."""


def page(file: str, report: Report, figures: Sequence[Figure] = ()) -> str:
    """This function will set a report as an HTML page that needs nothing but itself.

    ``file`` names the picture that was verified. Every text is escaped; the page asks nothing of
    any network and runs no script.
    """
    title = f"{report.outcome.value.replace('_', ' ')}: {file}"
    pair = f'<div class="pair">{"".join(map(_figure, figures))}</div>' if figures else ""
    parts = (
        f'<p class="file">{escape(file)}</p>',
        f"<h1>{as_html(report.sentence)}</h1>",
        pair,
        _list("What differs", report.differences),
        _list("Changed places", [str(box) for box in report.regions]),
        _subject(report),
        _steps(report),
        _FOOTER,
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>"
        f"<style>:root {{ --tone: {_TONES[report.exit_code]}; }}{_STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


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
    known.pop("terms", None)
    if report.number is not None:
        known = {"seal": spell(report.number), **known}
    rows = [(name.replace("_", " "), value) for name, value in known.items() if value is not None]
    return _table("What is known of it", [(name, str(value)) for name, value in rows])


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
