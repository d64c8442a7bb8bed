"""Her twin in a real browser: a capture over two visits, photographs judged as they come, points
dragged, and a version that she signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import Route

from sosie import samples
from tests.journeys.browser import AUTHENTICATOR, DESKTOP, Visitor, axe_core, chromium
from tests.journeys.conftest import House, secrets_of, serving

PHOTOS = Path(samples.__file__).parent / "shoot" / "ines"


class Looker:
    """Holds each page of hers against axe-core and its width, light and dark, small and large."""

    def __init__(self, who: Visitor) -> None:
        self.who, self.axe = who, axe_core()
        self.found: list[str] = []
        self.looked = 0

    def look(self) -> None:
        for wide in self.who.looks():
            assert self.who.page.evaluate("document.documentElement.scrollWidth") <= wide
            self.found.extend(self.who.violations(self.axe))
            self.looked += 1


def test_she_captures_her_twin_anew(workspace: Path, tmp_path: Path) -> None:
    blurred = tmp_path / "front-full.jpg"
    Image.open(PHOTOS / "front-full.jpg").filter(ImageFilter.GaussianBlur(6)).save(blurred)
    log = tmp_path / "log"
    with serving(workspace, log=log) as address, chromium() as browser:
        links = dict(re.findall(r"^(model), ines.*\n  (\S+)$", log.read_text(), re.MULTILINE))
        her = Visitor(browser, address, DESKTOP, "light")
        looker = Looker(her)
        her.join(links["model"], "Ines Morel")
        her.press("My twin")
        her.reads("Version 1, of")
        looker.look()
        she_looks_at_the_points_of_a_version(her)
        looker.look()
        her.open("/twins")
        her.press("Photographs for a new version")
        looker.look()
        she_brings_photographs(her, blurred)
        looker.look()
        she_moves_points(her)
        looker.look()
        her.open("/")  # another visit
        her.reads("photograph of your capture is missing")
        her.page.locator(".waits a", has_text="of your capture").click()
        her.press("basic")
        she_replaces(her)
        her.press("Make the version")
        her.lets_sign(secrets_of(workspace)["SOSIE_PASSPHRASE_INES"])
        her.press("Make the version")
        her.reads("I make version 2 of my twin ines")
        looker.look()
        her.signs()
        her.reads("Version 2 of your twin stands")
        her.reads("Version 2, of")
        she_draws_a_box_around_a_mark(her, looker)
        assert her.faults == []
    assert looker.found == []
    assert looker.looked == 28
    house = House(workspace)
    shown = house.done("twin", "show", "ines")
    assert [each["protocol"] for each in shown["versions"]] == ["basic", "basic"]
    assert shown["versions"][1]["measurements"]["waist_cm"] == 63.5
    (mark,) = shown["marks"]
    left, top, right, bottom = mark["region"]
    assert (mark["plate"], left < right, top < bottom) == ("front-half", True, True)
    assert house.done("fsck")


def test_nothing_is_lost_where_she_signs_out_while_photographs_are_sent(
    workspace: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with serving(workspace, log=log) as address, chromium() as browser:
        links = dict(re.findall(r"^(model), ines.*\n  (\S+)$", log.read_text(), re.MULTILINE))
        her = Visitor(browser, address, DESKTOP, "light")
        her.join(links["model"], "Ines Morel")
        her.open("/capture")
        her.press("Begin: Ines M.")
        her.press("basic")
        tab = OtherTab(her)
        choice, held = her.page.get_by_label("Choose photographs"), list[Route]()
        names = ("front-half", "front-full", "three-quarter", "walking")

        def hold(route: Route) -> None:
            held.append(route)

        def held_while(files: Sequence[str], done: Callable[[], None]) -> None:
            """Choose photographs, and do something in the other tab before the first arrives."""
            her.page.route("**/capture/*?protocol=basic", hold, times=1)
            with her.page.expect_request(lambda request: request.method == "POST"):
                choice.set_input_files([PHOTOS / f"{name}.jpg" for name in files])
            while not held:
                her.page.wait_for_timeout(50)
            done()
            held.pop().continue_()

        held_while(names[:2], tab.sign_out)
        her.reads("You are signed out. What was not sent waits on this page")
        tab.sign_in()
        her.page.bring_to_front()
        her.page.evaluate("dispatchEvent(new Event('focus'))")
        her.page.get_by_text("All were looked at.").wait_for(timeout=90_000)
        her.reads("2 of 4 are there")
        assert not her.page.get_by_text("You are signed out.").is_visible()

        # So quickly that the page has not heard of it: the token that it holds is an old one.
        def away_and_back() -> None:
            tab.sign_out()
            tab.sign_in()

        held_while(names[2:], away_and_back)
        her.reads("4 of 4 are there")
        her.page.get_by_text("All were looked at.").wait_for(timeout=90_000)
        # The other forms of the page go on, too.
        her.page.get_by_label("Waist (cm)").fill("63.5")
        her.page.locator("form[action$=measures] button").click()
        her.reads("Kept.")
        assert her.faults == []


class OtherTab:
    """Another tab of her browser, in which her device signs her in as well."""

    def __init__(self, her: Visitor) -> None:
        self.page, self.site = her.page.context.new_page(), her.site
        session = her.page.context.new_cdp_session(self.page)
        session.send("WebAuthn.enable")
        made = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        for key in her.passkeys():
            said = {"authenticatorId": made["authenticatorId"], "credential": key}
            session.send("WebAuthn.addCredential", said)

    def sign_out(self) -> None:
        self.page.goto(f"{self.site}/account")
        self.page.get_by_role("button", name="Sign out").click()
        self.page.wait_for_url("**/sign-in")

    def sign_in(self) -> None:
        self.page.goto(f"{self.site}/sign-in")
        self.page.get_by_role("button", name="Sign in with a passkey").click()
        self.page.wait_for_url(f"{self.site}/")


def she_brings_photographs(her: Visitor, blurred: Path) -> None:
    """Choose four at once, of which one is bad, and say what she measured."""
    her.press("Begin: Ines M.")
    her.press("basic")
    her.reads("0 of 4 are there")
    names = ("front-half", "three-quarter", "walking")
    chosen = [blurred, *(PHOTOS / f"{name}.jpg" for name in names)]
    kept = her.page.context.cookies()
    her.page.context.clear_cookies()  # her session has ended meanwhile
    her.page.get_by_label("Choose photographs").set_input_files(chosen)
    her.reads("You are signed out.")
    back = her.page.get_by_role("link", name="Sign in (opens a new tab)").get_attribute("href")
    assert back == f"/sign-in?next={urlsplit(her.page.url).path}"
    her.page.context.add_cookies(kept)  # type: ignore[arg-type]
    her.page.evaluate("dispatchEvent(new Event('focus'))")
    her.page.get_by_text("All were looked at.").wait_for(timeout=90_000)
    her.reads("3 of 4 are there")
    her.reads("kept out")
    assert her.page.locator(".taken img").count() == 4
    her.page.get_by_label("Waist (cm)").fill("63.5")
    her.page.locator("form[action$=measures] button").click()
    her.reads("Kept.")


def she_moves_points(her: Visitor) -> None:
    """Drag one point of a photograph, move it back up by keys, and keep it."""
    her.page.locator(".taken a", has_text="Front half").click()
    her.page.wait_for_load_state("networkidle")
    her.page.get_by_text("Points in numbers").click()
    dragged, x = drag(her)
    her.press("Keep the points")
    her.reads("Kept.")
    assert her.page.locator("[name='waist_l.y']").input_value() == f"{dragged - 11}"
    assert her.page.locator("[name='waist_l.x']").input_value() == x
    her.reads("It is good")


def she_looks_at_the_points_of_a_version(her: Visitor) -> None:
    """Drag a point of a version that stands: it is judged, and kept nowhere."""
    her.press("Points of front half")
    dragged, x = drag(her)
    her.press("Check them")
    her.reads("They are good")
    her.reads(f"--set waist_l={x},{dragged - 11}")


def she_draws_a_box_around_a_mark(her: Visitor, looker: Looker) -> None:
    """Press where it is, draw around it, move a corner by keys, and sign what the numbers say."""
    her.press("Name a mark")
    her.page.get_by_label("Where it is, as left cheek").fill("left cheek")
    her.page.get_by_label("What it is, as a mole").fill("a mole")
    photo, corner = her.page.locator(".marking svg"), her.page.get_by_label("lower right corner")
    assert not photo.is_visible()
    her.page.get_by_label("A photograph on which it is seen").select_option("front-half")
    assert not corner.is_visible()

    def numbers() -> list[int]:
        names = ("left", "top", "right", "bottom")
        return [int(her.page.locator(f"[name={name}]").input_value()) for name in names]

    photo.scroll_into_view_if_needed()
    box = photo.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    her.page.mouse.click(x, y)
    left, top, right, bottom = numbers()
    assert right - left == pytest.approx(bottom - top, abs=2)
    her.page.mouse.move(x - 60, y + 30)
    her.page.mouse.down()
    her.page.mouse.move(x - 90, y + 50, steps=4)  # to the left, and down
    her.page.mouse.up()
    drawn = numbers()
    assert (drawn[0] < drawn[2] < left + right, drawn[1] < drawn[3]) == (True, True)
    assert (drawn[2] - drawn[0]) * 2 == pytest.approx((drawn[3] - drawn[1]) * 3, rel=0.1)
    corner.focus()
    her.page.keyboard.press("Shift+ArrowRight")
    her.page.keyboard.press("ArrowDown")
    assert numbers() == [drawn[0], drawn[1], drawn[2] + 10, drawn[3] + 1]
    looker.look()
    her.press("Go on")
    her.reads("It is seen on the photograph front-half")
    her.signs()
    her.reads("Contracts made from now on name it")


def drag(her: Visitor) -> tuple[int, str]:
    """Drag a point down by some pixels, and then eleven up by keys; returns where it was dropped,
    from the top, and where it is from the left."""
    point = her.page.locator("[data-point=waist_l]")
    x, y = her.page.locator("[name='waist_l.x']"), her.page.locator("[name='waist_l.y']")
    at = int(y.input_value())
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    her.page.mouse.move(*middle)
    her.page.mouse.down()
    her.page.mouse.move(middle[0], middle[1] + 20)
    her.page.mouse.up()
    dragged = int(y.input_value())
    assert dragged > at + 10
    her.page.keyboard.press("Shift+ArrowUp")
    her.page.keyboard.press("ArrowUp")
    assert int(y.input_value()) == dragged - 11
    assert point.get_attribute("cy") == y.input_value()
    return dragged, x.input_value()


def she_replaces(her: Visitor) -> None:
    """Bring a good photograph in the place of the one that was kept out."""
    her.page.locator(".taken a", has_text="Front full").click()
    her.reads("It is kept out")
    her.page.get_by_label("Choose a photograph").set_input_files(PHOTOS / "front-full.jpg")
    her.press("Replace it")
    her.reads("This is enough for the protocol “basic”")
