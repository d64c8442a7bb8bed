"""`{% load sentences %}`: sentences in which code stands between backticks."""

from __future__ import annotations

from django import template
from django.template.defaultfilters import capfirst
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, override

from sosie.core.comparison import Difference
from sosie.core.deadlines import Deadline
from sosie.core.markup import as_html
from sosie.core.writing import spelled
from sosie.web.said import clauses, said, written
from sosie.web.templatetags.spoken import placed

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
    return _english(text) if found is None else marked(found)


@register.filter
def sentences(text: str) -> SafeString:
    """Return what a report concludes as HTML, clause by clause in the reader's language: none is
    left out, and one that the catalogs do not know is in English, and marked so."""
    parts: list[SafeString] = []
    for clause, found in clauses(text):
        begun = str if parts else capfirst
        parts.append(_english(begun(clause)) if found is None else marked(begun(found)))
    return SafeString(gettext("; ").join(parts))


def _english(text: str) -> SafeString:
    with override("en"):
        return SafeString(f'<span lang="en" dir="ltr">{marked(written(text))}</span>')


@register.filter("written")
def _written(text: str) -> str:
    """Return a line of a paper with its amounts as pages write them, where it is in English: papers
    in another language write them as that does."""
    return written(text) if (get_language() or "en").partition("-")[0] == "en" else text


@register.filter
def own(text: str) -> SafeString:
    """Return what somebody wrote as HTML: escaped, of no language that is known, and set apart, so
    that its writing direction turns nothing around it."""
    return SafeString(f'<bdi lang="">{escape(spelled(text))}</bdi>')


register.filter(spelled)


@register.filter
def difference(change: Difference) -> SafeString:
    """Return what changed in a clause as a sentence; what stands in somebody's own words is quoted
    as it is."""
    if not change.own:
        return sentence(capfirst(change.text))
    text = "{name}: {new} instead of {old}"
    if change.was is None:
        text = "{name}: {new}, which was not there"
    elif change.now is None:
        text = "{name}: taken out (it was {old})"
    old, new = (SafeString(f"<q>{own(each or '')}</q>") for each in (change.was, change.now))
    name = capfirst(said(change.name) or change.name)
    return format_html(gettext(text), name=name, old=old, new=new)


@register.filter
def deadline(due: Deadline) -> SafeString:
    """Return what is to be done by a day as a sentence; where a release is shown, by its names."""
    text = due.text
    if due.release:
        text = text.replace(due.release.place, placed(due.release))
    return sentence(capfirst(text))


@register.filter
def plain(text: str) -> str:
    """Return a sentence of the code as text, where no element can stand: in an attribute."""
    return said(text) or text
