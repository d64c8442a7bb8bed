"""A real browser on the pages for anyone: with a mouse, by keyboard, without JavaScript."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import sosie as library
from tests.journeys.browser import DESKTOP, PATIENCE, PHONE, Visitor, axe_core, chromium
from tests.journeys.conftest import serving, sosie
from tests.journeys.test_demo import released

Told = tuple[Path, dict[str, Any]]
DROP = """([name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const moved = new DataTransfer();
  moved.items.add(new File([bytes], name, { type }));
  const drop = document.querySelector(".drop");
  const how = { dataTransfer: moved, bubbles: true, cancelable: true };
  for (const kind of ["dragenter", "dragover", "drop"]) {
    drop.dispatchEvent(new DragEvent(kind, how));
  }
}"""


@pytest.fixture(scope="module")
def served(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    log = tmp_path_factory.mktemp("public") / "log"
    with serving(told[0], log=log) as address:
        yield address, log


@pytest.fixture(scope="module")
def copies(told: Told, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A copy of a released picture, one that was changed, and one of nothing that is known."""
    folder = tmp_path_factory.mktemp("copies")
    image = Image.open(released(told[0])).convert("RGB")
    small = image.resize((image.width * 2 // 3, image.height * 2 // 3))
    small.save(folder / "copy.jpg", quality=85)
    small.paste((30, 40, 200), (200, 200, 340, 340))
    small.save(folder / "changed.jpg", quality=85)
    Image.effect_noise((600, 800), 70).convert("RGB").save(folder / "stranger.png")
    (folder / "text.jpg").write_text("no picture at all")
    return {path.stem: path for path in folder.iterdir()}


def answered(who: Visitor, text: str) -> None:
    """Wait for the answer to a picture."""
    who.page.get_by_text(text).first.wait_for()


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone", "desktop"]
)
def test_a_picture_is_dropped_and_the_answer_is_shown_to_others(
    served: tuple[str, Path], copies: dict[str, Path], size: tuple[int, int], scheme: Any
) -> None:
    with chromium() as browser:
        who = Visitor(browser, served[0], size, scheme)
        who.open("/verify")
        data = base64.b64encode(copies["changed"].read_bytes()).decode()
        who.page.evaluate(DROP, ["changed.jpg", "image/jpeg", data])
        answered(who, "Altered, or contradicting itself")
        assert who.page.evaluate("document.activeElement.tagName") == "H1"
        who.page.locator("figure.seen canvas").wait_for(state="visible")
        assert who.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert who.page.locator("figcaption").is_visible()
        assert who.touching() == []

        who.page.locator("#id_picture").set_input_files(copies["copy"])
        answered(who, "Made under license here")
        link = who.page.locator("#link").input_value()
        who.open(link.replace("127.0.0.1", "localhost"))
        who.reads("Somebody checked a picture on")
        assert who.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        who.page.get_by_role("link", name=re.compile("The public page of seal")).click()
        who.reads("The digital twin of Ines M.")
        who.press("The entry, and its proof")
        who.reads("Fetch the proof")
        assert who.faults == []
    told = served[1].read_text()
    assert "GET /verify/… HTTP" in told
    assert link.rpartition("/")[2] not in told
    assert "GET /p/… HTTP" in told


def test_by_keyboard_with_where_and_when(served: tuple[str, Path], copies: dict[str, Path]) -> None:
    with chromium() as browser:
        who = Visitor(browser, served[0], DESKTOP, "light")
        who.open("/verify")
        keys = who.page.keyboard
        who.page.locator("summary", has_text="May it be used somewhere?").focus()
        keys.press("Enter")
        who.page.get_by_label("Where").select_option("US")
        who.page.get_by_label("On which channel").select_option("tiktok")
        who.page.locator("#id_picture").set_input_files(copies["copy"])
        answered(who, "Made under license here, and may not be used there")
        # The picture is at hand still: what is asked of it can be changed.
        assert who.page.get_by_label("Where").input_value() == "US"
        who.page.get_by_label("On which channel").select_option("instagram")
        who.page.get_by_role("button", name="Check it").focus()
        keys.press("Enter")
        answered(who, "Made under license here, and may be used there")
        who.page.locator("#id_picture").set_input_files(copies["text"])
        who.reads("This is text, not a picture. Name a picture file.")
        assert who.page.evaluate("document.activeElement.getAttribute('role')") == "alert"
        who.page.context.clear_cookies()
        who.page.locator("#id_picture").set_input_files(copies["copy"])
        who.reads("Once more, please")
        who.press("Open it anew")
        who.reads("Check a picture")
        assert who.faults == []


def test_without_javascript(served: tuple[str, Path], copies: dict[str, Path]) -> None:
    with chromium() as browser:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(served[0] + "/verify")
        page.locator("#id_picture").set_input_files(copies["copy"])
        page.get_by_role("button", name="Check it").click()
        page.get_by_text("Made under license here").first.wait_for(timeout=PATIENCE)
        assert page.locator("figure.seen").is_hidden()
        page.get_by_role("link", name="Open it").click()
        page.get_by_text("Somebody checked a picture on").wait_for(timeout=10_000)


def test_who_may_see_a_picture_sees_what_it_was_laid_on(
    workspace: Path, copies: dict[str, Path], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with serving(workspace, log=log) as address, chromium() as browser:
        links = re.findall(r"^model, ines\n  (\S+)$", log.read_text(), re.MULTILINE)
        her = Visitor(browser, address, DESKTOP, "light")
        her.join(links[0], "Ines Morel")
        her.open("/verify")
        her.page.locator("#id_picture").set_input_files(copies["changed"])
        answered(her, "Laid on the original")
        shown = "[...document.querySelectorAll('.pair img')].map((image) => image.naturalWidth)"
        her.page.wait_for_function(f"{shown}.every((wide) => wide > 100)")
        assert len(her.page.evaluate(shown)) == 2
        assert her.faults == []


def test_axe_finds_nothing(copies: dict[str, Path], told: Told) -> None:
    axe, number = axe_core(), released(told[0]).parent.name
    found: list[str] = []
    looked = 0
    # A server of its own: with what the others had checked, there were too many in a minute.
    with serving(told[0]) as address, chromium() as browser:
        for scheme, size in product(("light", "dark"), (PHONE, DESKTOP)):
            who = Visitor(browser, address, size, scheme)  # type: ignore[arg-type]
            pages = ("/verify", f"/p/{number}", "/log", "/log/3", "/log?q=x", "/verify/x", "/p/x")
            for page in pages:
                who.open(page)
                found += who.violations(axe)
                looked += 1
            for name in ("copy", "changed", "text"):
                who.open("/verify")
                who.page.locator("#id_picture").set_input_files(copies[name])
                who.page.locator(".verdict, [role=alert]").first.wait_for()
                for summary in who.page.locator("summary").all():
                    summary.click()
                found += who.violations(axe)
                looked += 1
            who.open("/verify")
            who.page.evaluate("document.querySelector('label[for=id_picture]').remove()")
            assert any("label" in each for each in who.violations(axe))  # the control
    assert found == []
    assert looked == 4 * 10


def test_a_purpose_is_judged_by_command_and_library(told: Told, copies: dict[str, Path]) -> None:
    ask: list[str | Path] = ["verify", copies["copy"], "--workspace", told[0], "--json"]
    ask += ["--where", "FR", "--channel", "instagram"]
    for purpose, code in (("campaign", 0), ("editorial", 1)):
        done = sosie(*ask, "--purpose", purpose)
        assert done.code == code
        (report,) = done.json["reports"]
        assert report["placement"]["purpose"] == purpose
    assert "may not be used for editorial, in France (FR), via Instagram" in report["sentence"]
    with pytest.raises(library.BadInput, match="there is no such purpose"):
        library.verify(copies["copy"], purpose="fun")
