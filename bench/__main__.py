"""`python -m bench [NAME …]`: run every bench, or those named, and render `docs/benchmarks.md`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
SHEET = ROOT / "docs" / "watermark-sheet.webp"
HEAD = """# Benchmarks

Made by `make bench`: ours, peers and the physical floor on the same input in one run. Machines are
noisy: compare the ratios, not the seconds. A peer that could not be installed is named as absent.
"""


def main() -> int:
    """Run the benches; returns 1 if one failed."""
    every = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; the others stay")
    parser.add_argument("--quick", action="store_true", help="small inputs; the page is not made")
    options = parser.parse_args()
    if unknown := set(options.names) - set(every):
        parser.error(f"no bench named {', '.join(sorted(unknown))}: there are {', '.join(every)}")
    failed = False
    for name in options.names or every:
        print(f"bench {name} …", flush=True)
        command = [sys.executable, "-m", f"bench.{name}", "--json"]
        done = subprocess.run(
            [*command, "--quick"] if options.quick else command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stderr[-2000:], file=sys.stderr)
            failed = True
            continue
        section = _section(json.loads(done.stdout))
        print(section)
        if not options.quick:
            _write(section)
            if name == "watermark":
                sheet = [sys.executable, "-m", "bench.watermark", "--sheet", str(SHEET)]
                subprocess.run(sheet, cwd=ROOT, check=True)
    return int(failed)


def _write(section: str) -> None:
    """Put one section in its place on the page, which keeps the others."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:] if PAGE.exists() else []
    kept = {part.partition("\n")[0]: f"## {part.rstrip()}\n" for part in parts}
    kept[section.partition("\n")[0].removeprefix("## ")] = section
    PAGE.write_text("\n".join([HEAD, *(kept[name] for name in sorted(kept))]), encoding="utf-8")


def _section(found: dict[str, Any]) -> str:
    """Return one bench as a section of the page."""
    machine = found["machine"]
    said = machine if isinstance(machine, str) else ", ".join(map(str, machine.values()))
    lines = [f"## {found['name']}", "", f"{_text(found['input'])}. Machine: {said}.", ""]
    for head, key in (("found after", "attacks"), ("page", "pages")):
        if rows := found.get(key):
            lines += _table(head, rows)
    lines += ["| | |", "|---|---|"]
    for part in ("ours", "peers", "floor", "daily", "ratios"):
        rows = _flat(found.get(part, {}))
        lines += [f"| **{part}** {key} | {_text(value)} |" for key, value in rows]
    if found["name"] == "watermark":
        lines += ["", f"![A marked picture after every attack, the answer below]({SHEET.name})"]
    return "\n".join(lines) + "\n"


def _table(head: str, rows: dict[str, dict[str, str]]) -> list[str]:
    """Return a table: of what each way still finds after each attack, or of pages at each size."""
    ways = list(dict.fromkeys(way for row in rows.values() for way in row))
    lines = [f"| {head} | {' | '.join(ways)} |", "|---" * (len(ways) + 1) + "|"]
    for name, row in rows.items():
        lines.append(f"| {name} | {' | '.join(row.get(way, '') for way in ways)} |")
    return [*lines, ""]


def _flat(values: Any, head: str = "") -> list[tuple[str, Any]]:
    if not isinstance(values, dict):
        return [(head, values)]
    rows: list[tuple[str, Any]] = []
    for key, value in values.items():
        rows += _flat(value, f"{head} {key}".strip())
    return rows


def _text(value: Any) -> str:
    match value:
        case float():
            return f"{value:.4g}"
        case int() if abs(value) >= 10_000:
            return f"{value:,}"
        case dict():
            return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
        case list():
            return ", ".join(map(_text, value))
        case None:
            return "absent"
        case _:
            return str(value)


if __name__ == "__main__":
    sys.exit(main())
