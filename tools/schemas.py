"""Write the JSON Schemas of terms and reports: `python tools/schemas.py [--check]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sosie.core import report_format
from sosie.core.resolution import EvidenceFormat
from sosie.core.terms import Terms

FORMATS = Path(__file__).parent.parent / "docs" / "formats"


def schemas() -> dict[Path, str]:
    """Return each published schema as text, by the file that holds it."""
    made = {
        "terms": Terms.model_json_schema(by_alias=True),
        "report": report_format.schema(),
        "evidence": EvidenceFormat.model_json_schema(),
    }
    return {
        FORMATS / f"{name}.schema.json": json.dumps(schema, indent=2) + "\n"
        for name, schema in made.items()
    }


def main() -> int:
    """Write the schemas, or with `--check` say whether they are what they should be."""
    if "--check" not in sys.argv:
        for path, text in schemas().items():
            path.write_text(text, encoding="utf-8")
        return 0
    same = all(p.exists() and p.read_text(encoding="utf-8") == t for p, t in schemas().items())
    print("the schemas are up to date" if same else "run `python tools/schemas.py`")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
