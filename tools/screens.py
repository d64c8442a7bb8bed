"""Screenshots of the pages, for the documents: `make screens`, or
`python -m tools.screens WORKSPACE [FOLDER]`. The workspace is a demo; it is copied, not changed."""

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from tests.journeys.browser import DESKTOP, PHONE, Scheme, Visitor, chromium
from tests.journeys.conftest import House, serving
from tests.journeys.test_twin_pages import PHOTOS

TALLEST = 3
"""Of its width: longer pages are cut."""
LOOKS: dict[str, tuple[tuple[int, int], Scheme]] = {
    "phone-light": (PHONE, "light"),
    "phone-dark": (PHONE, "dark"),
    "desktop-light": (DESKTOP, "light"),
    "desktop-dark": (DESKTOP, "dark"),
}
Pages = dict[str, tuple[str, ...]]
"""By the name of the screenshot: the address, and what is pressed there. `{asked}` is a license
that was asked for."""
PEOPLE: dict[tuple[str, str], tuple[str, Pages]] = {
    ("model", "ines"): (
        "Ines Morel",
        {
            "today": ("/",),
            "picture": ("/picture/S-0001-01",),
            "approval": ("/approvals",),
            "answer": ("/approvals", "Yes"),
            "requests": ("/requests",),
            "request": ("/licenses/{asked}",),
            "agree": ("/licenses/{asked}", "Yes to these terms"),
            "counter": ("/licenses/{asked}/counter",),
            "revoke": ("/licenses/L-2026-0001/revoke",),
            "where": ("/where",),
            "money": ("/money",),
            "papers": ("/papers",),
            "found": ("/found",),
            "speak-up": ("/speak-up",),
            "take-back": ("/take-back",),
            "twin": ("/twins",),
            "listing": ("/twins/ines/listing",),
            "never": ("/twins/ines/never",),
            "delete": ("/twins/ines/delete",),
            "points": ("/twins", "Points of front half"),
            "captures": ("/capture",),
            "capture": ("/capture", "Begin: Ines M.", "front-half.jpg", "three-quarter.jpg"),
            "capture-photo": ("/capture", "Go on: Ines M.", "Front half there"),
            "consent": ("/capture/consent",),
            "mark": ("/twins/ines/marks",),
            "account": ("/account",),
            "signature": ("/account/signature/ines",),
        },
    ),
    ("agency booker", "atlas-models"): (
        "Ama Osei",
        {"advice": ("/licenses/{asked}",), "agency": ("/agency",)},
    ),
    ("brand producer", "maison-nord"): (
        "Claire Vidal",
        {
            "brand": ("/",),
            "shoots": ("/shoots",),
            "board": ("/shoots/S-0001",),
            "change": ("/picture/S-0001-01/change",),
            "review": ("/picture/S-0001-05/review",),
            "plan": ("/licenses/L-2026-0001/shoot",),
            "licenses": ("/licenses",),
            "find": ("/find",),
            "card": ("/find/ines",),
            "ask": ("/find/ines", "Ask for a license"),
            "library": ("/library",),
            "take-down": ("/library/take-down",),
            "places": ("/library/places",),
            "ended": ("/licenses/L-2026-0002",),
        },
    ),
    ("operator", "the house"): (
        "Sam Lind",
        {
            "operator": ("/",),
            "parties": ("/admin/parties",),
            "party": ("/admin/parties/maison-nord",),
            "house": ("/admin/house",),
            "history": ("/admin/parties/ines/history",),
            "cases": ("/admin/cases",),
            "case": ("/admin/cases/L-2026-0002",),
        },
    ),
}
FIRST = ("model", "ines")


def main(workspace: Path, folder: Path) -> None:
    """Take every screenshot, as WebP."""
    with tempfile.TemporaryDirectory() as made, chromium() as browser:
        for look, (size, scheme) in LOOKS.items():
            copy, log = Path(made) / look / "demo", Path(made) / f"{look}.log"
            shutil.copytree(workspace, copy)
            house = House(copy)
            asked = house.asks()
            change = ("S-0001-01", "--set", "garment_colour=#20463a", "--note", "in bottle green")
            house.done("picture", "change", *change, "--as", "maison-nord")
            house.done("shoot", "resume", "S-0001")  # she has one to answer
            house.done("twin", "listing", "ines", listing(Path(made)), "--as", "ines")
            with serving(copy, log=log) as address:
                found = re.findall(r"^([a-z ]+), (.+)\n  (\S+)$", log.read_text(), re.MULTILINE)
                links = {(role, party): link for role, party, link in found}
                visit(Visitor(browser, address, size, scheme), copy, folder, look)
                for who, (name, pages) in PEOPLE.items():
                    visitor = Visitor(browser, address, size, scheme)
                    if who == FIRST:
                        for page, at in (("sign-in", "/sign-in"), ("join", links[who])):
                            visitor.open(at)
                            keep(visitor, folder / f"{page}-{look}.webp")
                    visitor.join(links[who], name)
                    if who == FIRST:
                        keep(visitor, folder / f"codes-{look}.webp")
                    sign_from_now_on(visitor, house, who[1])
                    for page, (at, *presses) in pages.items():
                        visitor.open(at.format(asked=asked))
                        for press in presses:
                            act(visitor, press)
                        visitor.page.wait_for_load_state("networkidle")
                        keep(visitor, folder / f"{page}-{look}.webp")
            print(f"{look}: done")


def listing(folder: Path) -> Path:
    """Write what Ines shows to brands."""
    path = folder / "listing.yaml"
    path.write_text(
        "sosie: listing/1\nfound: true\nwords: I danced before I modeled, and I hold a pose.\n"
        "looks: [dark brown hair, brown eyes]\nphotographs: [front-half, three-quarter]\n"
        "measurements: [height_cm, waist_cm]\nexclusions: true\nrate: true\nengagements: true\n"
    )
    return path


def visit(visitor: Visitor, workspace: Path, folder: Path, look: str) -> None:
    """Take the pages for anyone, with the answers to a copy and to one that was changed."""
    sealed = sorted((workspace / "releases").glob("*/*.jpg"))[0]
    image = Image.open(sealed).convert("RGB")
    small = image.resize((image.width * 2 // 3, image.height * 2 // 3))
    number = sealed.parent.name
    for page, at in (("verify", "/verify"), ("publication", f"/p/{number}"), ("log", "/log")):
        visitor.open(at)
        visitor.page.wait_for_load_state("networkidle")
        keep(visitor, folder / f"{page}-{look}.webp")
    for page in ("copy", "changed"):
        if page == "changed":
            small.paste((122, 31, 43), (170, 230, 290, 330))
        small.save(workspace / f"{page}.jpg", quality=85)
        visitor.open("/verify")
        visitor.page.locator("#id_picture").set_input_files(workspace / f"{page}.jpg")
        visitor.page.locator("figure.seen canvas").wait_for(state="visible", timeout=90_000)
        keep(visitor, folder / f"{page}-{look}.webp")


def act(visitor: Visitor, what: str) -> None:
    """Press what has a name, or choose a photograph of the sample shoot."""
    if not what.endswith(".jpg"):
        visitor.press(what)
        return
    visitor.page.get_by_label("Choose photographs").set_input_files(PHOTOS / what)
    visitor.page.get_by_text("All were looked at.").wait_for()


def sign_from_now_on(visitor: Visitor, house: House, party: str) -> None:
    """Let a visitor's passkey sign for a party."""
    secret = house.secrets.get(f"SOSIE_PASSPHRASE_{party.upper().replace('-', '_')}")
    if secret is None:
        return
    visitor.open(f"/account/signature/{party}")
    visitor.page.get_by_label("Passphrase of your key").fill(secret)
    visitor.press("Let my passkey sign")


def keep(visitor: Visitor, path: Path) -> None:
    """Write what a visitor sees, as WebP."""
    image = Image.open(io.BytesIO(visitor.page.screenshot(full_page=True))).convert("RGB")
    most = max(
        visitor.size["height"], int(image.width * TALLEST * (0.5 if image.width > 800 else 1))
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    image.crop((0, 0, image.width, min(image.height, most))).save(
        path, "WEBP", quality=72, method=6
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "docs/screens"))
