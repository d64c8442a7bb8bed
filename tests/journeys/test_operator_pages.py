"""An operator from her invitation to a revoked session, in a real browser; and the case officer."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.browser import DESKTOP, PHONE, Visitor, axe_core, chromium
from tests.journeys.conftest import serving

PAGES = (
    *("/admin/parties", "/admin/parties/maison-nord", "/admin/parties/atlas-models"),
    *("/admin/parties/ines/history", "/admin/house", "/admin/cases", "/admin/cases/L-2026-0002"),
)


@pytest.fixture
def site(workspace: Path, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A demo as it is served: its address, and a link for each role."""
    log = tmp_path / "log"
    with serving(workspace, log=log) as address:
        shown = re.findall(r"^([a-z ]+), .+\n  (\S+)$", log.read_text(), re.MULTILINE)
        yield address, dict(reversed(shown))


def test_an_operator_lets_in_looks_up_and_puts_out(
    site: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    address, links = site
    with chromium() as browser:
        sam = Visitor(browser, address, DESKTOP, "light")
        sam.join(links["operator"], "Sam Lind")
        sam.open("/admin/parties")
        sam.page.get_by_label("Id, name, place").fill("nord")
        sam.press("Find")
        sam.press("Maison Nord")
        sam.page.get_by_label("Invite somebody as").select_option("brand_legal")
        sam.press("Make a link")
        sam.reads("Hand this link over")
        link = sam.page.get_by_label("The link").input_value()
        sam.press("Go back")
        sam.reads("Brand legal")

        claire = Visitor(browser, address, PHONE, "light")
        claire.join(link, "Claire Vidal")
        claire.open("/library")
        claire.reads("In force until")
        sam.open("/admin/parties/maison-nord")
        sam.page.get_by_role("button", name="End Claire Vidal").click()
        sam.reads("The session has ended.")
        sam.reads("Session ended")
        claire.open("/library")
        claire.reads("Sign in")  # she is out, at once
        assert "/sign-in" in claire.page.url

        sam.press("History")
        sam.reads("picture.released")
        with sam.page.expect_download() as got:
            sam.page.get_by_role("link", name="CSV").click()
        got.value.save_as(tmp_path / "history.csv")
        rows = list(csv.DictReader((tmp_path / "history.csv").open(encoding="utf-8")))
        indexes = [int(row["index"]) for row in rows]
        assert indexes == sorted(indexes)
        assert {"license.asked", "shoot.ordered", "picture.released"} <= {
            row["act"] for row in rows if row["by"] == "maison-nord"
        }

        officer = Visitor(browser, address, DESKTOP, "light")
        officer.join(links["case officer"], "Ada Roy")
        officer.open("/admin/cases")
        officer.reads("What is open")
        officer.open("/admin/cases/L-2026-0001")
        officer.reads("license.agreed")
        officer.open("/admin/parties")
        officer.reads("not for your role")
        assert sam.faults == claire.faults == officer.faults == []


def test_axe_finds_nothing_on_the_pages_of_an_operator(
    site: tuple[str, dict[str, str]],
) -> None:
    axe, found, looked = axe_core(), [], 0
    address, links = site
    with chromium() as browser:
        sam = Visitor(browser, address, DESKTOP, "light")
        sam.join(links["operator"], "Sam Lind")
        for at in PAGES:
            sam.open(at)
            for wide in sam.looks():
                found.extend(sam.violations(axe))
                inside = sam.page.evaluate("document.documentElement.scrollWidth")
                assert inside <= wide, (at, inside)
                looked += 1
        assert sam.faults == []
    assert found == []
    assert looked == 4 * len(PAGES)
