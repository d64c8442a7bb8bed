"""`{% load sentences %}`: sentences in which code stands between backticks."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from sosie.core.markup import as_html

register = template.Library()


@register.filter
def sentence(text: str) -> SafeString:
    """Return a sentence as HTML: escaped, with its code as code."""
    return SafeString(as_html(text))
