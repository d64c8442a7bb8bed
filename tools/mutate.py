"""Mutation testing: do the tests notice when one operator, constant or answer is changed?

`python tools/mutate.py [--jobs N] MODULE.py... -- TESTFILE...` changes each module in one place at
a time, in memory only, and runs the tests on each mutant in a process of its own; the first test
that fails kills it. It prints the score and every survivor, and ends with 1 where the score is
under the floor (95 %). Words for people are not changed, nor are annotations and decorators.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import importlib.abc
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
SECONDS = 120
"""What a mutant may take before it counts as killed: it runs for ever."""
FLOOR = 0.95
SURVIVED = 0

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


@dataclass(frozen=True)
class Mutant:
    """One change of a module: where, what, and the changed tree."""

    path: Path
    line: int
    change: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.change}"


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a module, in the order of the source."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for number, node in enumerate(_walk(tree)):
        for other in _others(node):
            changed = copy.deepcopy(tree)
            place = next(n for i, n in enumerate(_walk(changed)) if i == number)
            _put(changed, place, other)
            said = f"`{ast.unparse(node)}` to `{ast.unparse(other)}`"
            yield Mutant(path, getattr(node, "lineno", 0), said, ast.fix_missing_locations(changed))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but those of annotations and decorators."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _put(tree: ast.AST, place: ast.AST, other: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is place:
                setattr(parent, name, other)
            elif isinstance(value, list) and any(each is place for each in value):
                value[:] = [other if each is place else each for each in value]


def _others(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901
    """Yield what one node is changed to."""
    match node:
        case ast.Compare():
            for number, operator in enumerate(node.ops):
                for kind in COMPARISONS[type(operator)]:
                    ops = [*node.ops[:number], kind(), *node.ops[number + 1 :]]
                    yield ast.Compare(node.left, ops, node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.BinOp() if type(node.op) in ARITHMETIC and not _text(node):
            yield ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.Return(value=ast.expr() as value) if not _none(value):
            yield ast.Return(ast.Constant(None))
        case ast.Constant():
            yield from map(ast.Constant, _constants(node.value))
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call()):
            yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.IfExp(test=ast.Name() | ast.Attribute() | ast.Call()):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)


def _constants(value: object) -> Sequence[Any]:
    if value is True or value is False:
        return (not value,)
    if value is None:
        return (True,)
    if isinstance(value, int):
        return (value - 1, value + 1)
    if isinstance(value, str):
        with contextlib.suppress(InvalidOperation):
            step = Decimal(1).scaleb(int(Decimal(value).as_tuple().exponent))
            return (str(Decimal(value) - step), str(Decimal(value) + step))
    return ()


def _none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _text(node: ast.BinOp) -> bool:
    """Whether words are put together: they are not changed."""
    parts = (node.left, node.right)
    return any(isinstance(p, ast.JoinedStr) or _is_words(p) for p in parts)


def _is_words(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and isinstance(part.value, str)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the changed tree in place of one module."""

    def __init__(self, name: str, mutant: Mutant) -> None:
        self.name, self.mutant = name, mutant

    def find_spec(self, name: str, _path: object, _target: object = None) -> Any:
        """Return how the changed module is loaded; nothing for any other module."""
        if name != self.name:
            return None
        package = self.mutant.path.name == "__init__.py"
        return importlib.util.spec_from_file_location(
            name,
            self.mutant.path.absolute(),
            loader=self,
            submodule_search_locations=[str(self.mutant.path.parent)] if package else None,
        )

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed tree as the module."""
        code = compile(self.mutant.tree, str(self.mutant.path), "exec")
        exec(code, module.__dict__)  # noqa: S102 (it is our own module)


class _NearFirst:
    """Runs the tests first whose names hold an id that the module names (`R15`, as a whole)."""

    def __init__(self, path: Path) -> None:
        words = (
            n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant)
        )
        self.ids = {w for w in words if isinstance(w, str) and w.isalnum() and w[0].isupper()}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the near tests first, and keep the order else."""
        items.sort(key=lambda item: self.ids.isdisjoint(item.name.replace("[", " ").split()))


def _tests(path: Path, tests: Sequence[str]) -> int:
    arguments = [
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--assert=plain",
        "--tb=no",
        # Without the project's settings: what decides needs no database, and setting it up is half
        # the time of a mutant.
        "-c",
        os.devnull,
        "--rootdir",
        str(ROOT),
        *tests,
    ]
    with (
        Path(os.devnull).open("w") as nothing,
        contextlib.redirect_stdout(nothing),
        contextlib.redirect_stderr(nothing),
    ):
        return int(pytest.main(arguments, plugins=[_NearFirst(path)]))


def _in_a_fork(work: Callable[[], int]) -> int:
    """Start the work in a process of its own and return the number of that process."""
    pid = os.fork()
    if pid:
        return pid
    result = 1
    try:
        signal.alarm(SECONDS)
        sys.dont_write_bytecode = True
        # Reading the cases takes most of the time of a mutant.
        vars(yaml)["SafeLoader"] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        result = work()
    finally:
        os._exit(result)


def _name(path: Path) -> str:
    parts = path.absolute().relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _try(mutant: Mutant, tests: Sequence[str]) -> int:
    sys.meta_path.insert(0, _Changed(_name(mutant.path), mutant))
    return _tests(mutant.path, tests)


def _load_what_stays(tests: Sequence[str], path: Path) -> bool:
    """Load the libraries that the tests use, so that no mutant has to, and return whether the
    tests pass on the module as it is."""
    reader, writer = os.pipe()

    def work() -> int:
        result = _tests(path, tests)
        names = [
            n for n in sys.modules if n.partition(".")[0] not in ("sosie", "tests", "conftest")
        ]
        os.write(writer, "\n".join(names).encode())
        return result

    pid = _in_a_fork(work)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        names = pipe.read().split()
    passed = os.waitpid(pid, 0)[1] == 0
    for name in names:
        if not name.startswith("_"):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    return passed


def survivors(all_mutants: Sequence[Mutant], tests: Sequence[str], jobs: int) -> list[Mutant]:
    """Return the mutants on which every test passes; ``jobs`` run at a time."""
    running: dict[int, Mutant] = {}
    alive: list[Mutant] = []

    def wait() -> None:
        pid, status = os.wait()
        mutant = running.pop(pid)
        if status == SURVIVED:
            alive.append(mutant)
            print(mutant, flush=True)

    for mutant in all_mutants:
        if len(running) >= jobs:
            wait()
        running[_in_a_fork(lambda mutant=mutant: _try(mutant, tests))] = mutant  # type: ignore[misc]
    while running:
        wait()
    return alive


def main(arguments: Sequence[str]) -> int:
    """Run the mutants of some modules and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="+", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    before, tests = _parted(arguments)
    options = parser.parse_args(before)
    if not tests or not _load_what_stays(tests, options.modules[0]):
        print("give tests after `--` that pass on the modules as they are", file=sys.stderr)
        return 2
    all_mutants = [mutant for path in options.modules for mutant in mutants(path)]
    alive = survivors(all_mutants, tests, options.jobs)
    for path in options.modules:
        made = sum(mutant.path == path for mutant in all_mutants)
        left = sum(mutant.path == path for mutant in alive)
        print(f"{path}: {made - left} of {made} killed")
    score = 1 - len(alive) / len(all_mutants) if all_mutants else 1.0
    print(f"{len(all_mutants) - len(alive)} of {len(all_mutants)} mutants killed: {score:.1%}")
    return 0 if score >= FLOOR else 1


def _parted(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return list(arguments), []
    at = list(arguments).index("--")
    return list(arguments[:at]), list(arguments[at + 1 :])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
