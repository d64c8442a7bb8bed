"""A shoot from the plan to what the brand says of its pictures, in a real browser: ordered on a
page, made by a worker, told as it happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import DESKTOP, PATIENCE, Visitor, axe_core, chromium
from tests.journeys.conftest import House, serving

PLAN = """
sosie: shoot/1
purpose: organic_social
channel: instagram
territories: [FR, DE]
pictures:
  - {plate: front-half, garment_colour: "#7a1f2b", backdrop: {scene: cyclorama, colour: "#cdb9a5"}}
  - {plate: walking, garment_colour: "#20463a", seed: 1}
"""


class Studio(NamedTuple):
    """A demo with a license that has room, as it is served, and its producer."""

    house: House
    address: str
    link: str
    license: str
    plan: Path

    def producer(self, browser: Browser) -> Visitor:
        who = Visitor(browser, self.address, DESKTOP, "light")
        who.join(self.link, "Noor Haddad")
        who.open("/account/signature/maison-nord")
        secret = self.house.secrets["SOSIE_PASSPHRASE_MAISON_NORD"]
        who.page.get_by_label("Passphrase of your key").fill(secret)
        who.press("Let my passkey sign")
        return who


def licensed(house: House, pictures: int) -> str:
    command = [sys.executable, "-m", "tests.journeys.licensed", str(house.folder), str(pictures)]
    done = subprocess.run(
        command, env={**os.environ, **house.secrets}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def studio(workspace: Path, tmp_path: Path) -> Iterator[Studio]:
    house, log, plan = House(workspace), tmp_path / "log", tmp_path / "plan.yaml"
    license = licensed(house, 8)
    plan.write_text(PLAN, encoding="utf-8")
    with serving(workspace, log=log) as address:
        (link,) = re.findall(r"^brand producer, .+\n  (\S+)$", log.read_text(), re.MULTILINE)
        yield Studio(house, address, link, license, plan)


def ordered(brand: Visitor, studio: Studio) -> str:
    """Lay the plan down, read its price, sign the order; returns the shoot."""
    brand.open("/shoots")
    brand.press("One more")
    brand.page.get_by_label("The plan").set_input_files(studio.plan)
    brand.press("Check and price it")
    brand.reads("€360.00")
    brand.reads("€288.00 is hers")
    brand.press("Order it")
    brand.reads("I order the shoot")
    brand.page.get_by_role("button", name="Sign with my passkey").click()
    brand.page.wait_for_url("**/shoots/S-*")
    return brand.page.url.rpartition("/")[2]


def test_ordered_on_a_page_made_by_a_worker_and_told_as_it_happens(studio: Studio) -> None:
    with chromium() as browser:
        brand = studio.producer(browser)
        shoot = ordered(brand, studio)
        page = brand.page
        page.evaluate("window.same = true")  # gone, if the page were loaded again
        page.locator("#head").get_by_text(f"{shoot}-0").wait_for()  # what is in work
        page.get_by_text("2 of 2 made").first.wait_for()
        for id in (f"{shoot}-01", f"{shoot}-02"):
            page.locator(f"#{id} img").wait_for()
        assert page.evaluate("window.same") is True
        assert page.locator("#told[role=status]").inner_text() == "2 of 2 made"  # to a reader

        by_keys(brand, shoot)
        page.get_by_text("3 of 3 made").first.wait_for()  # the shoot was started: it goes on
        assert brand.faults == []
    told = studio.house.done("picture", "list", "--license", studio.license)["pictures"]
    assert [row["status"] for row in told] == ["made"] * 3
    assert told[2]["change_of"] == f"{shoot}-02"
    studio.house.done("fsck")


def by_keys(brand: Visitor, shoot: str) -> None:
    """Answer with the keyboard alone: accept one, refuse the other, ask for one in its place."""
    page = brand.page
    page.locator(f"#{shoot}-01 a").first.focus()
    page.keyboard.press("a")
    brand.reads(f"We take the picture {shoot}-01")
    brand.signs()
    page.wait_for_url(f"**/shoots/{shoot}#{shoot}-01")
    brand.reads("The brand takes it")
    page.locator(f"#{shoot}-01 > a:focus").wait_for()  # one is back where one came from
    page.keyboard.press("ArrowRight")
    page.keyboard.press("r")
    page.get_by_label("Why not").fill("r is for red: too dark")
    brand.press("Refuse it")
    brand.reads("My note: “r is for red: too dark”")
    brand.signs()
    brand.reads("The brand does not take it: r is for red: too dark")
    page.locator(f"#{shoot}-02 a").first.focus()
    page.keyboard.press("c")
    page.get_by_label("What should be different").fill("lighter")
    brand.press("Go on")
    brand.signs()
    brand.reads("Ordered:")


def test_without_javascript_a_board_is_read_paused_and_looked_at_again(studio: Studio) -> None:
    with chromium() as browser:
        brand = studio.producer(browser)
        shoot = ordered(brand, studio)
        context = browser.new_context(java_script_enabled=False)
        context.add_cookies(brand.page.context.cookies())  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{brand.site}/shoots/{shoot}")
        page.get_by_role("button", name="Pause").click()
        page.get_by_text("Paused: what is left stays ordered.").wait_for()
        page.get_by_role("button", name="Go on").click()
        until = time.monotonic() + PATIENCE / 1000
        while not page.get_by_text("2 of 2 made").count():
            assert time.monotonic() < until, "nobody makes it"
            page.wait_for_timeout(500)
            with page.expect_navigation():
                page.get_by_role("link", name="Look again").click()


def test_axe_finds_nothing_on_the_pages_of_the_studio(studio: Studio) -> None:
    axe = axe_core()
    found: list[str] = []
    with chromium() as browser:
        brand = studio.producer(browser)
        brand.open(f"/licenses/{studio.license}/shoot")
        brand.page.get_by_label("The plan").set_input_files(studio.plan)
        brand.press("Check and price it")
        pages = ("/shoots", "/shoots/S-0001", "/shoots/S-0002", "/picture/S-0002-01/review")
        plan = f"/licenses/{studio.license}/shoot"
        for at in (*pages, plan, f"{plan}/sign"):
            brand.open(at)
            for wide in brand.looks():
                found.extend(brand.violations(axe))
                inside = brand.page.evaluate("document.documentElement.scrollWidth")
                assert inside <= wide, (at, inside)
        assert brand.faults == []
    assert found == []
