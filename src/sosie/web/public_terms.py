"""What a stranger may read of a license, in the reader's language: `core/terms_words.py` says the
same in English, in the report on a picture."""

from __future__ import annotations

from collections.abc import Iterable

from babel.lists import format_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sosie.core.country_names import names
from sosie.core.seal import Record, Standing, plain
from sosie.core.term_names import CHANNELS, PURPOSES
from sosie.core.terms import PublicTerms
from sosie.web.tongue import day, locale, places

_MOST = 2000
"""Characters of a row: what is longer is no help to anybody."""


def in_words(terms: PublicTerms) -> list[tuple[str, str]]:
    """Return the public terms as pairs of a name and what is said; what the terms leave out is said
    to be left out."""
    unsaid = _("not stated, so nothing is allowed by it")
    rows = [
        (_("may be used for"), _listed(_(PURPOSES[word]) for word in terms.purposes) or unsaid),
        (_("may be shown in"), _where(terms) or unsaid),
        (_("may be shown on"), _channels(terms) or unsaid),
        (_("when"), _days(terms) or unsaid),
        (_("afterwards"), _after(terms)),
        (_("training of AI on it"), _(terms.training)),
    ]
    if terms.credit:
        rows.append((_("line under it"), terms.credit))
    return [(name, plain(text, _MOST)) for name, text in rows]


def standing_in_words(record: Record, standing: Standing | None) -> str:
    """Return how the license of a picture stands, in words."""
    lasts, since = record.terms.period, record.standing_on
    if standing is Standing.REVOKED:
        return _("revoked on {day}").format(day=day(since)) if since else _("revoked")
    if standing is None or lasts is None:
        return _("of unknown duration")
    if standing is Standing.ENDED:
        return _("ended on {day}").format(day=day(since or lasts.last))
    if standing is Standing.NOT_YET:
        return _("not in force before {day}").format(day=day(lasts.first))
    return _("in force until {day}").format(day=day(lasts.last))


def _listed(words: Iterable[str]) -> str:
    found = list(words)
    return str(format_list(found, locale=locale())) if found else ""


def _where(terms: PublicTerms) -> str:
    stated = terms.territories
    if stated is None:
        return ""
    inside, outside = (_listed(_named(codes)) for codes in (stated.include, stated.exclude))
    if outside:
        return _("{places}, but not in {others}").format(places=inside, others=outside)
    return inside


def _named(codes: Iterable[str]) -> list[str]:
    if locale().language == "en":
        return names(codes)
    named = dict(places())
    return [f"{named.get(code, code)} ({code})" for code in codes]


def _channels(terms: PublicTerms) -> str:
    only = {
        one: " " + _("({accounts} only)").format(accounts=", ".join(some))
        for one, some in (terms.accounts or {}).items()
    }
    return _listed(_(CHANNELS[one]) + only.get(one, "") for one in terms.channels)


def _days(terms: PublicTerms) -> str:
    if terms.period is None:
        return ""
    text = _("{first} until {last}, both days included, as days are counted in {zone}")
    first, last = day(terms.period.first), day(terms.period.last)
    return text.format(first=first, last=last, zone=terms.period.time_zone)


def _after(terms: PublicTerms) -> str:
    after, found = terms.after_end, []
    if after is not None and after.sell_off_days:
        text = ngettext(
            "what is out may be shown for {n} more day",
            "what is out may be shown for {n} more days",
            after.sell_off_days,
        )
        found.append(text.format(n=after.sell_off_days))
    if after is not None and after.archive == "posts_stay":
        found.append(_("unpaid posts may stay where they are, not advertised anew"))
    return "; ".join(found) or _("no new use, and what is out is taken down")
