"""The catalogs of the papers are whole, and a contract says in each language what its terms say."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from sosie.adapters import terms_file
from sosie.adapters.contract_words import memo_sheet, sheet
from sosie.adapters.typesetting import Typst
from sosie.adapters.words import LANGUAGES, Words
from sosie.core.contract import Contract
from sosie.core.terms import Terms
from sosie.core.values import Money, canonical
from tests.adapters.sample_papers import bare, text
from tests.core.any_terms import any_terms

ROOT = Path(__file__).parents[2]
FULL = terms_file.read(
    (files("sosie.samples") / "licenses" / "full.yaml").read_text("utf-8"), where="full.yaml"
)
CONTRACT = Contract(
    license="L-2026-0001",
    terms=FULL,
    names={"ines": "Ines Moreau", "maison-nord": "Maison Nord", "atlas-models": "Atlas Models"},
    addresses={},
    agency_registration="26-00042-LSFW",
    dated=date(2026, 11, 24),
)


def in_language(language: str, **changes: Any) -> Contract:
    terms = FULL.model_copy(update={"language": language, **changes})
    return replace(CONTRACT, terms=terms)


def test_a_message_without_a_translation_is_an_error() -> None:
    with pytest.raises(KeyError, match="fr: Nobody ever said this"):
        Words("fr")("Nobody ever said this")
    with pytest.raises(ValueError, match="tlh"):
        Words("tlh")


@pytest.mark.parametrize(
    ("language", "one", "two", "five"),
    [
        ("en", "1 hour", "2 hours", "5 hours"),
        ("fr", "1 heure", "2 heures", "5 heures"),
        ("sv", "1 timme", "2 timmar", "5 timmar"),
        ("ru", "1 час", "2 часа", "5 часов"),
        ("zh", "1 小时", "2 小时", "5 小时"),
    ],
)
def test_plurals(language: str, one: str, two: str, five: str) -> None:
    w = Words(language)
    assert [w.n("{count} hour", "{count} hours", n) for n in (1, 2, 5)] == [one, two, five]


def test_russian_plurals_of_the_teens() -> None:
    w = Words("ru")
    said = {
        n: w.n("{count} hour", "{count} hours", n).split()[1] for n in (11, 12, 14, 21, 22, 111)
    }
    assert said == {
        11: "часов",
        12: "часов",
        14: "часов",
        21: "час",
        22: "часа",
        111: "часов",
    }


@pytest.mark.parametrize(
    ("language", "day", "money", "rate"),
    [
        ("en", "1 March 2027", "1800.50 EUR", "12.5 %"),
        ("fr", "1er mars 2027", "1 800,50 EUR", "12,5 %"),
        ("sv", "1 mars 2027", "1 800,50 EUR", "12,5 %"),
        ("it", "1 marzo 2027", "1.800,50 EUR", "12,5 %"),
        ("ru", "1 марта 2027 г.", "1 800,50 EUR", "12,5 %"),
        ("zh", "2027年3月1日", "1,800.50 EUR", "12.5 %"),
    ],
)
def test_days_money_and_rates(language: str, day: str, money: str, rate: str) -> None:
    w = Words(language)
    plain = str.maketrans("\u202f\u00a0", "  ")
    assert w.day(date(2027, 3, 1)).translate(plain) == day
    assert w.money(Money(180050, "EUR")).translate(plain) == money
    assert w.percent(Decimal("0.125")) == rate


def test_a_year_ends_its_sentence_with_one_stop() -> None:
    w = Words("ru")
    held = (
        "For {category} the model licenses the twin to no other brand in {countries} from {first} "
        "until {last}."
    )
    day = w.day(date(2027, 1, 31))
    assert day.endswith("г.")
    assert w(held, category="a", countries="b", first=day, last=day).endswith("2027\u202fг.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plain_words_of_a_license_with_every_clause_stay_on_one_page(language: str) -> None:
    contract = in_language(language)
    pages = [bare(page) for page in text(Typst().contract(contract))]
    said = sheet(contract)
    assert bare(said["stand_alone"]) in pages[0]
    assert bare(said["words"]["governs"]) in pages[0]
    assert bare(said["words"]["key_terms"]) in pages[1]
    assert bare(said["words"]["key_terms"]) not in pages[0]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


CHANGES: dict[str, Any] = {
    "twin_version": 7,
    "title": "Another title",
    "scope": "Another scope altogether.",
    "category": "swords",
    "garments": ("a red hat",),
    "collections": ("night",),
    "pictures": 77,
    "renditions": 333,
    "placements": 4444,
    "alterations": ("relight",),
    "excluded_depictions": ("weapons",),
    "expectations": "Stand still.",
    "commission": Decimal("0.07"),
    "mother_agency_share": Decimal("0.03"),
    "usage_reports": "yearly",
    "sublicense": ("other-house",),
    "notice_hours": 99,
    "credit": "Photo: nobody",
    "governing_law": "Law of the sea",
    "purposes": ("editorial",),
    "channels": ("tiktok",),
    "accounts": None,
    "after_end": None,
    "co_depiction": None,
    "exclusivity": None,
    "disclosure": None,
    "audit": None,
    "storage": None,
    "withdrawal": None,
    "negotiation": None,
    "incurred_expenses": (),
}


@pytest.mark.parametrize("field", sorted(set(Terms.model_fields) - {"format", "training"}))
def test_each_field_of_the_terms_is_said(field: str) -> None:
    before = set(texts(sheet(CONTRACT)))
    if field == "language":
        changed = in_language("sv")
    elif field in CHANGES:
        changed = replace(CONTRACT, terms=FULL.model_copy(update={field: CHANGES[field]}))
    elif field == "twin":
        changed = replace(CONTRACT, terms=FULL.model_copy(update={"twin": "other"}))
    else:
        part = getattr(FULL, field)
        found = []
        for name in type(part).model_fields:
            value = getattr(part, name)
            other = _other(value)
            if other is None or name == "each_picture":  # it is always so
                continue
            new = FULL.model_copy(update={field: part.model_copy(update={name: other})})
            names = {**CONTRACT.names, "someone": "Someone Else"}
            said = set(texts(sheet(replace(CONTRACT, terms=new, names=names))))
            found.append((name, {s for s in said - before if len(s) != 64}))
        assert [name for name, news in found if not news] == []
        return
    differ = set(texts(sheet(changed))) ^ before
    said = {s for s in differ if "SHA-256" not in s and len(s) != 64}
    assert said, field


def _other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 11
        case Decimal():
            return value + Decimal("0.11")
        case date():
            return value.replace(day=17)
        case str() if value in ("take_down", "posts_stay", "EUR", "Europe/Paris"):
            swap = {"posts_stay": "take_down", "take_down": "posts_stay", "EUR": "USD"}
            return swap.get(value, "Asia/Tokyo")
        case str():
            return "someone"
        case tuple() if value and isinstance(value[0], str):
            return ("JP",)
    return None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contract_is_set_and_carries_what_is_decided_on(language: str) -> None:
    contract = in_language(language)
    data = Typst().contract(contract)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        attached = pdf.attachments["terms.json"].get_file().read_bytes()
        assert str(pdf.Root.Lang).startswith(language)
    assert attached == canonical(contract.terms.as_json())
    assert Terms.model_validate(json.loads(attached)) == contract.terms
    assert data == Typst().contract(contract)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_deal_memo_has_its_six_fields_on_one_page(language: str) -> None:
    contract = in_language(language)
    said = memo_sheet(contract)
    assert len(said["rows"]) == 6
    assert all(row["says"].strip() for row in said["rows"])
    assert contract.terms.scope in said["rows"][0]["says"]
    with pikepdf.open(io.BytesIO(Typst().deal_memo(contract))) as pdf:
        assert len(pdf.pages) == 1
        assert "terms.json" in pdf.attachments


def test_the_legal_text_is_english_and_french_for_whom_asked_for_french() -> None:
    assert [each["language"] for each in sheet(in_language("fr"))["legal"]] == ["en", "fr"]
    assert [each["language"] for each in sheet(in_language("ru"))["legal"]] == ["en"]
    both = sheet(in_language("fr"))["legal"]
    assert len(both[0]["clauses"]) == len(both[1]["clauses"])


def test_any_terms_can_be_said_in_any_language() -> None:
    from hypothesis import given, settings

    met = set()

    @settings(max_examples=40)
    @given(any_terms())
    def said(terms: Terms) -> None:
        parties = terms.parties
        names = {p: f"Name of {p}" for p in (parties.model, parties.brand, parties.agency) if p}
        for language in LANGUAGES:
            words = terms.model_copy(update={"language": language})
            contract = replace(CONTRACT, terms=words, names=names)
            try:
                assert sheet(contract)["language"] == language
            except Exception as error:
                if type(error).__name__ != "BadInput":
                    raise
                continue
            met.add(language)

    said()
    assert met == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_never_retouched_is_said_where_alterations_are(language: str) -> None:
    marks = ("left cheek: a mole", "chin: a scar")
    plain, marked = in_language(language), replace(in_language(language), marks=marks)
    w = Words(language)
    says = "Left cheek: a mole; chin: a scar"
    row = {"term": w("Never retouched"), "says": says, "own": False}
    rows = sheet(marked)["key_terms"]
    assert rows[rows.index(row) - 1]["term"] == w("Alterations")
    assert [each for each in rows if each != row] == sheet(plain)["key_terms"]  # the control
    for legal, before in zip(sheet(marked)["legal"], sheet(plain)["legal"], strict=True):
        said = Words(legal["language"])
        differ = [new for new in legal["clauses"] if new not in before["clauses"]]
        (clause,) = differ
        assert clause["heading"] == said("Alterations")
        assert "left cheek: a mole; chin: a scar" in clause["paragraphs"][1]
    pages = bare(" ".join(text(Typst().contract(marked))))
    assert pages.count(bare("chin: a scar")) == 1 + len(sheet(marked)["legal"])
