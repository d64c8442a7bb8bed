"""`{% load sentences %}`: sentences in which code stands between backticks."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from sosie.core.markup import as_html
from sosie.web.said import said

register = template.Library()


@register.filter
def marked(text: str) -> SafeString:
    """Return a sentence as HTML: escaped, with its code as code."""
    return SafeString(as_html(text))


@register.filter
def sentence(text: str) -> SafeString:
    """Return a sentence of the code as HTML, in the reader's language; in English, and marked so,
    where the catalogs do not know it."""
    found = said(text)
    return english(text) if found is None else marked(found)


@register.filter
def english(text: object) -> SafeString:
    """Return a sentence as HTML that is told in English alone, and marked so: what a report says,
    word by word as its command line and its file do."""
    return SafeString(f'<span lang="en" dir="ltr">{marked(str(text))}</span>')


@register.filter
def plain(text: str) -> str:
    """Return a sentence of the code as text, where no element can stand: in an attribute."""
    return said(text) or text
