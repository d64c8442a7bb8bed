"""Time every page of every role, and every list of the API, at 100,000 pictures and 10,000
licenses, and at one in a hundred of both.

Run ``python -m bench.pages``; ``--quick`` takes the small workspace alone. They are seeded once
(`bench/_seed.py`) and kept in `.bench/`, or where `SOSIE_BENCH` says. Each page is asked for in
process, through the whole of Django's handler (middleware, rights, templates), as the greatest
party of its role, each time on a new connection to the database; nothing of a network or of a web
server is in the figures. The floor is a view that answers with one row, by its key.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench._table import show

ROOT = Path(__file__).parent.parent
KEPT = Path(os.environ.get("SOSIE_BENCH", ROOT / ".bench"))
SIZES = {"1 %": (1_000, 100), "100 %": (100_000, 10_000)}
"""Pictures and licenses."""
MOST_MS = 100


def child(code: str, folder: Path, *said: object) -> str:
    """Run code on a workspace in a process of its own; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {code}", *map(str, said)],
        cwd=ROOT,
        env={
            **os.environ,
            "SOSIE_WORKSPACE": str(folder),
            "DJANGO_SETTINGS_MODULE": "sosie.settings",
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def seeded(pictures: int, licenses: int) -> Path:
    """Return a workspace of a size; it is made once a month, since its licenses end."""
    folder = KEPT / f"pages-{pictures}-{datetime.now(UTC):%Y-%m}"
    if not folder.exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        child("from bench._people import main; main()", part, pictures, licenses)
        part.rename(folder)
    return folder


def measure(sizes: dict[str, tuple[int, int]], rounds: int) -> dict[str, Any]:
    """Return the figures of all pages."""
    pages: dict[str, dict[str, str]] = {}
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, size in sizes.items():
        code = "from bench._pages import main; main()"
        rows[name] = json.loads(child(code, seeded(*size), rounds))
    floors = {
        name: statistics.median(each["ms"] for each in found if each["page"] == "floor")
        for name, found in rows.items()
    }
    for name, found in rows.items():
        for each in found:
            told = pages.setdefault(f"{each['page']} ({each['role']})", {})
            told[name] = (
                f"{each['ms']:.0f} ms, p95 {each['p95']:.0f}, computed {each['cpu']:.0f},"
                f" {each['queries']} queries, {each['ms'] / floors[name]:.1f} floors"
            )
    largest, shown = list(rows)[-1], [each for each in list(rows.values())[-1] if _page(each)]
    slowest = max(shown, key=lambda each: float(each["ms"]))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return {
        "name": "pages",
        "machine": machine,
        "input": f"{sizes[largest][0]} pictures, {sizes[largest][1]} licenses; {rounds} rounds",
        "pages": pages,
        "ours": {
            "pages measured": len(shown),
            f"pages over {MOST_MS} ms": sum(each["ms"] > MOST_MS for each in shown),
            f"pages that compute over {MOST_MS} ms": sum(each["cpu"] > MOST_MS for each in shown),
            "slowest page": f"{slowest['page']} ({slowest['role']}), {slowest['ms']:.0f} ms",
            "most queries": max(each["queries"] for each in shown),
        },
        "peers": {"any": "absent: nobody else has these pages"},
        "floor": {f"one row by its key, at {name}, ms": ms for name, ms in floors.items()},
        "ratios": {"slowest page": slowest["ms"] / floors[largest]},
    }


def _page(each: dict[str, Any]) -> bool:
    """Return whether a page, not a file of a whole list, was measured."""
    return "export" not in each["page"]


def main() -> None:
    """Measure, and print a table or one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the small workspace alone")
    parser.add_argument("--json", action="store_true", help="print one object")
    chosen = parser.parse_args()
    sizes = {"1 %": SIZES["1 %"]} if chosen.quick else SIZES
    show(measure(sizes, 3 if chosen.quick else 15), as_json=chosen.json)


if __name__ == "__main__":
    main()
