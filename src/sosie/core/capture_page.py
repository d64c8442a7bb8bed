"""How far a capture has come, as one page for a phone: no script, nothing fetched."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from html import escape

from sosie.core.capture import Coverage, Row
from sosie.core.markup import as_html, bare

_STYLE = """
body { font: 17px/1.45 system-ui, sans-serif; color: #222; background: #fafaf8; margin: 0 auto;
       max-width: 46rem; padding: 1rem; }
h1 { font-size: 1.35rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
section { border-top: 1px solid #ddd; padding: .7rem 0; }
b.there { color: #2e7d32; } b.missing { color: #b3261e; } b.again { color: #946200; }
code { font-size: .9em; overflow-wrap: anywhere; }
img { width: 100%; height: auto; border-radius: .3rem; margin-top: .6rem; }
ul { padding-left: 1.2rem; } p { margin: .3rem 0; }
"""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_WORDS = {"there": "there", "missing": "missing", "again": "take it again"}


def page(title: str, found: Coverage, pictures: Mapping[str, bytes], *, live: bool = False) -> str:
    """This function will set the coverage of a capture as an HTML page that needs nothing else.

    ``pictures`` are JPEGs by the name of the photograph: its faults drawn on it. Every text is
    escaped. A ``live`` page is loaded anew every two seconds by whoever has it open.
    """
    anew = '<meta http-equiv="refresh" content="2">' if live else ""
    there = sum(row.state == "there" for row in found.rows)
    head = f"{there} of {len(found.rows)} photographs of `{found.protocol.name}` are there"
    lacks = "".join(f"<li>{as_html(reason.text)}</li>" for reason in found.missing)
    state = f"<p>It still lacks:</p><ul>{lacks}</ul>" if lacks else "<p>It is complete.</p>"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{as_html(head)}; {as_html(found.protocol.words)}.</p>",
    ]
    parts.append(state)
    group = ""
    for row in sorted(found.rows, key=lambda row: row.state != "again"):
        section = "To take again" if row.state == "again" else row.group
        if section != group:
            group = section
            parts.append(f"<h2>{escape(group.capitalize())}</h2>")
        parts.append(_row(row, pictures.get(row.photo or "")))
    beside = [judged for judged in found.beside if judged.marks]
    if beside:
        parts.append("<h2>Beside the protocol</h2>")
    for judged in beside:
        why = tuple(text for text, _ in judged.marks)
        row = Row("", judged.name, "", "again", judged.name, why)
        parts.append(_row(row, pictures.get(judged.name)))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{anew}"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _row(row: Row, picture: bytes | None) -> str:
    name = f" <code>{escape(row.photo)}</code>" if row.photo else ""
    words = f"<p>{as_html(row.words)}</p>" if row.words else ""
    why = "".join(f"<li>{as_html(text)}</li>" for text in row.why)
    shown = ""
    if picture is not None:
        data = b64encode(picture).decode()
        alt = escape(bare("; ".join(row.why) or row.slot))
        shown = f'<img alt="{alt}" src="data:image/jpeg;base64,{data}">'
    return (
        f'<section><b class="{row.state}">{_WORDS[row.state]}</b> <b>{escape(row.slot)}</b>{name}'
        f"{words}{f'<ul>{why}</ul>' if why else ''}{shown}</section>"
    )
