"""Her own pages on her phone: where she is, her money, her papers, what she never does; a license
taken back from where she looks for it, and the end of a twin."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import PHONE, Visitor, axe_core, chromium
from tests.journeys.conftest import House, serving, sosie

Served = tuple[House, str, dict[str, str]]


@pytest.fixture
def served(workspace: Path, tmp_path: Path) -> Iterator[Served]:
    log = tmp_path / "log"
    with serving(workspace, log=log) as address:
        links = re.findall(r"^([a-z ]+), (.+)\n  (\S+)$", log.read_text(), re.MULTILINE)
        yield House(workspace), address, {f"{role}, {of}": link for role, of, link in links}


def on_her_phone(browser: Browser, served: Served) -> Visitor:
    her = Visitor(browser, served[1], PHONE, "light")
    her.join(served[2]["model, ines"], "Ines Morel")
    return her


def fits(her: Visitor) -> bool:
    """Return whether a page needs no scrolling sideways."""
    return bool(her.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0])


def test_she_reads_where_she_is_and_what_it_paid_and_takes_her_papers(
    served: Served, tmp_path: Path
) -> None:
    house = served[0]
    with chromium() as browser:
        her = on_her_phone(browser, served)
        her.press("Where I am")
        her.reads("6 pictures of you went out, to 2 countries")
        her.reads("Being shown paid you €288.00")
        assert fits(her)
        her.press("Germany")
        assert her.page.locator("ol.line > li:not(.when)").count() == 6
        her.page.get_by_label("Channel").select_option("instagram")
        her.press("Find")
        her.reads("3 pictures of you went out")
        with her.page.expect_download() as export:
            her.page.get_by_role("link", name="CSV").click()
        assert len(export.value.path().read_text("utf-8").splitlines()) == 4

        her.press("Money")  # under More
        her.reads("Still to be paid")
        her.page.locator("summary", has_text="Commission of the agency").first.click()
        her.reads("of €60.00")
        her.reads("New York Labor Law § 1035(7)")
        assert fits(her)

        her.press("Papers")
        her.reads("What you signed")
        with her.page.expect_download() as taken:
            her.page.get_by_role("link", name="Take all of it with you").click()
        assert fits(her)
        file = tmp_path / "hers.zip"
        taken.value.save_as(file)

        her.press("Speak up")
        her.reads("The protected channel")
        assert fits(her)
        her.press("Found")
        her.press("Check a picture")
        her.reads("May it be used somewhere")
        assert her.faults == []

    trust = tmp_path / "trust.json"
    house.done("trust", "--out", trust)
    told = sosie("paper", "verify", file, "--trust", trust, "--json")
    assert told.code == 0, told.out
    assert told.json["papers"] == 3
    assert told.json["signed"] >= 7
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b" " if name == "index.html" else b""))
    assert sosie("paper", "verify", changed, "--trust", trust).code == 1


def test_she_says_what_she_never_does_and_takes_a_license_back(served: Served) -> None:
    house, axe = served[0], axe_core()
    found: list[str] = []
    with chromium() as browser:
        her = on_her_phone(browser, served)
        her.press("My twin")
        her.press("Change what I never do")
        her.page.get_by_label("TikTok").check()
        her.page.get_by_label("Fur").check()
        assert fits(her)
        her.press("Go on")
        her.reads("TikTok: never from now on")
        found += her.violations(axe)
        her.lets_sign(house.secrets["SOSIE_PASSPHRASE_INES"])
        her.page.get_by_label("TikTok").check()
        her.press("Go on")
        her.signs()
        her.reads("Each new request is held against it")

        her.press("Today")
        her.press("Take a license back")
        her.press("Spring capsule 2027")
        her.reads("You need no reason")
        her.press("Take it back, with my passkey")
        her.reads("It is taken back")
        her.press("Where I am")
        her.reads("out, and its license is over")
        her.press("Found")
        her.reads("6 files that nobody said are taken down")
        found += her.violations(axe)
        assert her.faults == []
    assert found == []
    wanted = house.done("license", "preferences", "ines")["preferences"]
    assert wanted["channels_never"] == ["tiktok"]
    house.done("fsck")


def test_she_retires_her_twin_and_then_deletes_it(served: Served, tmp_path: Path) -> None:
    house = served[0]
    with chromium() as browser:
        her = on_her_phone(browser, served)
        her.open("/account/signature/ines")
        her.page.get_by_label("Passphrase of your key").fill(house.secrets["SOSIE_PASSPHRASE_INES"])
        her.press("Let my passkey sign")
        her.press("My twin")
        her.press("Retire it instead: nothing new, and nothing erased")
        her.reads("Retire it?")
        her.reads("Spring capsule 2027")
        assert fits(her)
        her.press("Retire it, with my passkey")
        her.reads("The twin is retired.")
        her.press("Delete the twin")
        her.reads("It cannot be undone.")
        assert fits(her)
        her.press("Delete it, with my passkey")
        her.reads("It is erased. Keep the proof.")
        with her.page.expect_download() as proof:
            her.page.get_by_role("link", name="The proof of deletion").click()
        kept = tmp_path / "proof.json"
        proof.value.save_as(kept)
        assert her.faults == []
    house.done("twin", "proof", kept)


def test_her_pages_read_without_javascript(served: Served) -> None:
    with chromium() as browser:
        her = on_her_phone(browser, served)
        plain = browser.new_context(java_script_enabled=False, viewport=None)
        plain.add_cookies(her.page.context.cookies())  # type: ignore[arg-type]
        page = plain.new_page()
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.goto(f"{her.site}/where?country=DE")
        page.locator("details.more summary").click()
        page.get_by_role("link", name="Money").click()
        page.locator("summary", has_text="Commission of the agency").first.click()
        page.get_by_text("of €60.00").first.wait_for()
