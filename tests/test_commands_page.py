"""The page of the commands is what the commands say."""

from __future__ import annotations

from tools.commands_page import PAGE, page


def test_the_page_is_up_to_date() -> None:
    text = page()
    for command in ("sosie demo", "sosie verify", "sosie license revoke", "sosie log fsck"):
        assert f"`{command}`" in text
    assert PAGE.read_text(encoding="utf-8") == text, "call `python tools/commands_page.py`"
