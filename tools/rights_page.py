"""Write `docs/reference/rights.md`: `python tools/rights_page.py` runs the tests of who may do
what, and Schemathesis, and tells what they counted. A few minutes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "rights.md"
TESTS = ("test_rights.py", "test_api_rights.py", "test_api_schemathesis.py")
HEAD = """# Who may do what

Every route of the pages and of the API declares its right in `web/rights.py`; one that declares
none is refused, and fails the tests. Two tables, written by hand, say who may ask for what by which
method: `ROUTES` in `tests/web/test_rights.py`, `OPERATIONS` in `tests/web/test_api_rights.py`. The
tests ask every route, by every method, as every role, about what is one's own, another's and not
there, and compare. What is another's is answered as what does not exist.

Written by `python tools/rights_page.py`, from what the tests counted:

"""


def main() -> int:
    """Write the page; returns 1 where a test failed, and leaves it then."""
    tests = [f"tests/web/{name}" for name in TESTS]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *tests, "-k", "not stands_in_the_documents"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = re.findall(r"^(?:pages|api|schemathesis): .*$", done.stdout, re.MULTILINE)
    if done.returncode or len(lines) != len(TESTS):
        print(done.stdout[-3000:], file=sys.stderr)
        return 1
    PAGE.write_text(HEAD + "".join(f"- {line}\n" for line in lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
