"""Signed contracts that somebody changed afterwards, as an update that a PDF allows."""

from __future__ import annotations

import io

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from sosie.core.values import canonical
from tests.adapters.sample_papers import contract


def with_another_page(pdf: bytes) -> bytes:
    """Return a file to which an update with one more page was appended."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    pages = writer.root["/Pages"]
    page = generic.DictionaryObject(dict(pages["/Kids"][0]))  # type: ignore[no-untyped-call]
    page[generic.pdf_name("/Parent")] = writer.root.raw_get("/Pages")
    pages["/Kids"].insert(1, writer.add_object(page))
    count = generic.NumberObject(int(pages["/Count"]) + 1)  # type: ignore[no-untyped-call]
    pages[generic.pdf_name("/Count")] = count
    writer.update_container(pages)
    return written(writer)


def with_other_terms(pdf: bytes, terms: bytes | None = None) -> bytes:
    """Return a file to which an update with other attached terms was appended."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    contents = writer.root["/AF"][0]["/EF"]
    stream = contents["/F"]
    new = terms or canonical(contract(pictures=9999).terms.as_json())
    fresh = generic.StreamObject(
        {key: stream.raw_get(key) for key in stream if key in ("/Type", "/Subtype", "/Params")},
        stream_data=new,
    )
    number = contents.raw_get("/F").idnum
    writer.objects[(0, number)] = fresh
    return written(writer)


def written(writer: IncrementalPdfFileWriter) -> bytes:
    """Return the file with its update."""
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()
