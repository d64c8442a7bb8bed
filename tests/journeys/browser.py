"""A real browser with a software authenticator: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
PHONE, DESKTOP = (390, 844), (1440, 900)
PATIENCE = 180_000
"""Milliseconds for an answer: a busy machine is no fault of the page."""
Scheme = Literal["light", "dark"]
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
_TOUCHING = """() => {
  const words = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const range = document.createRange(), found = [];
  while (words.nextNode()) {
    range.selectNodeContents(words.currentNode);
    for (const box of range.getClientRects())
      if (box.width > 1 && (box.left < 8 || box.right > innerWidth - 8))
        found.push(words.currentNode.data.trim());
  }
  return found;
}"""
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser; a test that needs it is skipped, by name, where there is none."""
    if not shutil.which(CHROMIUM):
        pytest.skip(f"no browser: install Debian's package `chromium` ({CHROMIUM})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """Somebody with a device: one page, and an authenticator that holds her passkeys."""

    def __init__(self, browser: Browser, site: str, size: tuple[int, int], scheme: Scheme) -> None:
        self.site = site.replace("127.0.0.1", "localhost")  # a passkey belongs to a name
        self.size = {"width": size[0], "height": size[1]}
        context = browser.new_context(
            viewport=self.size,  # type: ignore[arg-type]
            color_scheme=scheme,
            device_scale_factor=1,
            reduced_motion="reduce",
            has_touch=size == PHONE,
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        """What the page complained of: blocked by its policy, or broken."""
        self.page.on("console", lambda line: self._heard(line.type, line.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self._session: CDPSession = context.new_cdp_session(self.page)
        self._session.send("WebAuthn.enable")
        self._device = self._new_device()

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and "status of 4" not in text:
            self.faults.append(text)

    def _new_device(self) -> str:
        made = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        return str(made["authenticatorId"])

    def other_device(self) -> None:
        """Put the device away and take another: it holds no passkey yet."""
        self.lose_device()
        self._device = self._new_device()

    def lose_device(self) -> None:
        """Lose the device with its passkeys."""
        self._session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self._device})

    def passkeys(self) -> list[dict[str, Any]]:
        """Return the passkeys that the device holds."""
        said = {"authenticatorId": self._device}
        return list(self._session.send("WebAuthn.getCredentials", said)["credentials"])

    def open(self, path: str) -> None:
        """Open a page of the site, or an address."""
        self.page.goto(path if path.startswith("http") else self.site + path)

    def press(self, name: str) -> None:
        """Press a button, or follow a link, if need be one under More."""
        button = self.page.get_by_role("button", name=name, exact=True)
        link = self.page.get_by_role("link", name=name, exact=True)
        more = self.page.locator("details.more:not([open]) summary:visible")
        if not button.count() + link.count() and more.count():
            more.click()
        (button if button.count() else link).first.click()
        self.page.wait_for_load_state("networkidle")

    def swipe(self, across: int) -> None:
        """Draw a finger across the picture: to the right, or to the left where it is negative."""
        self.page.evaluate("scrollTo(0, 0)")
        box = self.page.locator("[data-swipe]").bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"], 400) / 2
        start, end = [{"x": x - across / 2, "y": y}], [{"x": x + across / 2, "y": y}]
        for kind, points in (("Start", start), ("Move", end), ("End", [])):
            said = {"type": f"touch{kind}", "touchPoints": points}
            self._session.send("Input.dispatchTouchEvent", said)
        self.page.wait_for_load_state("networkidle")

    def signs(self) -> None:
        """Sign what the page asks for, with the device's passkey."""
        self.reads("What you sign")
        self.press("Sign with my passkey")

    def lets_sign(self, passphrase: str) -> None:
        """Let the passkey sign, where a page says that it does not yet."""
        self.press("Let my passkey sign")
        self.page.get_by_label("Passphrase of your key").fill(passphrase)
        self.press("Let my passkey sign")
        self.reads("Your passkey signs from now on")

    def reads(self, text: str) -> None:
        """Wait until a text is on the page; fails if it does not come."""
        self.page.get_by_text(text).first.wait_for()

    def join(self, link: str, name: str) -> None:
        """Follow an invitation to its end: a name, a passkey, the recovery codes."""
        self.open(link)
        self.page.get_by_label("Your name").fill(name)
        self.press("Go on")
        self.press("Make my passkey")
        self.reads("Recovery codes")

    def looks(self) -> Iterator[int]:
        """Show the page light and dark, on a phone and a desktop; yields how wide it is."""
        for scheme, (wide, high) in product(("light", "dark"), (PHONE, DESKTOP)):
            self.page.set_viewport_size({"width": wide, "height": high})
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            yield wide

    def touching(self) -> list[str]:
        """Return the words that lie nearer than eight pixels to an edge of the window."""
        return list(self.page.evaluate(_TOUCHING))

    def violations(self, axe: Path) -> list[str]:
        """Return what axe-core finds against the page."""
        # Through the debugger: the page's own policy lets no foreign script in, and stays so.
        self._session.send("Runtime.evaluate", {"expression": axe.read_text(encoding="utf-8")})
        said = self._session.send(
            "Runtime.evaluate",
            {
                "expression": "axe.run().then(found => JSON.stringify([found.passes.length,"
                " found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))]))",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        passed, found = json.loads(said["result"]["value"])
        assert passed > 5, "axe-core looked at nothing"
        return [f"{self.page.url}: {each}" for each in found]


def axe_core() -> Path:
    """Return the script of axe-core; a test that needs it is skipped where there is none."""
    modules = os.environ.get("SOSIE_NODE_MODULES", "")
    script = Path(modules) / "axe-core" / "axe.min.js"
    if not modules or not script.exists():
        pytest.skip("no axe-core: name the `node_modules` that holds it in `SOSIE_NODE_MODULES`")
    return script
