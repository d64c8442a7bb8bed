"""What the code says, in the reader's language: reasons, findings of law, deadlines, warnings.

They are made, and recorded, as English sentences. Each is a message of the catalogs, with its
values named (`{made} made and {asked} asked for`; `tools/tongues.py` finds them in the code): a
text is said by the message that it is, or could have been filled from. So what was recorded long
ago is said in any language as well, and the core knows nothing of languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from babel.messages.mofile import read_mo
from babel.numbers import format_currency, list_currencies
from django.utils.translation import get_language, gettext, to_locale

from sosie import wiring
from sosie.core import country_names
from sosie.core.comparison import CLAUSES
from sosie.core.term_names import ALTERATIONS, CHANNELS, DEPICTIONS, PURPOSES
from sosie.core.twin import LANDMARKS, VIEWS
from sosie.web import tongue
from sosie.web.names import CREDENTIAL

_LOCALE = Path(__file__).parent / "locale"
_VALUE = re.compile(r"\{(\w+)\}")
_CODE = re.compile("(`[^`]*`)")
_FILLED = re.compile(r"`\{(\w+)\}`|\{(\w+)\}")
_NO_WORDS = re.compile(r"`[^`]*`|\b[0-9a-f]{2}(?::[0-9a-f]{2})+\b")
"""Code, and hashes in pairs of digits."""
_DAY = re.compile(r"(?<![\w./:-])\d{4}-\d\d-\d\d(?![\w/:-]|\.\w)")
_AMOUNT = r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
"""As English writes it: of `900,00`, as others do, no part is an amount."""
_CURRENCY = "|".join(sorted(list_currencies()))
_MONEY = re.compile(
    rf"(?<![\w.,-])(?<!\d[\u00a0\u202f’])"
    rf"(?:({_AMOUNT}) ({_CURRENCY})|({_CURRENCY}) ({_AMOUNT}))(?![\w-]|[.,]\d)"
)
_PLACE = re.compile(r"[^()]+ \(([A-Z]{2,7})\)")
_PAY = re.compile(r"(?<![\w.])pay(?:\.[a-z_]+)+(?!\w)")
"""A clause of the terms about pay."""
_STATUS = re.compile(
    rf"\b(?:{'|'.join(sorted({c.partition('.')[0] for c in CREDENTIAL}))})(?:\.[A-Za-z]+)+"
)
"""A validation code of C2PA, section 15.2."""
_MOST = 1000
"""Letters of a text that is looked for among the messages: longer ones people wrote."""
_FEW, _LEAST = 3, 0.1
"""Letters, and their share of a text, from which on a message says enough of it: what is filled
into `{id} under {license}: {terms}` may be anything."""
_CODES: Mapping[str, str] = {
    **{name: name.replace("_", " ") for name in LANDMARKS},
    **{name: name for name in ("shoulder", "hip", "knee", "ankle")},
    "waist": "the waist",
    **{
        str(code): words
        for each in (ALTERATIONS, DEPICTIONS, PURPOSES, CHANNELS)
        for code, words in each.items()
    },
}
"""What people call codes of terms and of points."""
_OF_CODES = frozenset(
    {
        *("alteration", "asked", "channel", "depiction", "lacking", "left", "listed", "lower"),
        *("names", "point", "purpose", "right", "upper"),
    }
)
"""Values of messages that are such codes, in backticks; others are names, which are said alike in
every language."""
_QUOTED = {"fr": "«\xa0%s\xa0»", "sv": "”%s”", "zh_Hans": "“%s”"}
_BETWEEN = ("; ", ", ", ": ", " and ", " or ")
"""What stands between sentences and words that are said one by one."""


@dataclass(frozen=True, slots=True)
class _Message:
    """One message with values: what texts that it is filled into look like."""

    surest: str
    """Its longest part that holds no value, which stands in every such text."""
    letters: int
    """Of what it says itself."""
    sure: bool
    """Whether it says enough for no other text to look like it (`{rate} of {gross}` does not)."""
    pattern: re.Pattern[str]
    translated: str
    names: frozenset[str]
    """The values that it holds in backticks: names, which are said alike in every language."""

    def filled(self, values: Mapping[str, str], locale: str) -> str:
        """Return its translation with some values, codes that have a word in words."""

        def fill(each: re.Match[str]) -> str:
            name = each[1] or each[2]
            text = each[0].replace(f"{{{name}}}", values[name])
            return _worded(text, locale) if name in _OF_CODES else text

        return _FILLED.sub(fill, self.translated)


def said(text: str) -> str | None:
    """Return a text of the code in the reader's language, its days and amounts as that writes
    them; nothing where no catalog knows it."""
    language = get_language() or "en"
    if len(text) > _MOST:
        return text if language.partition("-")[0] == "en" else None
    if language.partition("-")[0] == "en":
        return written(text)
    found = _said(text, to_locale(language))
    return None if found is None else written(found)


def clauses(text: str) -> list[tuple[str, str | None]]:
    """Return each clause of a conclusion, `one; two`, with how it is said in the reader's language;
    with nothing where no catalog knows it, or its reason (`altered: why`)."""
    found = [(clause, said(clause)) for clause in text.split("; ")]
    return [(clause, None if _is_left(clause, told) else told) for clause, told in found]


def _is_left(clause: str, told: str | None) -> bool:
    """Return whether what a clause says after a colon was left as it is, in words."""
    reason = clause.partition(": ")[2]
    return told is not None and told != clause and _has_words(reason) and reason in told


def photograph(name: str) -> str:
    """Return what a photograph of a twin shows, by its name: `front half`, `face 2`; a name that
    she gave herself as it is."""
    known, (plain, _, number) = _photographs(), name.rpartition("-")
    if name in known:
        return gettext(known[name]) if name in VIEWS else said(known[name]) or known[name]
    again = plain in known and number.isdecimal()
    return f"{photograph(plain)} {number}" if again else name


@cache
def _photographs() -> Mapping[str, str]:
    slots = (s for each in wiring.protocols() for group in each.groups for s in group.slots)
    return {s.id: s.words for s in slots} | {view: view.replace("-", " ") for view in VIEWS}


def _credential(found: re.Match[str]) -> str:
    """Return what a validation code of a content credential means, and the code."""
    codes = (code for code in CREDENTIAL if f"{found[0]}.".startswith(f"{code}."))
    words = CREDENTIAL.get(max(codes, key=len, default=""))
    return f"{gettext(words)} `{found[0]}`" if words else found[0]


def _clause(found: re.Match[str]) -> str:
    """Return a clause by its code, and what it is called."""
    words = CLAUSES.get(found[0])
    return f"`{found[0]}` ({gettext(words)})" if words else found[0]


def written(text: str) -> str:
    """Return a text with its days and amounts as the reader's language writes them, and in words
    what its codes mean: of clauses about pay, and of a content credential. Code that stands in
    backticks stays as it is."""
    for pattern, how in _WRITTEN:
        parts = _CODE.split(text)
        parts[::2] = (pattern.sub(how, part) for part in parts[::2])
        text = "".join(parts)
    return text


def _day(found: re.Match[str]) -> str:
    try:
        return tongue.day(date.fromisoformat(found[0]))
    except ValueError:  # of a calendar that is none
        return found[0]


def _money(found: re.Match[str]) -> str:
    amount, currency = Decimal((found[1] or found[4]).replace(",", "")), found[2] or found[3]
    return str(format_currency(amount, currency, locale=to_locale(get_language() or "en")))


_WRITTEN = ((_DAY, _day), (_MONEY, _money), (_PAY, _clause), (_STATUS, _credential))


@lru_cache(maxsize=4096)
def _said(text: str, locale: str) -> str | None:
    whole, with_values = _catalog(locale)
    if not text:
        return text
    if found := whole.get(text) or _place(text):
        return found
    if text in VIEWS:
        return photograph(text)
    if found := _filled(text, locale, [m for m in with_values if m.sure]):
        return found
    if text[0].isupper() and (found := _said(text[0].lower() + text[1:], locale)):
        return found[0].upper() + found[1:]
    unsure = [message for message in with_values if not message.sure]
    return _filled(text, locale, unsure) or _in_parts(text, locale)


def _worded(text: str, locale: str) -> str:
    """Return a text with its codes, in backticks, in words and quoted where there are some."""
    known, quoted = _catalog(locale)[0], _QUOTED.get(locale, "«%s»")

    def word(code: re.Match[str]) -> str:
        name = _CODES.get(code[0][1:-1])
        return quoted % known.get(name, name) if name else code[0]

    return _CODE.sub(word, text)


def _place(text: str) -> str | None:
    """Return a country or a group, `France (FR)`, by its name in the reader's language."""
    found = _PLACE.fullmatch(text)
    if found is None or country_names.names([found[1]]) != [text]:
        return None
    return f"{tongue.countries([found[1]])} ({found[1]})"


def _filled(text: str, locale: str, messages: Iterable[_Message]) -> str | None:
    """Return a text by the first of some messages that it could have been filled from."""
    for message in messages:
        if message.surest not in text or not (match := message.pattern.fullmatch(text)):
            continue
        words = {k: v for k, v in match.groupdict().items() if k not in message.names}
        values = match.groupdict() | {name: _value(value, locale) for name, value in words.items()}
        sure = message.sure and message.letters >= _LEAST * len(text)
        if not (sure or all(_is_part(value, locale) for value in words.values())):
            continue
        if not message.sure and any(re.search("[;:] ", value) for value in words.values()):
            continue  # several sentences, which are said one by one
        if not text[0].isupper():
            return message.filled(values, locale)
        for name, value in match.groupdict().items():  # what began the text does so no more
            if text.startswith(value) and values[name] != value:
                values[name] = values[name][:1].lower() + values[name][1:]
        found = message.filled(values, locale)
        return found[:1].upper() + found[1:]
    return None


def _in_parts(text: str, locale: str) -> str | None:
    """Return a text of which each part is known: `one; two`, `one (two)`."""
    if text.endswith(")") and " (" in text:
        head, tail = text[:-1].rsplit(" (", 1)
        first, second = _said(head, locale), _said(tail, locale)
        return f"{first} ({second})" if first and second else None
    for between in _BETWEEN:
        if between in text:
            parts = text.split(between, 1 if between == ": " else -1)
            found = [_value(each, locale) for each in parts]
            # Of sentences in a row some may be what people wrote, or the name of a plate.
            enough = any if between in ("; ", ": ") else all
            if enough(_is_said(part, locale) for part in parts):
                return (_catalog(locale)[0].get(between) or between).join(found)
    return None


def _is_part(value: str, locale: str) -> bool:
    """Return whether a value is said, and is no piece of a list that goes on."""
    return not value.endswith((",", ":", ";")) and _is_said(value, locale)


def _is_said(value: str, locale: str) -> bool:
    """Return whether the catalogs know a value, or it says nothing in words."""
    return _said(value, locale) is not None or not _has_words(value)


def _has_words(text: str) -> bool:
    return bool(re.search("[a-z]{2}", _NO_WORDS.sub("", text)))


def _value(value: str, locale: str) -> str:
    """Return what a message is filled with: a sentence, a day, an amount, or as it is."""
    return _said(value, locale) or written(value)


@cache
def _catalog(locale: str) -> tuple[Mapping[str, str], tuple[_Message, ...]]:
    """Return the messages of a catalog: those without values by their text, and those with, the
    longest first, as it says the most."""
    with (_LOCALE / locale / "LC_MESSAGES" / "django.mo").open("rb") as file:
        known = {m.id: str(m.string) for m in read_mo(file) if isinstance(m.id, str) and m.id}
    made = [each for text, translated in known.items() for each in _made(text, translated)]
    made.sort(key=lambda each: len(_VALUE.sub("", each[0])), reverse=True)
    return known, tuple(message for _text, message in made)


def _made(text: str, translated: str) -> Iterator[tuple[str, _Message]]:
    parts = _VALUE.split(text)
    if len(parts) == 1 or "%(" in text:
        return
    pattern, named, names = "", set[str](), set[str]()
    for number, part in enumerate(parts):
        if number % 2 == 0:
            pattern += re.escape(part)
        elif part in named:
            pattern += f"(?P={part})"
        else:
            named.add(part)
            if parts[number - 1].endswith("`") and parts[number + 1].startswith("`"):
                names.add(part)
            may_be_none = parts[number - 1][-1:].strip() and not parts[number + 1]
            pattern += f"(?P<{part}>.{'*' if may_be_none else '+'}?)"
    surest, letters = max(parts[::2], key=len), len(re.findall("[A-Za-z]", _VALUE.sub("", text)))
    known = re.compile(pattern, re.DOTALL)
    sure = letters > _FEW
    yield text, _Message(surest, letters, sure, known, translated, frozenset(names))
