"""A brand from finding a twin to the compliance pack, in a real browser: the model shows what she
chooses on her phone, the brand asks, uses its library, and hands a pack to a stranger."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import DESKTOP, PHONE, Visitor, axe_core, chromium
from tests.journeys.conftest import House, serving, sosie

NAMES = {"model": "Ines Morel", "brand producer": "Noor Haddad", "brand legal": "Claire Vidal"}


class Served(NamedTuple):
    """A demo as it is served."""

    house: House
    address: str
    links: dict[str, str]

    def joined(self, browser: Browser, role: str, party: str, *, phone: bool = False) -> Visitor:
        """Return somebody who joined in a role and whose passkey signs."""
        look: Any = (PHONE, "light") if phone else (DESKTOP, "light")
        who = Visitor(browser, self.address, *look)
        who.join(self.links[role], NAMES[role])
        who.open(f"/account/signature/{party}")
        name = f"SOSIE_PASSPHRASE_{party.upper().replace('-', '_')}"
        who.page.get_by_label("Passphrase of your key").fill(self.house.secrets[name])
        who.press("Let my passkey sign")
        return who


@pytest.fixture
def served(workspace: Path, tmp_path: Path) -> Iterator[Served]:
    log = tmp_path / "log"
    with serving(workspace, log=log) as address:
        shown = re.findall(r"^([a-z ]+), .+\n  (\S+)$", log.read_text(), re.MULTILINE)
        yield Served(House(workspace), address, dict(reversed(shown)))


def she_shows(her: Visitor) -> None:
    """Choose what brands see, and sign it."""
    her.open("/twins/ines")
    her.press("What brands see of you")
    her.reads("Nothing. A brand that knows the name of your twin")
    her.page.get_by_label("Brands find my twin").check()
    her.page.get_by_label("How you look").fill("dark brown hair, brown eyes")
    for choice in ("Front half", "Height", "What I never do", "The least that I work for"):
        her.page.get_by_label(choice).check()
    assert her.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    her.press("Go on")
    her.reads("Brands find my twin ines and see my name and: how I look, photographs")
    her.signs()
    her.reads("From now on brands see what you chose")


def it_asks(brand: Visitor) -> None:
    """Find her, write what is asked with its price beside it, lose the tab, sign, and send."""
    brand.open("/find")
    brand.page.get_by_label("Looks").fill("brown eyes")
    brand.press("Find")
    brand.page.get_by_role("link", name=re.compile("Ines M")).first.click()
    brand.reads("dark brown hair, brown eyes")
    brand.press("Ask for a license")
    page = brand.page
    page.get_by_label("What it is for, in a few words").fill("Summer knits")
    page.get_by_label("What is made: which clothes").fill("Knits on plain backdrops")
    page.get_by_label("Unpaid posts on social media").check()
    page.get_by_label("Instagram").check()
    page.get_by_label("In which countries").fill("France, Atlantis")
    brand.reads("Not a country or a group of countries: “Atlantis”")
    page.get_by_label("In which countries").fill("France, Germany")
    page.get_by_label("For each picture").fill("200")
    page.get_by_label("What you expect of her").fill("An answer in five days")
    brand.reads("€2,000.00")
    brand.reads("Nothing in law stands against it")
    brand.open("/find")  # whatever was typed is there again
    brand.press("Summer knits")
    assert page.get_by_label("For each picture").input_value() == "200"
    brand.press("Go on")
    brand.reads("I put down the terms")
    brand.signs()
    brand.reads("I ask the model for license")
    brand.signs()
    brand.reads("It is with her")


def test_found_asked_delivered_and_packed(served: Served, tmp_path: Path) -> None:
    with chromium() as browser:
        her = served.joined(browser, "model", "ines", phone=True)
        she_shows(her)
        brand = served.joined(browser, "brand producer", "maison-nord")
        it_asks(brand)
        her.open("/requests")
        her.reads("Summer knits")

        brand.open("/library")
        brand.reads("In force until")
        with brand.page.expect_download() as got:
            brand.page.get_by_role("link", name=re.compile("^Download S-0001-01")).first.click()
        assert got.value.suggested_filename.startswith("S-0001-01-")
        brand.open("/licenses/L-2026-0001")
        with brand.page.expect_download() as got:
            brand.page.get_by_role("link", name="Compliance pack (ZIP)").click()
        pack = tmp_path / "pack.zip"
        got.value.save_as(pack)

        labeled(served.house, tmp_path / "label.pdf")
        her.open("/licenses/L-2026-0001/revoke")
        her.press("Take it back, with my passkey")
        her.reads("It is taken back")
        brand.open("/library")
        brand.reads("Revoked: take down")
        brand.press("What must be taken down")
        brand.reads("still out though their licenses ended")
        brand.page.get_by_role("button", name=re.compile("^It is taken down")).first.click()
        brand.signs()
        brand.reads("Signed: it is taken down")
        assert her.faults == brand.faults == []
    a_stranger_checks(served.house, pack, tmp_path)


def labeled(house: House, label: Path) -> None:
    """Have a label made by command, while the license is in force."""
    seal = next((house.folder / "releases").glob("*/ines-*.jpg")).parent.name
    said = house.done("channel", "label", seal, "--site", "https://sosie.example", "--out", label)
    assert said["link"] == f"https://sosie.example/p/{seal}"
    assert label.read_bytes().startswith(b"%PDF-")


def a_stranger_checks(house: House, pack: Path, tmp_path: Path) -> None:
    """Check packs offline, in a folder without any workspace; feed, label and orders by command."""
    trust = tmp_path / "trust.json"
    house.done("trust", "--out", trust)
    done = sosie("pack", "verify", pack, "--trust", trust, "--json", cwd=tmp_path)
    assert (done.code, done.json["outcome"]) == (0, "holds")
    assert sosie("pack", "verify", pack, cwd=tmp_path).code == 2  # nobody chose whom to trust
    later = tmp_path / "later.zip"
    house.done("pack", "make", "L-2026-0001", "--out", later)  # passkeys signed in it
    done = sosie("pack", "verify", later, "--trust", trust, "--json", cwd=tmp_path)
    assert (done.code, done.json["standing"][:7]) == (0, "revoked")
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(later.read_bytes().replace(b"index.html", b"index.htm1"))
    assert sosie("pack", "verify", damaged, "--trust", trust, cwd=tmp_path).code == 1

    orders = house.done("channel", "take-downs", "--brand", "maison-nord")["orders"]
    assert orders
    ended = tmp_path / "ended.pdf"
    asked = ("channel", "label", orders[0]["seal"], "--site", "https://sosie.example")
    done = sosie(*asked, "--out", ended, "--workspace", house.folder, "--json")
    assert (done.code, done.json["reasons"][0]["code"]) == (1, "license.not_in_force")
    assert not ended.exists()
    products = tmp_path / "products.csv"
    with products.open("w", newline="") as file:
        csv.writer(file).writerows([("picture", "product"), ("S-0001-01", "SKU-1")])
    feed = ("channel", "feed", products, "--brand", "maison-nord", "--out", tmp_path / "feed.xml")
    images = ("--images", "https://cdn.example")
    done = sosie(*feed, *images, "--workspace", house.folder, "--json", secrets=house.secrets)
    assert (done.code, done.json["reasons"][0]["code"]) == (1, "feed.not_out")  # it was revoked
    found = house.done("twin", "find", "--brand", "maison-nord", "--looks", "brown")
    assert [row["twin"] for row in found["twins"]] == ["ines"]


def test_it_is_asked_without_javascript(served: Served) -> None:
    with chromium() as browser:
        brand = served.joined(browser, "brand producer", "maison-nord")
        plain = browser.new_context(java_script_enabled=False, viewport=None)
        plain.add_cookies(brand.page.context.cookies())  # type: ignore[arg-type]
        page = plain.new_page()
        page.goto(brand.site + "/find")
        page.get_by_label("Name of her twin").fill("ines")
        page.get_by_role("button", name="Ask for a license").click()
        page.get_by_label("For each picture").fill("200")
        page.get_by_role("button", name="Check").click()
        page.get_by_text("Still missing").wait_for()
        page.get_by_label("What it is for").fill("Summer knits")
        page.get_by_label("What is made: which").fill("Knits")
        page.get_by_label("Unpaid posts on social media").check()
        page.get_by_label("Instagram").check()
        page.get_by_label("In which countries").fill("FR")
        page.get_by_label("What you expect of her").fill("An answer")
        page.get_by_role("button", name="Check").click()
        page.get_by_text("€2,000.00").first.wait_for()
        assert page.get_by_label("What it is for").input_value() == "Summer knits"
        assert brand.faults == []


def test_axe_finds_nothing_on_the_pages_of_a_brand(served: Served) -> None:
    axe = axe_core()
    found: list[str] = []
    looked = 0
    house = served.house
    shown = house.folder.parent / "listing.yaml"
    shown.write_text("sosie: listing/1\nfound: true\nphotographs: [front-half]\n")
    house.done("twin", "listing", "ines", shown, "--as", "ines")
    with chromium() as browser:
        her = served.joined(browser, "model", "ines", phone=True)
        brand = served.joined(browser, "brand producer", "maison-nord")
        brand.open("/find/ines")
        brand.press("Ask for a license")
        pages = [
            *((brand, at) for at in ("/find", "/find?looks=blond", "/find/ines", "/ask/1")),
            *((brand, at) for at in ("/library", "/library?state=revoked", "/library/take-down")),
            (her, "/twins/ines/listing"),
        ]
        for who, at in pages:
            who.open(at)
            for wide in who.looks():
                found.extend(who.violations(axe))
                inside = who.page.evaluate("document.documentElement.scrollWidth")
                assert inside <= wide, (at, inside)
                looked += 1
        assert her.faults == brand.faults == []
    assert found == []
    assert looked == 32


def test_the_price_of_terms_is_told_line_by_line() -> None:
    capsule = Path(str(files("sosie.samples") / "licenses" / "capsule.yaml"))
    done = sosie("license", "price", capsule, "--json")
    assert (done.code, done.json["total"], done.json["hers"]) == (0, "4584.00 EUR", "3600.00 EUR")
    assert "12 x 180.00 EUR" in sosie("license", "price", capsule).out
