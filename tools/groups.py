"""Print the requirements of the named dependency groups of pyproject.toml, one a line."""

import sys
import tomllib
from pathlib import Path

groups = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
print("\n".join(requirement for name in sys.argv[1:] for requirement in groups[name]))
