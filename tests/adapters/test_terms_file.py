"""The terms file: what is read, and the exact line for every mistake."""

# ruff: noqa: ISC004 (a long line of a message is cut in two)

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.adapters.terms_file import BadTerms, read, write
from sosie.core.law import Facts, check
from sosie.core.terms import Alteration, Channel, Purpose, Terms
from sosie.core.values import BadInput

SAMPLES = files("sosie") / "samples" / "licenses"
GOOD = """\
sosie: terms/1
title: Spring
parties: {model: ines, brand: nord, agency: atlas}
twin: ines
purposes: [campaign]
territories: {include: [EU, NO]}
channels: [instagram]
period: {from: 2026-11-01, until: 2027-04-30, time_zone: Europe/Paris}
pictures: 12
alterations: [crop]
pay: {currency: EUR, per_picture: 180.00, payment_term_days: 30}
commission: 0.20
"""


def lines(text: str) -> list[str]:
    with pytest.raises(BadTerms) as caught:
        read(text, where="t.yaml")
    assert isinstance(caught.value, BadInput)
    found = str(caught.value).split("\n")
    assert found == [str(error) for error in caught.value.errors]
    return found


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def test_good_terms_are_read() -> None:
    terms = read(GOOD, where="t.yaml")
    assert terms.pay is not None
    assert terms.pay.per_picture == Decimal("180.00")
    assert str(terms.pay.per_picture) == "180.00"
    assert str(terms.commission) == "0.20"
    assert terms.period is not None
    assert (terms.period.first, terms.period.last) == (date(2026, 11, 1), date(2027, 4, 30))
    assert date(2027, 4, 30) in terms.period.days
    assert date(2027, 5, 1) not in terms.period.days
    assert terms.territories is not None
    assert {"NO", "FR"} <= terms.territories.countries()  # Norway, and no boolean


CURRENCY = "write three capitals as in EUR"
WHOLE = "write digits as in 12"
KEYS = [field.alias or name for name, field in Terms.model_fields.items()]
MAPPING = "model, brand, agency, mother_agency, studio"
MISTAKES = [
    (
        "a misspelt key",
        changed("territories:", "teritories:"),
        ["`t.yaml:6:1`: `teritories` is no key; did you mean `territories`?"],
    ),
    (
        "a misspelt key further in",
        changed("per_picture", "per_pictures"),
        ["`t.yaml:11:22`: `pay.per_pictures` is no key; did you mean `per_picture`?"],
    ),
    (
        "a key like no other",
        changed("model: ines, ", "model: ines, photographer: jo, "),
        [
            "`t.yaml:3:24`: `parties.photographer` is no key; the keys here are model, brand,"
            " agency, mother_agency, studio"
        ],
    ),
    (
        "a negative rate",
        changed("180.00", "-180.00"),
        ["`t.yaml:11:22`: `pay.per_picture`: `-180.00` is too little; write 0 or more"],
    ),
    (
        "a commission above everything",
        changed("0.20", "20"),
        ["`t.yaml:12:1`: `commission`: `20` is too much; write 1 or less"],
    ),
    (
        "an end before the start",
        changed("2027-04-30", "2026-10-31"),
        [
            "`t.yaml:8:28`: the period ends (2026-10-31) before it starts;"
            " `from` is the first day and `until` the last"
        ],
    ),
    (
        "an unknown territory",
        changed("[EU, NO]", "[EU, XX]"),
        [
            "`t.yaml:6:29`: `territories.include`: `XX` is no ISO 3166-1 country code and no group"
            " (EU, EEA, NORDICS, WORLD); write codes as in [EU, US, GB]"
        ],
    ),
    (
        "a country by another name",
        changed("[EU, NO]", "[EU, UK]"),
        [
            "`t.yaml:6:29`: `territories.include`: `UK` is no ISO 3166-1 country code and no group"
            " (EU, EEA, NORDICS, WORLD); did you mean `GB`?"
        ],
    ),
    (
        "a country in small letters",
        changed("[EU, NO]", "[fr]"),
        [
            "`t.yaml:6:25`: `territories.include`: `fr` is no ISO 3166-1 country code and no group"
            " (EU, EEA, NORDICS, WORLD); did you mean `FR`?"
        ],
    ),
    (
        "no country left",
        changed("{include: [EU, NO]}", "{include: [FR], exclude: [EU]}"),
        ["`t.yaml:6:30`: `territories` leaves no country; exclude less than is included"],
    ),
    (
        "a wrong purpose",
        changed("[campaign]", "[campain]"),
        [
            "`t.yaml:5:12`: `purposes`: `campain` is not allowed; did you mean `campaign`? write"
            " one of product_page, organic_social, paid_social, campaign, out_of_home, print,"
            " in_store, broadcast, editorial, internal"
        ],
    ),
    (
        "a wrong channel, like no other",
        changed("[instagram]", "[telegraph]"),
        [
            "`t.yaml:7:12`: `channels`: `telegraph` is not allowed; write one of web_shop,"
            " instagram, tiktok, out_of_home, store_screen, print, broadcast"
        ],
    ),
    (
        "training",
        GOOD + "training: allowed\n",
        ["`t.yaml:13:1`: `training`: `allowed` is not allowed; write one of forbidden"],
    ),
    (
        "approval of each picture switched off",
        GOOD + "approvals: {each_picture: false}\n",
        ["`t.yaml:13:13`: `approvals.each_picture`: `false` is not allowed; write one of true"],
    ),
    (
        "another format",
        changed("terms/1", "terms/2"),
        [
            "`t.yaml:1:1`: `sosie`: `terms/2` is not allowed; did you mean `terms/1`?"
            " write one of terms/1"
        ],
    ),
    (
        "a missing key",
        changed("title: Spring\n", ""),
        ["`t.yaml:1:1`: `title` is missing; add `title: ...`"],
    ),
    (
        "a missing key further in",
        changed("brand: nord, ", ""),
        ["`t.yaml:3:1`: `parties.brand` is missing; add `brand: ...`"],
    ),
    (
        "a key without a value",
        changed("[campaign]", ""),
        ["`t.yaml:5:1`: `purposes` has no value; give it one or remove the key"],
    ),
    (
        "an empty text",
        changed("title: Spring", 'title: ""'),
        ["`t.yaml:2:1`: `title` is empty; give it a value or remove the key"],
    ),
    (
        "no territory in the list",
        changed("[EU, NO]", "[]"),
        ["`t.yaml:6:15`: `territories.include` is empty; give it a value or remove the key"],
    ),
    (
        "a word where a list belongs",
        changed("[campaign]", "campaign"),
        ["`t.yaml:5:1`: `purposes`: `campaign` is no list; write `purposes: [campaign]`"],
    ),
    (
        "a word where a mapping belongs",
        changed("{model: ines, brand: nord, agency: atlas}", "ines"),
        ["`t.yaml:3:1`: `parties`: `ines` is no mapping; write its keys below it: " + MAPPING],
    ),
    (
        "a number where text belongs",
        changed("title: Spring", "title: 2027"),
        ["`t.yaml:2:1`: `title`: `2027` is no text; put it in quotes"],
    ),
    (
        "a word where a number belongs",
        changed("pictures: 12", "pictures: twelve"),
        [f"`t.yaml:9:1`: `pictures`: `twelve` is no whole number; {WHOLE}"],
    ),
    (
        "a part of a picture",
        changed("pictures: 12", "pictures: 12.5"),
        [f"`t.yaml:9:1`: `pictures`: `12.5` is no whole number; {WHOLE}"],
    ),
    (
        "a truth where a number belongs",
        changed("pictures: 12", "pictures: true"),
        [f"`t.yaml:9:1`: `pictures`: `true` is no whole number; {WHOLE}"],
    ),
    (
        "no picture",
        changed("pictures: 12", "pictures: 0"),
        ["`t.yaml:9:1`: `pictures`: `0` is too little; write 1 or more"],
    ),
    (
        "an amount that is no number",
        changed("180.00", "a lot"),
        ["`t.yaml:11:22`: `pay.per_picture`: `a lot` is no number; write digits as in 180.00"],
    ),
    (
        "an amount without end",
        changed("180.00", ".inf"),
        ["`t.yaml:11:22`: `pay.per_picture`: `.inf` is no number; write digits as in 180.00"],
    ),
    (
        "an amount in sixtieths",
        changed("180.00", "3:00"),
        ["`t.yaml:11:22`: `pay.per_picture`: `3:00` is no number; write digits as in 180.00"],
    ),
    (
        "more decimals than the currency knows",
        changed("180.00", "180.005"),
        [
            "`t.yaml:11:22`: `pay.per_picture`: `180.005` has more decimals than EUR knows;"
            " round it yourself: nothing is rounded"
        ],
    ),
    (
        "more money than there is",
        changed("180.00", "9" * 5000),
        [
            "`t.yaml:11:22`: `pay.per_picture` is more than 1000000000000;"
            " write the amount in whole units as in 180.00"
        ],
    ),
    (
        "more pictures than can be counted",
        changed("pictures: 12", "pictures: " + "9" * 5000),
        ["`t.yaml:9:1`: `pictures`: `" + "9" * 57 + "...` cannot be read; see the format of terms"],
    ),
    (
        "a number as a program writes it",
        changed("180.00", "1e2"),
        ["`t.yaml:11:22`: `pay.per_picture`: `1e2` is no plain number; write digits as in 180.00"],
    ),
    (
        "digits of another script",
        changed("pictures: 12", "pictures: \u0661\u0662"),
        ["`t.yaml:9:1`: `pictures`: `\u0661\u0662` is no plain number; write digits as in 180.00"],
    ),
    (
        "a direction that turns the title",
        changed("title: Spring", 'title: "Spring\\u202e"'),
        ["`t.yaml:2:1`: `title` holds a character that nobody sees (U+202E); type the text anew"],
    ),
    (
        "a purpose twice",
        changed("[campaign]", "[campaign, campaign]"),
        ["`t.yaml:5:22`: `campaign` is listed twice; keep one of them"],
    ),
    (
        "the model as the brand",
        changed("brand: nord", "brand: ines"),
        ["`t.yaml:3:24`: `ines` is the model and the brand at once; name two parties"],
    ),
    (
        "a currency that is none",
        changed("EUR", "XXX"),
        ["`t.yaml:11:7`: `XXX` is no currency; write its ISO 4217 code: EUR"],
    ),
    (
        "a country left out of others",
        changed("[EU, NO]", "[EU, NO], exclude: [JP]"),
        [
            "`t.yaml:6:44`: `JP` is left out of countries that do not hold it; remove it, or"
            " include what holds it"
        ],
    ),
    (
        "a word over two lines with a command for the terminal",
        changed("[campaign]", '["a\\n\\e[31m"]'),
        [
            "`t.yaml:5:12`: `purposes.0` holds a character that nobody sees (U+001B); type the text"
            " anew"
        ],
    ),
    (
        "a mapping where a word belongs",
        changed("title: Spring", "title: {en: Spring}"),
        ["`t.yaml:2:1`: `title`: `{...}` is no text; put it in quotes"],
    ),
    (
        "a currency in small letters",
        changed("EUR", "eur"),
        [f"`t.yaml:11:7`: `pay.currency`: `eur` is no currency; {CURRENCY}"],
    ),
    (
        "a day that is none",
        changed("2027-04-30", "2027-02-29"),
        [
            "`t.yaml:8:28`: `period.until`: `2027-02-29` is no day;"
            " write year, month and day as 2026-12-31"
        ],
    ),
    (
        "a day in another order",
        changed("2026-11-01", "1.11.2026"),
        [
            "`t.yaml:8:10`: `period.from`: `1.11.2026` is no day;"
            " write year, month and day as 2026-12-31"
        ],
    ),
    (
        "a day as a number",
        changed("2026-11-01", "20261101"),
        [
            "`t.yaml:8:10`: `period.from`: `20261101` is no day;"
            " write year, month and day as 2026-12-31"
        ],
    ),
    (
        "an unknown time zone",
        changed("Europe/Paris", "Europe/Pariss"),
        [
            "`t.yaml:8:47`: `period.time_zone`: `Europe/Pariss` is no time zone;"
            " did you mean `Europe/Paris`?"
        ],
    ),
    (
        "a commission for nobody",
        changed(", agency: atlas", ""),
        [
            "`t.yaml:12:1`: a commission needs an agency that earns it;"
            " add `parties.agency` or remove `commission`"
        ],
    ),
    (
        "a repeated key",
        GOOD + "title: Summer\n",
        ["`t.yaml:13:1`: `title` is repeated; it stands on line 2 already: keep one of the two"],
    ),
    (
        "a repeated key further in",
        changed("brand: nord", "model: anna, brand: nord"),
        ["`t.yaml:3:24`: `model` is repeated; it stands on line 3 already: keep one of the two"],
    ),
    ("an empty file", "", ["`t.yaml:1:1`: the file is empty; start it with `sosie: terms/1`"]),
    (
        "only a comment",
        "# x\n",
        ["`t.yaml:1:1`: the file is empty; start it with `sosie: terms/1`"],
    ),
    (
        "a list",
        "- a\n- b\n",
        ["`t.yaml:1:1`: the file holds no keys; start it with `sosie: terms/1`"],
    ),
    ("a word", "terms\n", ["`t.yaml:1:1`: the file holds no keys; start it with `sosie: terms/1`"]),
    (
        "a tab",
        "sosie: terms/1\nparties:\n\tmodel: ines\n",
        ["`t.yaml:3:1`: a tab stands here; indent with spaces"],
    ),
    (
        "a bracket left open",
        "sosie: terms/1\npurposes: [campaign\n",
        [
            "`t.yaml:3:1`: not readable as YAML (expected ',' or ']', but got '<stream end>');"
            " check indentation, quotes and colons"
        ],
    ),
    (
        "a tag",
        changed("title: Spring", "title: !!python/object:os.system x"),
        [
            "`t.yaml:2:8`: the tag `tag:yaml.org,2002:python/object:os.system` is not read;"
            " remove it"
        ],
    ),
    (
        "an anchor",
        changed("title: Spring", "title: &a Spring"),
        ["`t.yaml:2:8`: anchors and aliases are not read; write the value out"],
    ),
    (
        "a merge key",
        changed("title: Spring", "<<: {title: Spring}"),
        [
            "`t.yaml:1:1`: `title` is missing; add `title: ...`",
            "`t.yaml:2:1`: `<<` is no key; the keys here are " + ", ".join(KEYS),
        ],
    ),
    (
        "a second document",
        GOOD + "---\nsosie: terms/1\n",
        ["`t.yaml:13:1`: the file holds a second document; keep one license in a file"],
    ),
    (
        "nested without end",
        "a: " + "[" * 5000,
        ["`t.yaml:1:15`: the file is nested too deeply; no file needs so many levels"],
    ),
    (
        "a key that is no word",
        GOOD + "? [a, b]\n: c\n",
        ["`t.yaml:13:3`: a key is no word; write `key: value`"],
    ),
    (
        "a character that cannot be printed",
        changed("Spring", "Spr\x07ing"),
        ["`t.yaml:2:11`: a character that cannot be printed stands here; remove it"],
    ),
    (
        "a file that is too large",
        "title: " + "x" * (256 * 1024),
        ["`t.yaml:1:1`: the file is larger than 256 kB; terms are short: is it the right file?"],
    ),
]


@pytest.mark.parametrize(
    ("text", "expected"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_a_mistake_is_named_in_one_line(text: str, expected: list[str]) -> None:
    assert lines(text) == expected


def test_all_mistakes_are_named_in_the_order_of_the_file() -> None:
    text = changed("title: Spring", "titel: Spring").replace("180.00", "-1").replace("NO", "XX")
    found = lines(text.replace("2027-04-30", "soon"))
    assert [line.split("`")[1] for line in found] == [
        "t.yaml:1:1",
        "t.yaml:2:1",
        "t.yaml:6:29",
        "t.yaml:8:28",
        "t.yaml:11:22",
    ]


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    assert lines(bomb) == ["`t.yaml:1:4`: anchors and aliases are not read; write the value out"]


@pytest.mark.parametrize("text", ["- " * 20_000, "{a: " * 20_000, "? " * 20_000, "[" * 100_000])
def test_deep_files_are_refused_without_a_crash(text: str) -> None:
    assert len(lines(text)) == 1


@given(st.text(max_size=200))
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(BadInput):
        read(text, where="t.yaml")


@given(st.data())
@settings(max_examples=200)
def test_good_terms_with_a_few_characters_changed_are_read_or_refused(data: Any) -> None:
    at = data.draw(st.integers(0, len(GOOD) - 1))
    cut = data.draw(st.integers(0, 4))
    text = GOOD[:at] + data.draw(st.text(max_size=4)) + GOOD[at + cut :]
    with suppress(BadInput):
        read(text, where="t.yaml")


WORDS = st.one_of(
    st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30),
    st.sampled_from(
        [
            *("true", "no", "NO", "null", "~", "12", "1e3", "0x1F", "08", "012", "-5", "1:30"),
            *(".5", "1_000", "2026-01-01", "# x", "a: b", "-", "<<", "'", '"', "&a", "*a", "!t"),
        ]
    ),
)
AMOUNTS = st.decimals(0, 10_000, places=2) | st.integers(0, 100).map(Decimal)


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    first = draw(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
    three = st.lists(WORDS, min_size=3, max_size=3, unique=True)
    data = {
        "sosie": "terms/1",
        "title": draw(WORDS),
        "twin": draw(WORDS),
        "parties": dict(zip(("model", "brand", "agency"), draw(three), strict=True)),
        "scope": draw(WORDS | st.just("two\nlines\n\nand: a third\n")),
        "purposes": draw(st.lists(st.sampled_from(Purpose), unique=True)),
        "territories": {"include": ["NO", draw(st.sampled_from(["EU", "WORLD", "FR"]))]},
        "channels": draw(st.lists(st.sampled_from(Channel), unique=True)),
        "period": {"from": first, "until": first + timedelta(draw(st.integers(0, 999)))},
        "alterations": draw(st.lists(st.sampled_from(Alteration), unique=True)),
        "pay": {"currency": "EUR", "per_picture": draw(AMOUNTS), "per_release": draw(AMOUNTS)},
        "commission": draw(st.sampled_from(["0", "0.2", "0.20", "1E-1", "1"])),
        "incurred_expenses": [
            {"what": draw(WORDS), "amount": draw(AMOUNTS), "borne_by": "brand"},
        ],
        "credit": draw(st.just("") | WORDS),
    }
    return Terms.model_validate(data)


@given(any_terms())
@settings(max_examples=200)
def test_what_is_written_reads_back_to_the_same_digest(terms: Terms) -> None:
    text = write(terms)
    again = read(text, where="t.yaml")
    assert again == terms
    assert again.digest() == terms.digest()
    assert write(again) == text


def test_the_samples_say_what_they_are_for() -> None:
    refused = {}
    for name in ("capsule", "open-ended", "greedy"):
        text = (SAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
        terms = read(text, where=f"{name}.yaml")
        assert read(write(terms), where="again").digest() == terms.digest()
        found = check(terms, Facts(on=date(2026, 11, 24)))
        refused[name] = sorted({finding.rule.id for finding in found if finding.refuses})
    assert refused == {"capsule": [], "open-ended": ["R15", "R21", "R30"], "greedy": ["H06", "R07"]}
