"""In which language pages speak: chosen, kept, asked for; and that what is signed is the same."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from html import unescape
from typing import get_args

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from sosie.core.life import Step
from sosie.core.roles import Role
from sosie.core.terms import Language
from sosie.core.values import Money
from sosie.services.signing import Asked
from sosie.web import statements, tongue
from sosie.web.said import said
from sosie.web.templatetags.sentences import sentence
from sosie.web.templatetags.spoken import money, scopes, words
from tests.services.conftest import draft, take, terms
from tests.web.conftest import OWN, Person, Shown
from tests.web.test_signing import lets_sign

CODES = [code for code, _name in settings.LANGUAGES]


@pytest.fixture(scope="module")
def ines(shown: Shown) -> Person:
    person = Person(Role.MODEL, OWN)
    lets_sign(person, "ines")
    return person


@pytest.fixture
def anyone(shown: Shown) -> Client:
    return Client(headers={"host": "localhost:8000"})


def text(client: Client, path: str, **headers: str) -> str:
    return client.get(path, headers=headers).content.decode()


def test_the_languages_are_those_of_papers() -> None:
    assert {code.partition("-")[0] for code in CODES} == set(get_args(Language))


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("ru", "ru"),
        ("zh-CN,zh;q=0.9,en;q=0.5", "zh-hans"),
        ("pt-BR", "pt"),
        ("de, fr-CH;q=0.8, en;q=0.2", "fr"),
        ("de", "en"),
        ("*", "en"),
        ("no such; thing,,", "en"),
    ],
)
def test_a_page_speaks_what_the_browser_asks_for(anyone: Client, asked: str, spoken: str) -> None:
    page = anyone.get("/verify", headers={"accept-language": asked})
    assert f'<html lang="{spoken}" dir="ltr">' in page.content.decode()
    assert page.headers["Content-Language"] == spoken
    assert "Accept-Language" in page.headers["Vary"]


def test_every_language_says_otherwise(anyone: Client) -> None:
    said = {code: text(anyone, "/verify", **{"accept-language": code}) for code in CODES}
    heads = {code: page.split("<h1>")[1].split("</h1>")[0] for code, page in said.items()}
    assert len(set(heads.values())) == len(CODES) == 8
    assert heads["ru"] == "Проверить изображение"


def test_a_language_is_chosen_in_the_footer_and_kept(anyone: Client) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost:8000"})
    form = text(strict, "/log?q=1234567").split('action="/language"')[1].split("</form>")[0]
    assert not strict.cookies  # to read takes none
    said = {"language": "sv", "next": unescape(form.split('name="next" value="')[1].split('"')[0])}
    answer = strict.post("/language", said)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/log?q=1234567")
    assert '<html lang="sv"' in text(strict, "/sign-in", **{"accept-language": "fr"})


@pytest.mark.parametrize("there", ["https://example.org/", "//example.org", "javascript:x", ""])
def test_choosing_a_language_leads_nowhere_else(anyone: Client, there: str) -> None:
    answer = anyone.post("/language", {"language": "fr", "next": there})
    assert answer.headers["Location"] == "/verify"


def test_what_is_no_language_is_not_kept(anyone: Client) -> None:
    assert not anyone.post("/language", {"language": "../etc", "next": "/log"}).cookies
    assert '<html lang="en"' in text(anyone, "/log")


def test_an_account_keeps_its_language_wherever_she_signs_in(ines: Person) -> None:
    ines.browser().post("/language", {"language": "it", "next": "/account"})
    elsewhere = ines.browser()
    elsewhere.cookies["language"] = "ru"
    page = text(elsewhere, "/account", **{"accept-language": "fr"})
    assert '<html lang="it"' in page
    assert "Codici di recupero" in page
    ines.browser().post("/language", {"language": "en", "next": "/account"})


def test_pages_that_refuse_speak_too(anyone: Client) -> None:
    page = anyone.get("/nothing", headers={"accept-language": "fr"})
    assert page.status_code == 404
    assert "Cette page n’existe pas" in page.content.decode()


@pytest.mark.parametrize("path", ["/api/v1/licenses", "/static/style.css", "/trust.json"])
def test_programs_and_files_are_answered_in_english(anyone: Client, path: str) -> None:
    one, other = (anyone.get(path, headers={"accept-language": code}) for code in ("en", "ru"))
    assert one.content == other.content
    assert "Accept-Language" not in other.headers.get("Vary", "")


def test_what_is_signed_is_the_same_in_every_language(shown: Shown, ines: Person) -> None:
    row = draft(shown.outside, terms(title="Winter", pictures=3))
    take(shown.outside, row.id, Step.ASKED, "nord")
    shown_in, signed = {}, []
    for code in ("en", "fr", "ru"):
        client = ines.browser()
        client.post("/language", {"language": code, "next": "/"})
        page = unescape(client.post(f"/licenses/{row.id}/decline").content.decode())
        shown_in[code] = page.split('class="says">')[1].split("</p>")[0]
        said = json.loads(page.split('<pre tabindex="0">')[1].split("</pre>")[0])
        signed.append({name: value for name, value in said.items() if name != "at"})
        assert f"I say no to license {row.id}." in page, "the English words stand beside the others"
    ines.browser().post("/language", {"language": "en", "next": "/"})
    assert signed[0] == signed[1] == signed[2]
    assert signed[0]["act"] == "license.declined"
    assert len(set(shown_in.values())) == 3


def test_the_english_words_of_a_statement_are_made_of_the_text_that_is_signed() -> None:
    statement = json.dumps({"act": "license.agreed", "on": "L-1", "terms": "sha256:0123456789ab"})
    asked = Asked("ines", "license.agreed", "sha256:00", "n", statement)  # type: ignore[arg-type]
    english = ["I agree to license L-1 on the terms 01234567 that lie here."]
    with translation.override("en"):
        assert statements.in_words(asked) == english
        assert statements.in_english(asked) == []
    for code in CODES[1:]:
        with translation.override(code):
            (told,) = statements.in_words(asked)
            assert told != english[0]
            assert "L-1" in told
            assert "01234567" in told
            assert statements.in_english(asked) == english


DAY = datetime(2027, 3, 1, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "day", "month", "moment"),
    [
        ("en", "1 March 2027", "March 2027", "1 March 2027, 14:05"),
        ("fr", "1er mars 2027", "mars 2027", "1er mars 2027, 14:05"),
        ("es", "1 de marzo de 2027", "marzo de 2027", "1 de marzo de 2027, 14:05"),
        ("it", "1 marzo 2027", "marzo 2027", "1 marzo 2027, 14:05"),
        ("sv", "1 mars 2027", "mars 2027", "1 mars 2027, 14:05"),
        ("pt", "1 de março de 2027", "março de 2027", "1 de março de 2027, 14:05"),
        ("ru", "1 марта 2027 года", "март 2027 года", "1 марта 2027 года, 14:05"),
        ("zh-hans", "2027年3月1日", "2027年3月", "2027年3月1日 14:05"),
    ],
)
def test_days_are_written_as_the_reader_does(code: str, day: str, month: str, moment: str) -> None:
    with translation.override(code):
        said = tongue.day(DAY), tongue.month(DAY), tongue.moment(DAY)
        assert tuple(each.replace("\u202f", " ").replace("\xa0", " ") for each in said) == (
            *(day, month, moment),
        )


def test_a_day_of_the_week_reads_as_before_in_english() -> None:
    with translation.override("en"):
        assert tongue.weekday(date(2026, 11, 28)) == "Saturday, 28 November"
        assert tongue.hour(DAY) == "1 March, 14:05"


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1, "1 изображение"),
        (2, "2 изображения"),
        (5, "5 изображений"),
        (11, "11 изображений"),
        (21, "21 изображение"),
        (22, "22 изображения"),
        (112, "112 изображений"),
    ],
)
def test_russian_counts_in_three_forms(n: int, said: str) -> None:
    with translation.override("ru"):
        one, many = "%(n)s picture", "%(n)s pictures"
        assert translation.ngettext(one, many, n) % {"n": n} == said


def test_money_and_names_of_the_code_are_said_in_the_language() -> None:
    with translation.override("zh-hans"):
        assert money(Money(144_000, "EUR")) == "€1,440.00"
        assert words("in_force") == "有效"
        assert scopes(["read", "answer"]) == "查看该方所见的内容；答复图片"
        assert said("front-half; before window in white") == "正面半身；背景：窗，白色"
    with translation.override("ru"):
        assert words("sealed") == "заверено"
        assert words("") == ""
        assert dict(tongue.places())["DE"] == "Германия"
        assert dict(tongue.places())["EU"] == "Европейский союз"


def test_what_the_core_says_in_english_is_marked_as_english() -> None:
    with translation.override("fr"):
        assert sentence("a `code`") == '<span lang="en" dir="ltr">a <code>code</code></span>'
    with translation.override("en"):
        assert sentence("a `code`") == "a <code>code</code>"


def test_lists_are_typed_with_any_comma() -> None:
    assert tongue.split("FR, 德国，EU、WORLD; ") == ["FR", "德国", "EU", "WORLD"]
