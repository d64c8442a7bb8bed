"""What a stranger may read of a license, in plain English: what for, where, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sosie.core.country_names import names
from sosie.core.seal import plain
from sosie.core.term_names import CHANNELS, PURPOSES
from sosie.core.terms import PublicTerms

Rows = list[tuple[str, str]]

_UNSAID = "not stated, so nothing is allowed by it"
_MOST = 2000
"""Characters of a row: what is longer is no help to anybody."""


def in_words(terms: PublicTerms) -> Rows:
    """This function will return the public terms as pairs of a name and what is said, each one
    plain line. What the terms leave out is said to be left out."""
    rows = [
        ("may be used for", listed([PURPOSES[word] for word in terms.purposes]) or _UNSAID),
        ("may be shown in", _where(terms) or _UNSAID),
        ("may be shown on", _channels(terms) or _UNSAID),
        ("when", _days(terms)),
        ("afterwards", _after(terms)),
        ("training of AI on it", terms.training),
    ]
    if terms.credit:
        rows.append(("line under it", terms.credit))
    return [(name, plain(text, _MOST)) for name, text in rows]


def listed(words: Sequence[str]) -> str:
    """This function will join words as ``a``, ``a and b``, ``a, b and c``; nothing as empty."""
    first, last = ", ".join(words[:-1]), "".join(words[-1:])
    return f"{first} and {last}" if first else last


def day(value: date) -> str:
    """This function will write a day in full, as ``31 January 2027``."""
    return f"{value.day} {value:%B %Y}"


def _where(terms: PublicTerms) -> str:
    stated = terms.territories
    if stated is None:
        return ""
    without = f", but not in {listed(names(stated.exclude))}" if stated.exclude else ""
    return listed(names(stated.include)) + without


def _channels(terms: PublicTerms) -> str:
    only = {one: f" ({', '.join(some)} only)" for one, some in (terms.accounts or {}).items()}
    return listed([CHANNELS[one] + only.get(one, "") for one in terms.channels])


def _days(terms: PublicTerms) -> str:
    if terms.period is None:
        return _UNSAID
    first, last, zone = terms.period.first, terms.period.last, terms.period.time_zone
    return f"{day(first)} until {day(last)}, both days included, as days are counted in {zone}"


def _after(terms: PublicTerms) -> str:
    after, found = terms.after_end, []
    if after is not None and after.sell_off_days:
        days = "1 more day" if after.sell_off_days == 1 else f"{after.sell_off_days} more days"
        found.append(f"what is out may be shown for {days}")
    if after is not None and after.archive == "posts_stay":
        found.append("unpaid posts may stay where they are, not advertised anew")
    return "; ".join(found) or "no new use, and what is out is taken down"
