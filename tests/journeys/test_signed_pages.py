"""From the invitation to taking it back, signed in a real browser: she on her phone, the brand at a
desk; the pictures themselves are ordered and made on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import DESKTOP, PHONE, Visitor, axe_core, chromium
from tests.journeys.conftest import House, serving, sosie

PLAN = """
sosie: shoot/1
purpose: organic_social
channel: instagram
territories: [FR, DE]
pictures:
  - {plate: front-half, garment_colour: "#7a1f2b", backdrop: {scene: cyclorama, colour: "#cdb9a5"}}
  - {plate: walking, garment_colour: "#20463a", backdrop: {scene: window}, seed: 1}
"""
NAMES = {"model": "Ines Morel", "brand legal": "Claire Vidal", "brand producer": "Noor Haddad"}
PARTIES = {"model": "ines", "brand legal": "maison-nord", "brand producer": "maison-nord"}


class Served(NamedTuple):
    """A workspace as it is served, with a license that was asked for."""

    house: House
    address: str
    links: dict[str, str]
    license: str

    def joined(self, browser: Browser, role: str, *, phone: bool = False) -> Visitor:
        """Return somebody who joined in a role, and whose passkey does not sign yet."""
        look: Any = (PHONE, "light") if phone else (DESKTOP, "light")
        who = Visitor(browser, self.address, *look)
        who.join(self.links[role], NAMES[role])
        return who

    def passphrase(self, role: str) -> str:
        name = PARTIES[role].upper().replace("-", "_")
        return self.house.secrets[f"SOSIE_PASSPHRASE_{name}"]

    def make(self) -> str:
        """Order and make the pictures, as the brand on the command line; returns the shoot."""
        plan = self.house.folder.parent / "plan.yaml"
        plan.write_text(PLAN, encoding="utf-8")
        run = ("shoot", "run", plan, "--license", self.license, "--as", "maison-nord")
        return str(self.house.done(*run)["shoot"])


@pytest.fixture
def served(workspace: Path, tmp_path: Path) -> Iterator[Served]:
    house = House(workspace)
    license, log = house.asks(), tmp_path / "log"
    with serving(workspace, log=log) as address:
        shown = re.findall(r"^([a-z ]+), .+\n  (\S+)$", log.read_text(), re.MULTILINE)
        yield Served(house, address, dict(reversed(shown)), license)


def test_asked_signed_approved_and_taken_back(served: Served) -> None:
    here = f"/licenses/{served.license}"
    with chromium() as browser:
        her = served.joined(browser, "model", phone=True)
        she_signs(her, served)
        legal = served.joined(browser, "brand legal")
        legal.open("/")
        legal.press("1 contract to sign Winter windows · Ines Morel")
        legal.press("Sign the contract")
        legal.lets_sign(served.passphrase("brand legal"))
        legal.press("Sign the contract")
        legal.signs()
        legal.reads("In force until")

        shoot = served.make()
        she_answers(her, shoot)

        her.open(here)
        her.press("Take it back")
        her.reads("You need no reason")
        her.reads("1 approved, 1 refused")
        her.reads("nothing more is made, sealed or released")
        her.press("Take it back, with my passkey")
        her.reads("It is taken back")
        her.reads("Revoked on")
        legal.open(here)
        legal.reads("Revoked on")
        assert her.faults == legal.faults == []

    told = served.house.done("license", "history", served.license)
    steps = [(step["step"], step["by"]) for step in told["steps"]]
    assert [step for step in steps if step[1] == "ines" and step[0] != "revoked"] == [
        ("agreed", "ines"),
        ("memo_accepted", "ines"),
        ("signed", "ines"),
    ]
    assert steps[-1] == ("revoked", "ines")
    assert served.house.done("party", "passkeys", "ines")["passkeys"][0]["signed"] == 6
    served.house.done("fsck")


def she_signs(her: Visitor, served: Served) -> None:
    """Read a request, agree, accept the deal memo, sign the contract: on the phone."""
    her.open("/")
    her.press("1 request to read Winter windows · Maison Nord")
    her.reads("What the model allows")
    her.reads("Since your last deal")
    assert her.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    her.press("Yes to these terms")
    her.reads("does not sign for you yet")
    her.lets_sign(served.passphrase("model"))
    her.press("Yes to these terms")
    her.reads(f"I agree to license {served.license}")
    her.signs()
    her.reads("You agreed.")
    her.press("Accept the deal memo")
    her.signs()
    her.reads("You accepted the deal memo")
    her.press("Sign the contract")
    her.reads("I sign the contract as the model")
    her.signs()
    her.reads("You signed.")


def she_answers(her: Visitor, shoot: str) -> None:
    """Say no to one picture by a swipe, yes to the other by an arrow key."""
    her.open("/approvals")
    her.reads("1 of 2 that wait")
    her.page.get_by_label("A note, if you like").fill("too dark")
    her.swipe(-200)
    her.reads(f"No: the picture {shoot}-01")
    her.reads("My note: “too dark”")
    her.signs()
    her.reads("1 of 1 that wait")
    her.swipe(-40)  # too short to mean anything
    her.page.keyboard.press("ArrowRight")
    her.reads(f"Yes: the picture {shoot}-02")
    her.signs()
    her.reads("Nothing waits")


def test_a_change_is_asked_for_and_reads_fully_without_javascript(served: Served) -> None:
    here = f"/licenses/{served.license}"
    with chromium() as browser:
        her = served.joined(browser, "model", phone=True)
        her.open(here)
        her.press("Ask for a change")
        her.page.get_by_label("For each picture").fill("250")
        her.page.get_by_label("Out of home").uncheck()
        her.press("Go on")
        her.reads("€250.00 instead of €180.00")
        her.reads("no more: out of home")
        her.reads("does not sign for you yet")
        plain = browser.new_context(java_script_enabled=False, viewport=None)
        plain.add_cookies(her.page.context.cookies())  # type: ignore[arg-type]
        page = plain.new_page()
        page.goto(her.site + f"{here}")
        page.get_by_role("button", name="Yes to these terms").click()
        page.get_by_text("I agree to license").wait_for()
        her.lets_sign(served.passphrase("model"))
        page.goto(her.site + f"{here}")
        page.get_by_role("button", name="Yes to these terms").click()
        page.get_by_text("What you sign").wait_for()
        assert "This one step needs JavaScript" in page.locator("noscript").inner_text()
        assert her.faults == []


def test_axe_finds_nothing_where_people_sign(served: Served) -> None:
    """Every page on the way to a signature, light and dark, at both widths."""
    axe, here = axe_core(), f"/licenses/{served.license}"
    shoot_of_the_demo = "/picture/S-0001-01"
    found: list[str] = []
    looked = 0

    def look(who: Visitor) -> None:
        nonlocal looked
        for _ in who.looks():
            found.extend(who.violations(axe))
            looked += 1

    with chromium() as browser:
        her = served.joined(browser, "model")
        her.open(here)
        look(her)
        her.press("Yes to these terms")
        look(her)
        her.lets_sign(served.passphrase("model"))
        for press in ("Yes to these terms", "Ask for a change", "No"):
            her.open(here)
            her.press(press)
            look(her)
        her.open("/licenses/L-2026-0001/revoke")
        look(her)
        her.open(here)
        her.press("Ask for a change")
        her.page.get_by_label("For each picture").fill("250")
        her.press("Go on")
        look(her)
        producer = served.joined(browser, "brand producer")
        producer.open(f"{shoot_of_the_demo}/change")
        producer.page.get_by_label("What should be different").fill("warmer")
        producer.press("Go on")
        look(producer)
        assert her.faults == producer.faults == []
    assert found == []
    assert looked == 32


def test_a_server_without_the_passphrase_of_the_house_is_to_be_read(
    workspace: Path, tmp_path: Path
) -> None:
    (workspace / "passphrases.env").rename(tmp_path / "passphrases.env")
    log = tmp_path / "log"
    with serving(workspace, log=log):
        assert "nothing is signed: SOSIE_PASSPHRASE_HOUSE is not set" in log.read_text()
    wrong = {"SOSIE_PASSPHRASE_HOUSE": "not that of this house"}
    done = sosie("serve", "--workspace", workspace, "--port", "0", secrets=wrong)
    assert done.code == 65
    assert "passphrase" in done.err
