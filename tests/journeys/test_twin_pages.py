"""Her twin in a real browser: what it is made of, and photographs that are judged as they come."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image, ImageFilter

from sosie import samples
from tests.journeys.browser import DESKTOP, Visitor, axe_core, chromium
from tests.journeys.conftest import serving

PHOTOS = Path(samples.__file__).parent / "shoot" / "ines"


def test_she_reads_her_twin_and_checks_photographs(workspace: Path, tmp_path: Path) -> None:
    blurred = tmp_path / "front-full.jpg"
    Image.open(PHOTOS / "front-full.jpg").filter(ImageFilter.GaussianBlur(6)).save(blurred)
    log, axe = tmp_path / "log", axe_core()
    found: list[str] = []
    looked = 0

    def look(who: Visitor) -> None:
        nonlocal looked
        for wide in who.looks():
            assert who.page.evaluate("document.documentElement.scrollWidth") <= wide
            found.extend(who.violations(axe))
            looked += 1

    with serving(workspace, log=log) as address, chromium() as browser:
        links = dict(re.findall(r"^(model), ines.*\n  (\S+)$", log.read_text(), re.MULTILINE))
        her = Visitor(browser, address, DESKTOP, "light")
        her.join(links["model"], "Ines Morel")
        her.press("My twin")
        her.reads("Version 1, of")
        her.reads("Deleting it")
        look(her)
        she_moves_points(her)
        look(her)
        her.open("/twins")
        her.press("Check photographs for a new version")
        her.open("/capture?protocol=basic")
        her.reads("0 of 4 are there")
        names = ("front-half", "three-quarter")
        chosen = [blurred, *(PHOTOS / f"{name}.jpg" for name in names)]
        her.page.get_by_label("Choose photographs").set_input_files(chosen)
        her.page.get_by_text("All were looked at.").wait_for(timeout=90_000)
        her.reads("2 of 4 are there")
        her.reads("To be taken again for “front-full”")
        assert her.page.locator("article.judged").count() == 3
        assert her.page.locator("article.judged canvas:visible").count() == 3
        look(her)
        assert her.faults == []
    assert found == []
    assert looked == 12


def she_moves_points(her: Visitor) -> None:
    """Drag one point, move it back up by keys, and have it judged."""
    her.press("Points of front-half")
    point = her.page.locator("[data-point=waist_l]")
    x, y = her.page.locator("[name='waist_l.x']"), her.page.locator("[name='waist_l.y']")
    at = int(x.input_value()), int(y.input_value())
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    her.page.mouse.move(*middle)
    her.page.mouse.down()
    her.page.mouse.move(middle[0], middle[1] + 20)
    her.page.mouse.up()
    dragged = int(y.input_value())
    assert dragged > at[1] + 10
    her.page.keyboard.press("Shift+ArrowUp")
    her.page.keyboard.press("ArrowUp")
    assert int(y.input_value()) == dragged - 11
    assert point.get_attribute("cy") == y.input_value()
    her.press("Check them")
    her.reads("They are good")
    her.reads(f"--set waist_l={x.input_value()},{dragged - 11}")
