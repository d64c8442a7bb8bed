"""A real browser walks the pages: from the invitation to signing in again, at both widths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.browser import DESKTOP, PHONE, Scheme, Visitor, axe_core, chromium
from tests.journeys.conftest import serving

SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PAGES = {
    "model": (
        *("/", "/pictures", "/picture/S-0001-01", "/licenses", "/account", "/log", "/shoots"),
        *("/approvals", "/requests", "/licenses/L-2026-0001", "/licenses/L-2026-0001/revoke"),
        *("/account/signature/ines", "/where", "/money", "/papers", "/found", "/speak-up"),
        *("/take-back", "/twins/ines/never", "/twins/ines/retire", "/twins/ines/delete"),
    ),
    "brand producer": (
        *("/", "/shoots", "/shoots/S-0001", "/pictures", "/licenses", "/picture/S-0001-01/change"),
        *("/licenses/L-2026-0002", "/requests"),
    ),
    "brand legal": ("/", "/requests", "/licenses/L-2026-0001"),
    "agency booker": ("/", "/pictures", "/licenses", "/licenses/L-2026-0001", "/agency"),
    "agency accountant": ("/", "/account", "/money", "/agency"),
    "operator": ("/", "/account"),
}


@pytest.fixture
def served(workspace: Path, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The demo as it is served, with the link that is shown for each role."""
    log = tmp_path / "log"
    with serving(workspace, log=log) as address:
        shown = re.findall(r"^([a-z ]+), .+\n  (\S+)$", log.read_text(), re.MULTILINE)
        yield address, dict(reversed(shown))


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone", "desktop"]
)
def test_from_the_invitation_to_signing_in_again(
    served: tuple[str, dict[str, str]], size: tuple[int, int], scheme: Any
) -> None:
    address, links = served
    with chromium() as browser:
        her = Visitor(browser, address, size, scheme)
        her.join(links["model"], "Ines Morel")
        number = her.page.locator("dl.number dd").inner_text()
        code = her.page.locator("ol.codes li").first.inner_text()
        her.press("Go on to Today")
        her.reads("What you earned")
        her.reads("€1,440.00")
        assert her.page.evaluate("document.documentElement.scrollWidth") <= size[0]

        phone = her.passkeys()
        her.open("/account/passkeys/add")
        her.other_device()
        her.page.get_by_label("Its name").fill("laptop")
        her.press("Make a passkey")
        her.reads("laptop")
        assert len(phone) == len(her.passkeys()) == 1

        her.press("Sign out")
        her.reads("Your twin, your word")
        her.open("/licenses")  # she comes back to where she wanted to be
        her.press("Sign in with a passkey")
        her.reads("Ines Morel for Maison Nord")

        her.press("Account")
        her.press("Sign out")
        her.lose_device()
        her.press("Use a recovery code")
        her.page.get_by_label("Account number").fill(number)
        her.press("Go on")
        her.page.get_by_label("Recovery code").fill(code.replace(" ", ""))
        her.press("Sign in")
        her.reads("What you earned")
        her.open("/account")
        her.reads("9 codes are left")
        assert her.faults == []


def test_everything_is_reached_by_keyboard(served: tuple[str, dict[str, str]]) -> None:
    address, links = served
    with chromium() as browser:
        her = Visitor(browser, address, DESKTOP, "light")
        her.open(links["model"])
        keys = her.page.keyboard
        her.page.get_by_label("Your name").focus()
        keys.type("Ines Morel")
        keys.press("Enter")
        her.reads("A passkey, no password")
        her.page.wait_for_load_state("networkidle")  # before its script is there it is a plain form
        her.page.get_by_role("button", name="Make my passkey").focus()
        keys.press("Enter")
        her.reads("Recovery codes")
        her.open("/")
        keys.press("Tab")
        assert her.page.evaluate("document.activeElement.className") == "skip"
        assert her.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        keys.press("Enter")
        assert her.page.evaluate("document.activeElement.id") == "main"


def test_pages_read_from_right_to_left_too(served: tuple[str, dict[str, str]]) -> None:
    with chromium() as browser:
        her = Visitor(browser, served[0], PHONE, "light")
        her.open("/log")
        her.page.evaluate("document.documentElement.dir = 'rtl'")
        assert her.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        box = her.page.locator("h1").bounding_box()
        assert box
        assert box["x"] + box["width"] > PHONE[0] - 40


def test_axe_finds_nothing(served: tuple[str, dict[str, str]]) -> None:
    """Every page, for every role, light and dark, at both widths."""
    axe, (address, links) = axe_core(), served
    found: list[str] = []
    looked = 0
    with chromium() as browser:
        for role, pages in PAGES.items():
            who = Visitor(browser, address, PHONE, "light")
            who.open("/sign-in")
            found += who.violations(axe)
            who.open(links[role])
            found += who.violations(axe)
            who.page.get_by_label("Your name").fill("Somebody")
            who.press("Go on")
            found += who.violations(axe)
            who.press("Make my passkey")
            who.reads("Recovery codes")
            found += who.violations(axe)
            for page in (*pages, "/account/passkeys/add", "/account/codes/new", "/nothing"):
                for scheme, (wide, high) in product(SCHEMES, (PHONE, DESKTOP)):
                    who.page.set_viewport_size({"width": wide, "height": high})
                    who.page.emulate_media(color_scheme=scheme)
                    who.open(page)
                    found += who.violations(axe)
                    looked += 1
            assert who.faults == [], role
        who.page.evaluate("document.querySelector('html').removeAttribute('lang')")
        assert any("html-has-lang" in each for each in who.violations(axe))  # the control
    assert found == []
    assert looked > 120
