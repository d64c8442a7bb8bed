"""The house rules that a machine can check (DESIGN.md, section 4)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
CHECKED = [
    *SOURCES,
    *sorted((ROOT / "tests").rglob("*.py")),
    *sorted((ROOT / "bench").rglob("*.py")),
]
CORE = ROOT / "src/sosie/core"
MOST_LINES = 600
MOST_IN_A_FUNCTION = 70
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def long_modules(paths: list[Path]) -> list[str]:
    return [
        f"{path.name}: {count} lines"
        for path in paths
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    ]


def long_functions(source: str) -> list[str]:
    return [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in _functions(ast.parse(source))
        if node.end_lineno is not None and node.end_lineno - node.lineno >= MOST_IN_A_FUNCTION
    ]


def file_access(source: str) -> list[str]:
    """Calls of `open` and of methods that open files."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id="open" | "print" | "input" | "exec" | "eval" as name):
                    found.append(name)
                case ast.Attribute(attr="read_text" | "write_text" | "read_bytes" as name):
                    found.append(name)
                case ast.Attribute(attr="imread" | "imwrite" as name):
                    found.append(name)
    return found


def engine_starts(source: str) -> list[str]:
    """Calls of `run` on something that is called an engine."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "run"
        and "engine" in ast.unparse(node.func.value).lower()
    ]


def test_only_a_grant_starts_an_engine() -> None:
    starting = [path.name for path in SOURCES if engine_starts(path.read_text(encoding="utf-8"))]
    assert starting == ["grant.py"]


def test_modules_are_short() -> None:
    assert long_modules(CHECKED) == []


def test_functions_are_short() -> None:
    found = {path.name: long_functions(path.read_text(encoding="utf-8")) for path in CHECKED}
    assert {name: long for name, long in found.items() if long} == {}


def test_the_core_opens_no_file() -> None:
    paths = sorted(CORE.rglob("*.py"))
    assert len(paths) > 10
    found = {path.name: file_access(path.read_text(encoding="utf-8")) for path in paths}
    assert {name: calls for name, calls in found.items() if calls} == {}


def test_no_drawer_for_everything() -> None:
    assert [path for path in SOURCES if path.stem in FORBIDDEN_NAMES] == []


def test_every_public_thing_says_what_it_is() -> None:
    missing = []
    for path in SOURCES:
        if "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if tree.body and ast.get_docstring(tree) is None:
            missing.append(path.name)
        missing += [
            f"{path.name}: {node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and node.name[0] != "_"
            and ast.get_docstring(node) is None
        ]
    assert missing == []


def test_the_checks_above_can_fail(tmp_path: Path) -> None:
    long = tmp_path / "long.py"
    long.write_text("x = 1\n" * 601, encoding="utf-8")
    assert long_modules([long]) == ["long.py: 601 lines"]
    body = "def f():\n" + textwrap.indent("x = 1\n" * 70, "    ")
    assert long_functions(body) == ["f: 71 lines"]
    assert file_access("open('x'); p.read_text(); cv2.imread('x')") != []


@pytest.mark.parametrize("module", ["sosie", "sosie.core.license", "sosie.verifying"])
def test_verifying_needs_no_web_framework(module: str) -> None:
    code = f"import {module}, sys; print('django' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


def test_files_name_no_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.md", "*.toml", "*.yaml", "*.txt", "Makefile", ".ci/run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    machine = re.compile(r"(?<![\w/.])/(home|root|work)/\w|file:///|--index-url|extra-index")
    named = [
        name
        for name in listed
        if name != "tests/test_tidy.py"
        and machine.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert named == []


def test_every_library_that_is_imported_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    declared = {_library(line) for line in (*project["dependencies"], *extras)}
    known = {**{name: name for name in declared}, **IMPORTED_AS}
    imported: dict[str, str] = {}
    for path in sorted((ROOT / "src/sosie").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                imported.setdefault(name.split(".")[0], path.name)
    outside = set(imported) - set(sys.stdlib_module_names) - {"sosie", "__future__"}
    assert {"django", "babel", "yaml", "cv2"} <= outside  # the control: libraries are seen
    missing = {name: imported[name] for name in outside if known.get(name) not in declared}
    assert missing == {}


IMPORTED_AS = {
    "prometheus_client": "prometheus-client",
    "allauth": "django-allauth",
    "ninja": "django-ninja",
    "yaml": "pyyaml",
    "cv2": "opencv-contrib-python-headless",
    "PIL": "pillow",
    "c2pa": "c2pa-python",
    "faiss": "faiss-cpu",
    # These come with pyHanko, whose own words they are.
    "pyhanko_certvalidator": "pyhanko",
    "asn1crypto": "pyhanko",
    "pkcs11": "pyhanko",
    # This comes with pydantic.
    "pydantic_core": "pydantic",
}


def _library(line: str) -> str:
    return re.split(r"[\[<>=!~ ]", line, maxsplit=1)[0].lower()
