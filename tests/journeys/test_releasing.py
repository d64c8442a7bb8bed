"""From an approved picture to its channel package, in a real browser: the brand asks on its board,
sees what it costs and signs; the worker beside the server does it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from tests.journeys.browser import DESKTOP, Visitor, axe_core, chromium
from tests.journeys.test_board import Studio, ordered, studio

__all__ = ["studio"]


def approved(studio: Studio, brand: Visitor) -> str:
    """Have a shoot made, and its model say yes to all of it; returns the shoot."""
    shoot = ordered(brand, studio)
    brand.page.get_by_text("2 of 2 made").first.wait_for()
    for id in (f"{shoot}-01", f"{shoot}-02"):
        studio.house.done("picture", "approve", id, "--as", "ines")
    return shoot


def test_asked_on_the_board_sealed_released_and_downloaded(studio: Studio, tmp_path: Path) -> None:
    with chromium() as browser:
        brand = studio.producer(browser)
        shoot, page = approved(studio, brand), brand.page
        brand.open(f"/shoots/{shoot}")
        page.locator("#head").get_by_role("link", name="Seal and release").click()
        brand.reads("You see what it costs before you sign")
        page.get_by_label("Instagram").check()
        brand.press("See what it costs")
        brand.reads("I ask that these pictures are sealed and go out")
        brand.reads("€480.00")  # two pictures at 180, two files at 60
        brand.press("Sign with my passkey")
        page.wait_for_url(f"**/shoots/{shoot}")
        page.evaluate("window.same = true")  # gone, if the page were loaded again
        for id in (f"{shoot}-01", f"{shoot}-02"):
            page.locator(f"#{id}").get_by_role("link", name=f"Download {id}").wait_for()
        assert page.evaluate("window.same") is True

        brand.open(f"/picture/{shoot}-01")
        brand.reads("Asked to go out")
        brand.open("/library")
        with page.expect_download() as got:
            page.get_by_role("link", name=re.compile(f"^Download {shoot}-01")).first.click()
        package = tmp_path / "package.zip"
        got.value.save_as(package)
        assert {"delivery.json", "trust.json"} <= set(zipfile.ZipFile(package).namelist())

        page.get_by_role("link", name=f"Release it elsewhere, too {shoot}-01").click()
        brand.press("See what it costs")
        brand.reads("€60.00")  # it is sealed already
        assert brand.faults == []
    studio.house.done("fsck")


def test_what_is_taken_back_in_between_is_not_released(studio: Studio) -> None:
    axe, found = axe_core(), list[str]()
    with chromium() as browser:
        brand = studio.producer(browser)
        shoot = approved(studio, brand)
        brand.open(f"/picture/{shoot}-01")
        brand.press("Seal and release")
        for wide in brand.looks():
            found.extend(brand.violations(axe))
            assert brand.page.evaluate("document.documentElement.scrollWidth") <= wide
        brand.press("See what it costs")
        for wide in brand.looks():
            found.extend(brand.violations(axe))
            assert brand.page.evaluate("document.documentElement.scrollWidth") <= wide
        studio.house.done("license", "revoke", studio.license, "--as", "ines")
        brand.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        brand.press("Sign with my passkey")
        brand.reads("the model revoked the license on")
    assert found == []
