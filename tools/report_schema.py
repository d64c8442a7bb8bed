"""Write the JSON Schema of reports into the docs: `python tools/report_schema.py [--check]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sosie.core.report_format import schema

PAGE = Path(__file__).parent.parent / "docs" / "formats" / "report.schema.json"


def main() -> int:
    """Write the schema, or with `--check` say whether it is what it should be."""
    text = json.dumps(schema(), indent=2) + "\n"
    if "--check" in sys.argv:
        same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("the schema is up to date" if same else "run `python tools/report_schema.py`")
        return 0 if same else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
