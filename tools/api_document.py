"""Write the OpenAPI document of the API: `python tools/api_document.py [--check]`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import django

FILE = Path(__file__).parent.parent / "docs" / "formats" / "api.openapi.json"


def document() -> str:
    """Return the document as text, as `/api/v1/openapi.json` says it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sosie.settings")
    django.setup()
    from sosie.web.api.document import api  # noqa: PLC0415 - Django is set up just above

    return json.dumps(api.get_openapi_schema(), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the document, or with `--check` say whether it is what it should be."""
    if "--check" not in sys.argv:
        FILE.write_text(document(), encoding="utf-8")
        return 0
    same = FILE.exists() and FILE.read_text(encoding="utf-8") == document()
    print("the document is up to date" if same else "run `python tools/api_document.py`")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
