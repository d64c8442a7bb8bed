"""What a bench found, for people or for programs."""

from __future__ import annotations

import json
from typing import Any


def show(found: dict[str, Any], *, as_json: bool) -> None:
    """Print a table of all parts, or one JSON object."""
    if as_json:
        print(json.dumps(found))
        return
    print(f"{found['name']}: {found['input']}; {found['machine']}")
    for attack, row in found.get("attacks", {}).items():
        print(f"  {attack:56} " + ", ".join(f"{way} {count}" for way, count in row.items()))
    for page, row in found.get("pages", {}).items():
        print(f"  {page:56} " + "; ".join(f"{size}: {told}" for size, told in row.items()))
    for part in ("ours", "peers", "floor", "ratios"):
        for name, value in found[part].items():
            shown = f"{value:12.4f}" if isinstance(value, float) else f"{value!s:>12}"
            print(f"  {part:7} {name:48} {shown}")
