"""`{% load sentences %}`: sentences in which code stands between backticks."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from sosie.core.markup import as_html

register = template.Library()


@register.filter
def marked(text: str) -> SafeString:
    """Return a sentence as HTML: escaped, with its code as code."""
    return SafeString(as_html(text))


@register.filter
def sentence(text: str) -> SafeString:
    """Return a sentence of the core as HTML. They are English: what is recorded, and what law says,
    stands in the words in which it was recorded; on a page in another language that is marked."""
    said = marked(text)
    if (get_language() or "en").partition("-")[0] == "en":
        return said
    return SafeString(f'<span lang="en" dir="ltr">{said}</span>')
