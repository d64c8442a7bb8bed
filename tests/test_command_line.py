"""What every command shares: loaded when called, quiet when nobody reads, engines that are broken,
settings that are documented."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from sosie.cli.commands import COMMANDS, loaded
from sosie.cli.terminal import Exit
from sosie.core.values import BadInput
from sosie.wiring import Engines
from tests.journeys.conftest import Done, sosie

ROOT = Path(__file__).parent.parent


# --- what is loaded ------------------------------------------------------------------------------

HEAVY = (
    *("numpy", "cv2", "scipy", "PIL", "c2pa", "pydantic", "cryptography", "pyhanko", "typst"),
    *("django", "faiss", "rdflib", "babel", "yaml", "webauthn", "rich.markdown", "rich.table"),
)
UNUSED = (
    *("django", "faiss", "rdflib", "babel", "yaml", "webauthn", "pyhanko", "typst", "ssl"),
    *("sosie.wiring", "sosie.engines", "sosie.services", "sosie.core.law", "sosie.core.visual"),
)


def imported(code: str, names: tuple[str, ...]) -> list[str]:
    """Return which of some modules a process holds once it has run the code."""
    tell = f"import sys; print(*[name for name in {names!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1].split()


def test_the_list_of_commands_loads_none_of_them() -> None:
    main = "import sosie.cli, sosie.cli.commands"
    assert imported(main, (*HEAVY, *(f"sosie.cli.commands.{name}" for name in COMMANDS))) == []
    # The control: a command that is called is loaded, and what it needs.
    assert "sosie.cli.commands.verify" in imported(
        f"{main}\nsosie.cli.commands.loaded('verify')", ("sosie.cli.commands.verify", *HEAVY)
    )


def test_verifying_a_file_loads_what_it_uses(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    Image.new("RGB", (300, 300)).save(file)
    code = "import sosie.cli.commands.verify as v, sosie.verifying as o\n"
    code += f"from pathlib import Path\no.verify(Path({str(file)!r}))"
    assert imported(code, UNUSED) == []
    assert imported(code, ("cv2", "c2pa")) == ["cv2", "c2pa"]  # the control


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_of_a_command_is_what_it_says_of_itself(name: str) -> None:
    command = loaded(name)
    assert command.name == name
    assert command.get_short_help_str(200) == COMMANDS[name][1]


def test_a_misspelled_command_is_told_which_is_near(tmp_path: Path) -> None:
    done = sosie("verifi", "x.jpg", cwd=tmp_path)
    assert (done.code, "'verify'" in done.err) == (64, True)
    version = sosie("--version", cwd=tmp_path)
    assert (version.code, bool(re.fullmatch(r"sosie \d+\.\d+\.\d+\n", version.out))) == (0, True)


# --- who reads -----------------------------------------------------------------------------------


def unread(*arguments: str | Path, cwd: Path) -> Done:
    """Call the command line with a pipe as standard output that nobody reads from."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "sosie", *map(str, arguments)],
            cwd=cwd,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
        )
    finally:
        os.close(writing)
    return Done(done.returncode, "", done.stderr)


PRINTING = {
    "help": ("--help",),
    "help of a command": ("verify", "--help"),
    "version": ("--version",),
    "table": ("engine", "list"),
    "json": ("engine", "list", "--json"),
    "text": ("law", "show", "R01"),
    "one file": ("verify", "0.jpg"),
    "lines, as they come": ("verify", *(f"{n}.jpg" for n in range(4)), "--lines"),
    "lines of several processes": (
        *("verify", "0.jpg", "1.jpg", "2.jpg", "3.jpg", "--lines", "--jobs", "2"),
    ),
    "refused, as json": ("license", "list", "--json"),
}


@pytest.mark.parametrize("arguments", PRINTING.values(), ids=PRINTING)
def test_where_nobody_reads_on_it_ends_quietly(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    for number in range(4):
        Image.new("RGB", (64, 64)).save(tmp_path / f"{number}.jpg")
    done = unread(*arguments, cwd=tmp_path)
    assert (done.code, done.err) == (Exit.UNREAD, "")
    assert sosie(*arguments, cwd=tmp_path).out  # the control: there was something to read


# --- an engine that is broken --------------------------------------------------------------------


def broken_package(folder: Path) -> Path:
    """Lay a package beside that brings an engine and lacks what it imports; return its folder."""
    about = folder / "broken_engine-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-engine\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[sosie.engines]\nbroken = broken_engine:Engine\n")
    (folder / "broken_engine.py").write_text("import a_library_that_is_missing\n")
    return folder


def test_an_engine_that_cannot_be_loaded_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(broken_package(tmp_path / "site")))
    engines = Engines()
    assert {"broken", "atelier"} < set(engines)
    assert engines["atelier"].describe().name == "atelier"
    assert engines["atelier"] is engines["atelier"]
    with pytest.raises(BadInput, match="a_library_that_is_missing") as stopped:
        engines.get("broken")
    assert stopped.value.code == "engine.unloadable"
    assert engines.get("absent") is None


def test_a_broken_engine_is_told_where_it_is_asked_for(tmp_path: Path) -> None:
    site = broken_package(tmp_path / "site")
    paths = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    env = {"PYTHONPATH": paths, "SOSIE_PASSPHRASE_HOUSE": "the house keeps this"}
    folder, file = tmp_path / "workspace", tmp_path / "a.jpg"
    Image.new("RGB", (300, 300)).save(file)
    assert sosie("init", folder, "--name", "test-house", secrets=env).code == 0
    done = sosie("verify", file, "--workspace", folder, secrets=env)
    assert (done.code, "missing" in done.out + done.err) == (2, False)
    listed = sosie("engine", "list", "--json", secrets=env).json["engines"]
    found = {row["name"]: row for row in listed}
    assert found["broken"]["code"] == "engine.unloadable"
    assert "a_library_that_is_missing" in found["broken"]["needs"][0]
    assert "operations" in found["atelier"]
    assert "cannot be loaded" in sosie("engine", "list", secrets=env).out


# --- settings ------------------------------------------------------------------------------------


def settings_in(folder: Path) -> set[str]:
    """Return every setting that a source names."""
    text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    return set(re.findall(r"\bSOSIE_[A-Z_]+", text))


def test_every_setting_that_is_read_is_on_its_page() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(SOSIE_[A-Z_]+)", page, re.MULTILINE))
    assert told == settings_in(ROOT / "src")
    assert len(told) > 20


@pytest.mark.parametrize("content", [None, b"no certificate"])
@pytest.mark.parametrize("setting", ["SOSIE_TSA_ROOTS", "--trust"])
def test_a_file_that_is_relied_on_is_told_of_once(
    tmp_path: Path, setting: str, content: bytes | None
) -> None:
    relied = tmp_path / "relied.pem"
    if content is not None:
        relied.write_bytes(content)
    for number in range(3):
        Image.new("RGB", (64, 64)).save(tmp_path / f"{number}.jpg")
    by_name = {} if setting == "--trust" else {setting: str(relied)}
    option = () if by_name else (setting, relied)
    done = sosie("verify", ".", *option, cwd=tmp_path, secrets=by_name)
    lines = done.err.strip().splitlines()
    assert (done.code, done.out, len(lines)) == (65, "", 1), done.err
    assert f"{setting} {relied}" in lines[0]
    assert sosie("verify", ".", cwd=tmp_path).code == 2  # the control


def test_a_public_address_that_is_none_is_refused_wherever_it_is_said(tmp_path: Path) -> None:
    for url, said in (
        ("http://sosie.example", "this is no public address"),
        ("https://sosie.example", "there is no workspace"),  # the control: it got further
    ):
        done = sosie("serve", "--port", "0", cwd=tmp_path, secrets={"SOSIE_PUBLIC_URL": url})
        assert (done.code, said in done.err) == (65, True), done.err


def test_in_a_workspace_it_is_told_of_once_too(tmp_path: Path) -> None:
    house = {"SOSIE_PASSPHRASE_HOUSE": "the house keeps this"}
    folder, file = tmp_path / "workspace", tmp_path / "a.jpg"
    Image.new("RGB", (64, 64)).save(file)
    assert sosie("init", folder, "--name", "test-house", secrets=house).code == 0
    named = {**house, "SOSIE_TSA_ROOTS": str(tmp_path / "absent.pem")}
    for command in (("verify", file, file), ("license", "list")):
        done = sosie(*command, "--workspace", folder, secrets=named)
        lines = done.err.strip().splitlines()
        assert (done.code, done.out, len(lines)) == (65, "", 1), done.err
        assert "SOSIE_TSA_ROOTS" in lines[0]
