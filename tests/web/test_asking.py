"""Finding a twin and asking for a license: what is shown, what is kept, what it costs."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sosie.core.listing import Listing
from sosie.core.preferences import Preferences
from sosie.core.roles import Role
from sosie.core.values import BadInput, Refusal
from sosie.services import listing, preferences
from sosie.store.asking import LicenseDraft
from sosie.store.models import License, Plate, Twin
from tests.services.conftest import LATER, SECRETS, granted, refused, terms
from tests.web.conftest import OTHER, OWN, Person, Shown
from tests.web.programs import program

SHOWN = {
    "found": True,
    "words": "I dance.",
    "looks": ["dark brown hair", "freckles"],
    "photographs": ["front-half"],
    "measurements": ["height_cm"],
    "exclusions": True,
    "rate": True,
    "engagements": True,
}
SAID = {
    "title": "Summer knits",
    "scope": "The knits of the summer, on plain backdrops",
    "pictures": "10",
    "purposes": ["organic_social"],
    "channels": ["instagram"],
    "territories": "France, eu",
    "alterations": ["garment_colour", "crop"],
    "category": "knitwear",
    "exclusivity": "",
    "currency": "EUR",
    "creation_fee": "500",
    "per_picture": "180",
    "per_release": "60",
    "payment_term_days": "30",
    "agency": "",
    "commission": "0",
    "answer_days": "5",
    "expectations": "An answer to each picture in five days.",
    "credit": "Digital twin of Ines M.",
    "governing_law": "Law of the State of New York",
    "from": "2027-01-10",
    "until": "2027-06-30",
}


@pytest.fixture(scope="module")
def brand(shown: Shown) -> Person:
    return Person(Role.PRODUCER, OWN)


def put(shown: Shown, **changes: Any) -> object:
    body = Listing.model_validate({**SHOWN, **changes})
    known: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    return listing.put(shown.outside, twin="ines", listing=body, **known)


def words(person: Person, page: str, status: int = 200) -> str:
    answer = person.client.get(page)
    assert answer.status_code == status, page
    return plain(answer.content.decode())


def plain(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_nothing_is_found_before_she_says_so(shown: Shown, brand: Person) -> None:
    assert "No model shows her twin to brands here yet" in words(brand, "/find")
    assert brand.client.get("/find/ines").status_code == 404
    assert brand.client.get("/find/ines/front-half").status_code == 404
    assert refused(put(shown, photographs=["nowhere"])) == {"listing.photograph"}
    assert refused(
        listing.put(
            shown.outside, twin="ines", by="zoe", listing=Listing(), passphrase="", now=LATER
        )
    ) == {"twin.not_hers"}


def test_what_she_shows_is_found_and_nothing_else(shown: Shown, brand: Person) -> None:
    wanted = {
        "sosie": "preferences/1",
        "channels_never": ["tiktok"],
        "brands_never": ["sud"],
        "least_pay": {"currency": "EUR", "per_picture": "180.00"},
    }
    known: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    granted(preferences.put(shown.outside, preferences=Preferences.model_validate(wanted), **known))
    granted(put(shown))
    assert "Ines M." in words(brand, "/find?looks=freckles&height_from=170")
    assert "Nobody who shows it is all of this" in words(brand, "/find?looks=blond")
    assert "They do not say" in words(brand, "/find?waist_from=50")
    assert "Nobody who shows it" in words(brand, "/find?channel=tiktok")
    page = words(brand, "/find/ines")
    assert "Height 178 cm" in page
    assert "Waist" not in page
    assert "Channels never TikTok" in page
    assert "180.00 EUR a picture at least" in page
    assert "free in every category" in page
    picture = brand.client.get("/find/ines/front-half")
    assert picture["Content-Type"] == "image/webp"  # small, whatever is asked
    assert Plate.objects.filter(twin="ines", name="walking").exists()  # the control
    assert brand.client.get("/find/ines/walking").status_code == 404
    never = Person(Role.PRODUCER, OTHER)  # of a brand that she never works for
    assert "No model shows" in words(never, "/find")
    assert never.client.get("/find/ines").status_code == 404


def test_what_is_found_is_exported(shown: Shown, brand: Person) -> None:
    (row,) = json.loads(brand.client.get("/find/twins.json?looks=brown").getvalue())["twins"]
    assert (row["twin"], row["height_cm"], row["waist_cm"]) == ("ines", 178.0, None)
    lines = brand.client.get("/find/twins.csv").getvalue().decode().splitlines()
    assert lines[1].startswith("ines,Ines M.,I dance.,dark brown hair freckles,178.0,,")


def test_finding_asks_no_more_where_there_are_more(shown: Shown, brand: Person) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            words(brand, "/find?category=knitwear")
        return len(queries)

    before = asked()
    first = Twin.objects.get(pk="ines")
    act = first.consent
    for number in range(12):
        made = {"party": act.party, "act": "consent.create", "subject": f"t{number}"}
        kept = {"body": b"{}", "signature": b"", "certificate": "x", "at": LATER}
        consent = type(act).objects.create(**made, **kept)
        row = Twin.objects.create(
            id=f"t{number}", owner=first.owner, shown_as="T.", consent=consent, made_at=LATER
        )
        said = type(act).objects.create(**{**made, "act": "twin.list"}, **kept)
        row.listings.create(body={**SHOWN, "photographs": []}, statement=said)
    assert asked() == before
    assert "13 twins" in words(brand, "/find?category=knitwear")  # the control


def drafted(brand: Person) -> str:
    answer = brand.client.post("/ask", {"twin": "ines"})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_what_is_typed_is_kept_whatever_is_wrong(shown: Shown, brand: Person) -> None:
    here = drafted(brand)
    assert drafted(brand) == here  # gone on with, not begun twice
    broken = {**SAID, "territories": "Atlantis", "until": "not a day"}
    told = plain(brand.client.post(f"{here}/look", broken).content.decode())
    assert "Not a country or a group of countries: “Atlantis”" in told
    assert "Last day: Enter a valid date" in told
    page = brand.client.get(here).content.decode()
    assert 'value="Atlantis"' in page
    assert "Summer knits" in words(brand, "/find")
    assert LicenseDraft.objects.count() == 1
    for person in (Person(Role.PRODUCER, OTHER), Person(Role.MODEL, OWN)):
        assert person.client.get(here).status_code in (403, 404)


def test_price_and_findings_come_while_one_types(shown: Shown, brand: Person) -> None:
    here = drafted(brand)
    told = plain(brand.client.post(f"{here}/look", SAID).content.decode())
    assert "€2,900.00" in told  # 500 + 10 × 180 + 10 × 60
    assert "all of it hers" in told
    assert "Nothing in law stands against it" in told
    assert "She does not do this" not in told
    cheap = {**SAID, "per_picture": "90", "channels": ["instagram", "tiktok"], "pictures": "5"}
    told = plain(brand.client.post(f"{here}/look", cheap).content.decode())
    assert "€1,550.00" in told  # 500 + 5 × 90 + 10 × 60
    assert "The fee for each picture is €90.00, and she works for €180.00 at least" in told
    assert "tiktok is asked for, and she never does it" in told
    none = {
        **SAID,
        "scope": "Everything",
        "per_picture": "0",
        "creation_fee": "",
        "per_release": "",
    }
    told = plain(brand.client.post(f"{here}/look", none).content.decode())
    assert "Every rate of pay is zero" in told
    backwards = {**SAID, "until": "2026-12-31"}
    told = plain(brand.client.post(f"{here}/look", backwards).content.decode())
    assert "ends (2026-12-31) before it starts" in told


def test_a_channel_without_a_purpose_is_said_beside_it_and_in_the_api(
    shown: Shown, brand: Person
) -> None:
    here = drafted(brand)
    said = {**SAID, "channels": ["instagram", "print", "out_of_home"]}
    slip = "No purpose of the license is for print , out_of_home : add one, or remove it"
    beside = brand.client.post(f"{here}/look", said).content.decode()
    beside = beside.split('<div id="told-channels" aria-live="polite" hx-swap-oob="true">')[1]
    assert slip in plain(beside)
    page = brand.client.get(here).content.decode().split('id="told-channels"')[1]
    assert "No purpose of the license is for" in plain(page.split("</div>")[0])
    mended = brand.client.post(f"{here}/look", {**said, "purposes": ["organic_social", "campaign"]})
    assert "No purpose" not in mended.content.decode()
    body = {"terms": terms(purposes=["organic_social"], channels=["instagram", "print"]).as_json()}
    quoted = program(shown.outside, "nord").ask("POST", "/licenses/quote", body).json()
    (found,) = (each for each in quoted["findings"] if each["rule"] == "H10")
    assert (found["effect"], found["clause"]) == ("warn", "channels")
    assert "`print`" in found["text"]


def test_what_turns_the_words_is_said_at_its_field(shown: Shown, brand: Person) -> None:
    said = {**SAID, "scope": "Knits \u202e emit yb detimil ton \u202c end"}
    page = brand.client.post(f"{drafted(brand)}/look", said).content.decode()
    assert "which kind of picture: This holds a character that nobody sees (U+202E)" in plain(page)
    page = brand.client.post(drafted(brand), said).content.decode()
    assert "U+202E" in page
    assert "Nothing in law stands against it" not in page
    with pytest.raises(BadInput, match=r"listing\.looks\.0.*U\+202D"):
        put(shown, looks=["blue\u202d eyes"])


def test_what_she_does_not_show_is_not_told(shown: Shown, brand: Person) -> None:
    here = drafted(brand)
    granted(put(shown, rate=False, exclusions=False))
    cheap = {**SAID, "per_picture": "90", "channels": ["tiktok"]}
    told = plain(brand.client.post(f"{here}/look", cheap).content.decode())
    assert "€" in told
    assert "She does not do this" not in told
    granted(put(shown))


def test_without_javascript_it_is_checked_and_gone_on_with(shown: Shown, brand: Person) -> None:
    here = drafted(brand)
    checked = brand.client.post(here, {**SAID, "check": "1"})
    assert "€2,900.00" in plain(checked.content.decode())
    wrong = brand.client.post(here, {**SAID, "title": ""})
    assert "This field is required" in plain(wrong.content.decode())
    on = brand.client.post(here, SAID)
    assert (on.status_code, on["Location"]) == (302, f"{here}/sign")
    page = words(brand, f"{here}/sign")
    assert "Step 1 of 2" in page
    assert "€2,900.00 at most" in page
    assert "I put down the terms" in page
    assert License.objects.count() == 1  # nothing is drafted by reading
    assert brand.client.post(f"{here}/discard").status_code == 302
    assert brand.client.get(here).status_code == 404
    unknown = brand.client.post("/ask", {"twin": "nobody"})
    assert unknown.status_code == 409
    assert isinstance(listing.of("ines"), Listing)
    assert not isinstance(put(shown, found=False), Refusal)
    assert "No model shows" in words(brand, "/find") or "12 twins" in words(brand, "/find")
