"""Write `docs/reference/commands.md`: `python tools/commands_page.py [--check]`."""

from __future__ import annotations

import subprocess
import sys
from html import unescape
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "commands.md"
EXITS = """
Every command that answers takes `--json` and prints one object. Exit codes: 0 done, yes; 1 refused,
altered, or authentic but not allowed here; 2 unknown, undecided; 64 wrong use; 65 bad input; 70 a
fault of Sosie; 141 nobody read the answer to its end (`sosie … | head -1`). Of several files the
worst decides. What is read from the environment: [settings](settings.md).
"""


def page() -> str:
    """Return the page, as the command line describes itself."""
    command = [sys.executable, "-m", "typer", "sosie.cli.commands", "utils", "docs"]
    done = subprocess.run(
        [*command, "--name", "sosie", "--title", "Commands"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "", "TERM": "dumb", "COLUMNS": "100", "PYTHONPATH": str(ROOT / "src")},
    )
    text = unescape(done.stdout)
    head, rest = text.split("**Usage**", 1)
    return f"{head.rstrip()}\n{EXITS}\n**Usage**{rest.rstrip()}\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
