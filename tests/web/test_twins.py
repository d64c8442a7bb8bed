"""My twin: what is shown of a twin, and to whom."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from sosie.core.listing import Listing
from sosie.core.preferences import Preferences
from sosie.core.roles import Role
from sosie.core.values import Digest
from sosie.services import erasure, listing, preferences, twin
from sosie.store.models import Plate
from tests.services.conftest import LATER, SECRETS, granted, refused
from tests.web.conftest import OTHER, OWN, Person, Shown


@pytest.fixture(scope="module")
def her(shown: Shown) -> Person:
    return Person(Role.MODEL, OWN)


def words(person: Person, page: str) -> str:
    """Return the words of a page, without its marks."""
    answer = person.client.get(page, follow=True)
    assert answer.status_code == 200, page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_she_reads_what_her_twin_is_made_of_and_how_it_ends(shown: Shown, her: Person) -> None:
    before = words(her, "/twins/ines")
    assert "Nothing is excluded everywhere" in before
    assert "None named" in before
    known: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    known["outside"] = shown.outside
    granted(twin.mark(twin="ines", place="left cheek", words="a mole", **known))
    wanted = {"sosie": "preferences/1", "channels_never": ["tiktok"], "territories_never": ["RU"]}
    granted(preferences.put(preferences=Preferences.model_validate(wanted), **known))

    page = words(her, "/twins")  # she has one: she is led to it
    assert "Version 1, of 24 November 2026 4 photographs" in page
    assert "Left cheek a mole" in page
    assert "Channels never TikTok" in page
    assert "Territories never Russia" in page
    assert "no model was trained" in page
    assert "Erased 4 photographs; the points of the cards" in page
    assert "1 contract, in which marks" in page
    assert "2 statements that you signed" in page  # consent and mark; preferences are no part of it
    assert "Delete the twin" in page


def test_only_she_sees_the_photographs(shown: Shown, her: Person) -> None:
    booker, stranger = Person(Role.BOOKER, OWN), Person(Role.BOOKER, OTHER)
    plate = Plate.objects.filter(twin="ines").earliest("pk")
    address = f"/photographs/{plate.pk}"
    assert f'src="{address}?small"' in her.client.get("/twins/ines").content.decode()
    picture = her.client.get(f"{address}?file")
    assert picture.content == shown.outside.blobs.get(Digest(plate.digest))
    read = booker.client.get("/twins/ines").content.decode()
    assert "front half" in read
    french = booker.client.get("/twins/ines", headers={"accept-language": "fr"})
    assert "de face, à mi-corps" in french.content.decode()
    assert "front-half" not in french.content.decode()
    assert "/photographs/" not in read
    assert "/twins/ines/delete" not in read
    assert "/twins/ines/never" not in read
    assert booker.client.get(address).status_code == 403
    assert stranger.client.get("/twins/ines").status_code == 404
    assert "None yet" in words(stranger, "/twins")
    assert "None yet" in words(Person(Role.MODEL, OTHER), "/twins")


def test_what_is_erased_is_said_to_be(shown: Shown, her: Person) -> None:
    assert "This twin belongs to Ines" in words(her, "/twins/ines")
    plate = Plate.objects.filter(twin="ines").earliest("pk")
    known: dict[str, Any] = {"twin": "ines", "by": "ines", "passphrase": SECRETS["ines"]}
    granted(erasure.delete(shown.outside, **known, now=LATER))
    page = words(her, "/twins/ines")
    assert "Erased: nothing is left of it but evidence" in page
    assert "no file is left" in page
    assert her.client.get(f"/photographs/{plate.pk}").status_code == 404
    assert her.client.get("/twins/ines/listing").headers["location"] == "/twins/ines"
    said = listing.put(shown.outside, **known, listing=Listing(), now=LATER)
    assert refused(said) == {"listing.erased"}
    assert "her consent to the twin was withdrawn on" in words(her, f"/licenses/{shown.license}")
