"""What the code says as English sentences is said in the reader's language."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from sosie import wiring
from sosie.adapters.words import Words
from sosie.core.life import Step
from sosie.core.listing import Listing
from sosie.core.protocol import missing
from sosie.core.roles import Role
from sosie.core.values import Money
from sosie.services import asking, listing, seal
from sosie.web import tongue
from sosie.web.said import photograph, said, written
from tests.services.conftest import (
    LATER,
    SECRETS,
    answer,
    draft,
    granted,
    made,
    released_on_instagram,
    take,
    terms,
)
from tests.web.conftest import OWN, Person, Shown


@pytest.mark.parametrize(
    ("text", "french"),
    [
        (
            "the model has not answered for picture `S-1-01`: silence is never yes",
            "le modèle n’a pas répondu pour l’image `S-1-01` : le silence n’est jamais un oui",
        ),
        # values: days, money, sentences
        (
            "the license ended on 2026-03-01, before 2027-01-02",
            "la licence a pris fin le 1er mars 2026, avant le 2 janvier 2027",
        ),
        (
            "12.00 EUR are earned and 1.00 EUR more are above the cap of 12.50 EUR",
            "12,00 € gagnés et 1,00 € de plus dépassent le plafond de 12,50 €",
        ),
        (
            "`n` holds the twin under `L` exclusively for `a` from 2026-03-02 until 2026-03-03",
            (
                "`n` détient le jumeau au titre de `L` en exclusivité pour `a`"
                " du 2 mars 2026 au 3 mars 2026"
            ),
        ),
        # a sentence that begins one, several in a row, one with a remark
        ("Say what she wears", "Dites ce qu’elle porte"),
        ("say what she wears; say which picture", "dites ce qu’elle porte ; dites quelle image"),
        (
            "the license has no end: limit it (house policy)",
            "la licence est sans fin : limitez-la (règle de la maison)",
        ),
        (
            (
                "the license has no end: limit it (a norm of unions or industry, no law)"
                " (a norm, no law, and house policy)"
            ),
            (
                "la licence est sans fin : limitez-la (une norme des syndicats ou du secteur, non"
                " une loi) (une norme, non une loi, et règle de la maison)"
            ),
        ),
        (
            (
                "Agency commission 20 %, license L-1, clause commission, representation agreement"
                " of 2026-05-12"
            ),
            (
                "Commission de l’agence de 20 %, licence L-1, clause commission, contrat de"
                " représentation du 12 mai 2026"
            ),
        ),
        (
            "How many people work for New York is not known",
            "Non connu : combien de personnes travaillent pour New York",
        ),
        # codes that mean something to people: what it is, and the code; once, however often
        (
            "the content credential does not hold (assertion.dataHash.mismatch, claim.missing)",
            (
                "le certificat de contenu ne tient pas (le fichier a été modifié après la signature"
                " `assertion.dataHash.mismatch`, sa revendication n’est pas conforme"
                " `claim.missing`)"
            ),
        ),
        (
            "license `L-1`, clause pay.per_picture",
            "licence `L-1`, clause `pay.per_picture` (la rémunération par image)",
        ),
        ("front-full; top in red", "de face, en pied ; haut, couleur rouge"),
        ("her note: a touch warmer", "sa note : a touch warmer"),
        ("Countries: more: JP", "Countries : en plus : JP"),
        # No picture under a license: of that message it has five letters.
        ("She stands under the old bridge: a wet street at night, and nobody else there", None),
        ("what nobody ever said", None),
        (f"{'a, ' * 500}say what she wears", None),  # no sentence of the code is so long
        ("", ""),
    ],
)
def test_a_sentence_is_said_with_its_values(text: str, french: str | None) -> None:
    with translation.override("fr"):
        found = said(text)
    assert french == (found and found.replace("\xa0", " ").replace("\u202f", " "))


@pytest.mark.parametrize(
    ("text", "english"),
    [
        (
            "the license ended on 2026-03-01, before 2027-01-02",
            "the license ended on 1 March 2026, before 2 January 2027",
        ),
        ("12.00 EUR of 1,250.50 EUR; GBP 3", "€12.00 of €1,250.50; £3.00"),
        ("from 2026-03-01", "from 1 March 2026"),
        # no day, no money: of no calendar, in code, in names of files and moments, no currency
        ("2026-13-01 and `2026-03-01`", "2026-13-01 and `2026-03-01`"),
        ("L-2026-03-01, 2026-03-01.pdf", "L-2026-03-01, 2026-03-01.pdf"),
        ("2026-03-01T12:00 and 12 CSV", "2026-03-01T12:00 and 12 CSV"),
        ("say what she wears", "say what she wears"),
    ],
)
def test_days_and_amounts_are_written_as_english_does(text: str, english: str) -> None:
    with translation.override("en"):
        assert said(text) == english


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("front-half", "front half", "正面半身"),
        ("walking-2", "walking 2", "行走 2"),
        (
            "face-left-45-soft",
            "turned 45 degrees to her left, soft light",
            "向她左侧转 45 度，柔光",
        ),
        # what she named herself, and what merely looks like it
        *((name, name, name) for name in ("IMG_0012", "spare-2", "front-half-blue", "")),
    ],
)
def test_a_photograph_is_called_by_what_it_shows(name: str, english: str, chinese: str) -> None:
    for language, called in (("en", english), ("zh-hans", chinese)):
        with translation.override(language):
            assert photograph(name) == called


@pytest.mark.parametrize(
    ("text", "english"),
    [
        (
            "it does not hold (general.error)",
            "it does not hold (it cannot be read to its end `general.error`)",
        ),
        # no codes of C2PA: files, code, a sentence that ends
        ("manifest.json and `claim.missing`", "manifest.json and `claim.missing`"),
        ("it has no claim. Nothing else", "it has no claim. Nothing else"),
        ("pay.nobody knows", "pay.nobody knows"),
    ],
)
def test_what_is_no_code_stays(text: str, english: str) -> None:
    with translation.override("en"):
        assert said(text) == english
        assert written(english) == english  # once is enough


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
@pytest.mark.parametrize("currency", ["EUR", "CHF", "JPY"])
@pytest.mark.parametrize("minor", [90_000, 123_456, 120_000_000, 5])
def test_no_digit_of_an_amount_changes_on_the_first_page(
    language: str, currency: str, minor: int
) -> None:
    """Papers are written in the reader's language already: `900,00 EUR` is no 90,000."""
    with translation.override(language):
        line = Words(tongue.paper_language()).money(Money(minor, currency))
        page = Template("{% load sentences %}{{ line|written }}").render(Context({"line": line}))
        assert re.sub(r"\D", "", page) == re.sub(r"\D", "", line)


@pytest.mark.parametrize(
    "text", ["900,00 EUR", "1\u202f200,50 EUR", "1.200,50 EUR", "1\xa0200 JPY"]
)
def test_what_another_language_wrote_is_no_amount_of_english(text: str) -> None:
    with translation.override("fr"):
        assert written(text) == text


@pytest.mark.parametrize(
    ("text", "russian"),
    [
        # names, in backticks, are no words: not of a color, not of a part of the body
        (
            "nobody was found on `gray` to lay points on: take it again",
            "на `gray` никого не найдено, чтобы поставить точки: переснимите",
        ),
        # codes that people have a word for are said by it, whatever else is so called
        (
            "`shoulder` lies below `waist`, which no standing person can do",
            "«плечо» ниже, чем «талия», — стоя так не бывает",
        ),
        (
            "`web_shop` is not licensed, only `instagram`, `@nord`",
            "«интернет-магазин бренда» не разрешено, только «Instagram», `@nord`",
        ),
        (
            "no channel of the license serves `paid_social`: add one, or remove it",
            (
                "ни один канал лицензии не служит для «платная реклама в социальных сетях»:"
                " добавьте канал или уберите цель"
            ),
        ),
        (
            (
                "`waist_l`: this is no place in the picture; give pixels from the left and from the"
                " top, or leave both empty"
            ),
            (
                "`waist_l`: это не точка на изображении; укажите пиксели слева и сверху или"
                " оставьте оба поля пустыми"
            ),
        ),
        ("the file is empty; name a picture file", "файл пуст; укажите файл изображения"),
        # sentences in a row are no values of a shorter one
        (
            "one hand on the hip; arms crossed; weight on one leg",
            "рука на бедре; руки скрещены; вес на одной ноге",
        ),
    ],
)
def test_names_stay_and_sentences_in_a_row_are_said_one_by_one(text: str, russian: str) -> None:
    with translation.override("ru"):
        assert said(text) == russian


@pytest.mark.parametrize("language", ["ru", "zh-hans"])
def test_what_a_capture_lacks_is_said_to_its_last_photograph(language: str) -> None:
    with translation.override(language):
        for known in wiring.protocols():
            for reason in missing(known, [], {}, in_words=True):
                words = re.sub(r"`[^`]*`", "", said(reason.text) or reason.text)
                assert not re.search("[a-z]{2}", words), words


@pytest.mark.parametrize("note", ["2026-13-40", ", EUR", "0000-00-00"])
def test_what_looks_like_a_day_or_an_amount_and_is_none_breaks_nothing(note: str) -> None:
    with translation.override("fr"):
        assert said(f"her note: {note}") == f"sa note\xa0: {note}"


@pytest.fixture(scope="module")
def pages(shown: Shown) -> dict[Role, tuple[str, ...]]:
    """The main pages of each role, each with something on it."""
    shows = Listing(found=True, photographs=("front-half",))
    known: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    granted(listing.put(shown.outside, twin="ines", listing=shows, **known))
    (picture,) = made(shown.outside, shown.license, "front-half")
    granted(answer(shown.outside, picture))
    granted(seal.seal(shown.outside, picture=picture, now=LATER))
    released_on_instagram(shown.outside, picture)
    begun = granted(asking.begin(brand="nord", twin="ines", now=LATER))
    asked = draft(shown.outside, terms(pictures=None, notice_hours=48)).pk
    take(shown.outside, asked, Step.ASKED, "nord")
    both = (
        *("/", "/account", "/licenses", f"/licenses/{shown.license}", f"/licenses/{asked}"),
        *("/pictures", f"/picture/{picture}", f"/picture/{shown.picture}"),
    )
    return {
        Role.MODEL: (
            *both,
            *("/requests", f"/approvals/{shown.picture}", "/where", "/money"),
            *("/papers", "/twins/ines", "/twins/ines/listing", "/capture"),
            *("/speak-up", "/found", "/take-back", f"/licenses/{shown.license}/revoke"),
        ),
        Role.BOOKER: (*both, "/agency", "/twins/ines"),
        Role.ACCOUNTANT: ("/", "/money", "/agency"),
        Role.PRODUCER: (
            *both,
            *("/find", "/find/ines", f"/ask/{begun.pk}", f"/licenses/{shown.license}/shoot"),
            *("/shoots", f"/shoots/{shown.shoot}", "/library", "/library/take-down"),
            "/library/places",
        ),
        Role.OPERATOR: (
            *("/admin/parties", "/admin/parties/atlas", "/admin/parties/ines", "/admin/house"),
            *("/admin/parties/ines/history", "/admin/cases", f"/admin/cases/{shown.picture}"),
        ),
    }


class _Read(HTMLParser):
    """Gathers what a page says: its texts, and what is read out of its attributes; code, what is
    signed in English and what people wrote stand beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        lang = dict(attrs).get("lang")
        own = (tag, lang) == ("div", "en") or lang == ""  # signed in English, or somebody's words
        self.open.append("signed" if own else tag)
        self.texts |= {value or "" for key, value in attrs if key in ("alt", "aria-label", "title")}

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() not in (tag, "signed"):
            pass

    def handle_data(self, data: str) -> None:
        if not {"code", "pre", "script", "style", "signed"} & set(self.open):
            self.texts.add(" ".join(data.split()))


def texts(client: Client, page: str, language: str) -> set[str]:
    """Return the texts of a page in a language, those that say a word."""
    answer = client.get(page, headers={"accept-language": language})
    assert answer.status_code == 200, page
    found = _Read()
    found.feed(answer.content.decode())
    return {each for each in found.texts if re.search(r"[^\W\d_]{2,}", each)}


GIVEN = {
    *("Ines", "Ines M.", "Nord", "Atlas", "Zoe", "Sud", "Borealis", "Capsule", "Sosie"),
    *(
        "Instagram",
        "TikTok",
        "SAG-AFTRA",
        "CSV",
        "JSON",
        "PDF",
        "UTC",
        "passkey",
        "Equity",
        "Walking",
    ),
    *(name for _code, name in settings.LANGUAGES),
}
"""Names, of whom and of what."""
SHOTS = {slot.id for known in wiring.protocols() for group in known.groups for slot in group.slots}
CODE = re.compile(
    r"(?:L|S|P|R|D)-[\w-]+|[A-Z]{2}(?:-[A-Z]{2})?|26-00042-LSFW|[0-9A-Z]{4}-[0-9A-Z-]+"
    r"|[a-z]+(?:[./_]\w+)+|a (?:model|agency|brand|operator).*"
)
"""Ids, codes, citations, files, and what accounts of these tests are called."""


def is_given(text: str) -> bool:
    """Return whether a text is made of names, codes and citations alone."""
    if re.match("New York Labor Law|AI Act", text):
        return True
    parts = re.split(r" · |, |: ", text.strip(" ·,:"))
    return all(
        each.capitalize() in GIVEN or each in GIVEN or each.lower() in SHOTS or CODE.fullmatch(each)
        for each in parts
    )


@pytest.mark.parametrize(
    "role", [Role.MODEL, Role.BOOKER, Role.ACCOUNTANT, Role.PRODUCER, Role.OPERATOR]
)
def test_pages_say_nothing_in_english_to_who_reads_russian(
    shown: Shown, pages: dict[Role, tuple[str, ...]], role: Role
) -> None:
    client = Person(role, OWN).client
    left = {}
    for page in pages[role]:
        alike = texts(client, page, "en") & texts(client, page, "ru")
        if found := {each for each in alike if not is_given(each)}:
            left[page] = found
    assert not left


ISO = re.compile(r"\b\d{4}-\d\d-\d\d\b|\d\.\d\d [A-Z]{3}\b")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "role", [Role.MODEL, Role.BOOKER, Role.ACCOUNTANT, Role.PRODUCER, Role.OPERATOR]
)
def test_days_and_amounts_stand_nowhere_as_programs_write_them(
    shown: Shown, pages: dict[Role, tuple[str, ...]], role: Role, language: str
) -> None:
    client = Person(role, OWN).client
    left = {}
    for page in pages[role]:
        if found := {text for text in texts(client, page, language) if ISO.search(text)}:
            left[page] = found
    assert not left
