"""The pages in a real browser, in each language: chosen without JavaScript, and nothing too wide on
a phone, from left to right and from right to left."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.browser import PHONE, chromium
from tests.journeys.conftest import serving

NAMES = {
    "en": "English",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "sv": "Svenska",
    "pt": "Português",
    "ru": "Русский",
    "zh-hans": "中文",
}
PAGES = ("/sign-in", "/sign-in/recover", "/verify", "/log", "/log/0", "/p/{number}", "/nothing")


@pytest.fixture(scope="module")
def site(
    told: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """An address, and the number of a seal that is public there."""
    folder = tmp_path_factory.mktemp("spoken")
    shutil.copytree(told[0], folder / "demo")
    number = min((folder / "demo" / "releases").glob("*/*.jpg")).parent.name
    with serving(folder / "demo", log=folder / "log") as address:
        yield address, number


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def _phone(browser: Browser, **more: Any) -> Page:
    return browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]}, **more)


def _too_wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth")) - PHONE[0]


@pytest.mark.parametrize("code", NAMES)
def test_a_language_is_chosen_without_javascript_and_fits_a_phone(
    code: str, browser: Browser, site: tuple[str, str]
) -> None:
    address, number = site
    page = _phone(browser, java_script_enabled=False)
    page.goto(f"{address}/log")
    page.get_by_role("button", name=NAMES[code], exact=True).click()
    assert page.url == f"{address}/log"
    for path in PAGES:
        page.goto(address + path.format(number=number))
        assert page.locator("html").get_attribute("lang") == code
        assert page.get_by_role("button", name=NAMES[code]).get_attribute("aria-current") == "true"
        assert _too_wide(page) <= 0, path
    page.close()


def test_chinese_is_drawn_in_faces_of_ours(browser: Browser, site: tuple[str, str]) -> None:
    page = _phone(browser, locale="zh-CN")
    page.goto(f"{site[0]}/verify")
    page.wait_for_load_state("networkidle")
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    for part, family in (("main h1", "Noto Serif SC"), ("main .lead", "Noto Sans SC")):
        node = session.send("DOM.querySelector", {"nodeId": root, "selector": part})["nodeId"]
        fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        assert [each["isCustomFont"] for each in fonts] == [True]
        assert fonts[0]["familyName"].startswith(family)
    page.close()


def test_from_right_to_left_nothing_is_too_wide_either(
    browser: Browser, site: tuple[str, str]
) -> None:
    address, number = site
    page = _phone(browser, locale="ru")
    for path in PAGES:
        page.goto(address + path.format(number=number))
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert _too_wide(page) <= 0, path
        name, main = (page.locator(each).first.bounding_box() for each in (".name", "main h1"))
        assert name
        assert main
        assert name["x"] + name["width"] > PHONE[0] - 40  # it begins at the right edge
    page.evaluate("document.querySelector('main').style.minInlineSize = '500px'")
    assert _too_wide(page) > 0  # what is too wide would have been found
    page.close()
