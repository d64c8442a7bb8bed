"""Sentences in which `code` stands between backticks, for pages and for drawings."""

from __future__ import annotations

import re
from html import escape

_CODE = re.compile(r"`([^`]+)`")


def as_html(text: str) -> str:
    """This function will return a sentence as HTML: escaped, with its code as ``<code>``."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def bare(text: str) -> str:
    """This function will return a sentence without the backticks around its code: for where there
    is no typeface for code, as in titles and drawings."""
    return _CODE.sub(r"\1", text)
