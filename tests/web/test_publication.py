"""The public page of a picture: what anyone may read by its number, and nothing of what is not."""

from __future__ import annotations

import re
from datetime import timedelta
from html import escape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sosie.services import license
from sosie.store.models import Opening, Party, Seal
from tests.services.conftest import LATER, SECRETS, granted
from tests.web.conftest import Out
from tests.web.test_verify import words

TODAY = LATER + timedelta(days=2)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: TODAY)


@pytest.fixture
def anyone() -> Client:
    return Client(headers={"host": "localhost:8000"})


def test_it_says_what_it_is_how_it_was_made_and_under_what(out: Out, anyone: Client) -> None:
    page = anyone.get(f"/p/{out.number}")
    said = words(page)
    for told in (
        "The digital twin of Ines M.",
        "with the model's consent",
        "In force until 30 April 2027",
        "no trained model was at work",
        "Instagram",
        f"made of seal {out.master}",
        "the European Union",
        "Training of AI on it forbidden",
        "sosie verify picture.jpg --trust trust.json",
    ):
        assert told in said, told
    assert "Nord" not in said  # it chose no name for its pictures
    for private in ("180.00", "commission", "Ines Ines", "Atlas"):
        assert private not in said, private
    assert "<img" not in page.content.decode()
    assert "The picture itself is not shown on this page" in said
    entry = Seal.objects.get(pk=out.number).entry_id
    assert f'href="/log/{entry}"' in page.content.decode()
    assert anyone.get(f"/p/{out.master}").status_code == 200


def test_it_says_so_in_the_language_of_the_reader(out: Out, anyone: Client) -> None:
    page = anyone.get(f"/p/{out.number}", headers={"accept-language": "fr"})
    said = words(page)
    assert "avec le consentement du mannequin" in said
    assert re.search(r"Jumeau numérique de Ines M\., vue : de trois quarts, le haut, couleur", said)
    shows = page.content.decode().partition("Ce qu")[2]
    assert 'lang="en"' not in shows.partition("</dl>")[0]


def test_every_link_of_the_page_leads_somewhere(out: Out, anyone: Client) -> None:

    links = set(re.findall(r'href="(/[^"#]*)"', anyone.get(f"/p/{out.number}").content.decode()))
    assert {"/verify", "/log", "/trust.json"} <= links
    for link in links:
        assert anyone.get(link).status_code == 200, link


def test_a_number_is_read_as_people_type_it(out: Out, anyone: Client) -> None:
    for typed in (out.number.lower(), out.number.replace("-", ""), out.number.replace("-", " ")):
        answer = anyone.get(f"/p/{typed}")
        assert (answer.status_code, answer["Location"]) == (302, f"/p/{out.number}")
    dashed = out.kept.replace("-", "")
    assert anyone.get(f"/p/{dashed}").status_code == 404


def told(answer: Any) -> str:
    """Return a page without what differs for whoever asks twice: the token of its form, and the
    address that was asked."""
    text = answer.content.decode()
    path = escape(answer.wsgi_request.get_full_path())
    return re.sub('(?<=name="csrfmiddlewaretoken" value=")[^"]*', "", text).replace(path, "")


def test_what_was_not_released_is_as_unknown_as_what_is_not(out: Out, anyone: Client) -> None:
    absent = anyone.get("/p/0000-0000-00000")
    assert absent.status_code == 404
    for number in (out.kept, "7H2K-9QX4-M3TZB", "nothing", "Z" * 13, "1" * 500):
        answer = anyone.get(f"/p/{number}")
        assert (answer.status_code, told(answer)) == (404, told(absent)), number


def test_a_brand_is_named_as_it_chose_to_be(out: Out, anyone: Client) -> None:
    Party.objects.filter(pk="nord").update(shown_as="Maison N.")
    try:
        assert "Maison N." in words(anyone.get(f"/p/{out.number}"))
    finally:
        Party.objects.filter(pk="nord").update(shown_as=None)


def test_a_revoked_license_is_said_to_be(out: Out, anyone: Client) -> None:
    when = TODAY - timedelta(hours=1)
    how = {"license": "L-2026-0001", "by": "ines", "passphrase": SECRETS["ines"]}
    granted(license.revoke(out.outside, now=when, **how))
    said = words(anyone.get(f"/p/{out.number}"))
    assert "Revoked on 26 November 2026" in said
    assert "no longer in force" in said
    assert "In force" not in said


def test_what_was_erased_is_told_no_more(out: Out, anyone: Client) -> None:
    """The last test of this file: what is erased stays so."""
    Opening.objects.filter(entry=Seal.objects.get(pk=out.number).entry).delete()
    assert anyone.get(f"/p/{out.number}").status_code == 404
