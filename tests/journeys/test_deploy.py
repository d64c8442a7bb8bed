"""A house as an operator runs it: PostgreSQL, gunicorn with several processes, figures, lines of a
log that tell nobody's name, backup and restore. The files of `deploy/` do it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests import postgres
from tests.journeys.conftest import sosie
from tests.services.people import drawn_photo

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
SECRET = "the house keeps this to itself"
UNITS = sorted(path for path in (DEPLOY / "systemd").iterdir())
PRIVATE = ("Ines", "Morel", "L-2026-0001", "S-0001-01", "127.0.0.1", "203.0.113.9", "Mozilla")
"""What is in the requests below, and in no line of the log."""


def environment(**settings: str) -> dict[str, str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SOSIE_")}
    return {**clean, "PYTHONUNBUFFERED": "1", **settings}


@dataclass(frozen=True)
class House:
    """A workspace, and what its operator set."""

    folder: Path
    settings: Mapping[str, str]


def founded(folder: Path, **more: str) -> House:
    """Make a workspace with two parties, the house's passphrase in a file."""
    secret = folder.parent / "house.passphrase"
    secret.write_text(f"{SECRET}\n")
    settings = {"SOSIE_PASSPHRASE_HOUSE_FILE": str(secret), **more}
    house = House(folder, settings)
    assert sosie("init", folder, "--name", "deployed", secrets=settings).code == 0
    own = {**settings, "SOSIE_PASSPHRASE_INES": SECRET, "SOSIE_PASSPHRASE_NORD": SECRET}
    for kind, id, born in (("model", "ines", ["--born", "1998-05-17"]), ("brand", "nord", [])):
        names = ["--name", id.title(), "--place", "FR", *born]
        done = sosie("party", "add", kind, id, *names, "--workspace", folder, secrets=own)
        assert done.code == 0, done.err
    return house


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house on either database."""
    url = postgres.create("deployed") if request.param == "postgresql" else ""
    more = {"SOSIE_DATABASE_URL": url} if url else {}
    return founded(tmp_path_factory.mktemp("house") / "workspace", **more)


def token_of(house: House) -> str:
    """Return a token of the brand."""
    named = ("--for", "nord", "--scope", "read")
    done = sosie(
        "token", "create", *named, "--workspace", house.folder, "--json", secrets=house.settings
    )
    return str(done.json["secret"])


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(*command: str, log: Path, ready: int, **settings: str) -> Iterator[None]:
    """Run a program until it answers at a port, and end it."""
    with log.open("wb") as told:
        program = subprocess.Popen(command, env=environment(**settings), stderr=told, stdout=told)
        try:
            for _ in range(600):
                with socket.socket() as asked:
                    if asked.connect_ex(("127.0.0.1", ready)) == 0:
                        break
                assert program.poll() is None, log.read_text()
                time.sleep(0.1)
            yield
        finally:
            program.send_signal(signal.SIGTERM)
            program.wait(60)


def asked(port: int, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body=body or None, headers=dict(headers))
    answer = connection.getresponse()
    answer.read()
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"])
    return answer.status


def figures(port: int) -> dict[tuple[str, ...], float]:
    """Scrape; returns each sample by its name and its labels, in the order of their names."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        families = text_string_to_metric_families(answer.read().decode())
        return {
            (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
            for family in families
            for sample in family.samples
        }


def checked(port: int, picture: bytes, **headers: str) -> int:
    """Have a picture checked at `/verify`, under a file name that is somebody's."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/verify", headers=headers)
    page = connection.getresponse()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    assert token
    lines = [
        *("--x", 'Content-Disposition: form-data; name="csrfmiddlewaretoken"', "", token[1]),
        *("--x", 'Content-Disposition: form-data; name="picture"; filename="Ines Morel.jpg"', ""),
    ]
    body = "\r\n".join([*lines, ""]).encode() + picture + b"\r\n--x--\r\n"
    more = {
        "Content-Type": "multipart/form-data; boundary=x",
        "Cookie": page.headers["Set-Cookie"].partition(";")[0],
    }
    return asked(port, "POST", "/verify", {**headers, **more}, body)


def test_it_is_served_counted_and_logged_without_a_name(house: House, tmp_path: Path) -> None:
    port, scraped, counted = free_port(), free_port(), tmp_path / "counted"
    counted.mkdir()
    settings = {
        **house.settings,
        "SOSIE_WORKSPACE": str(house.folder),
        "SOSIE_BIND": f"127.0.0.1:{port}",
        "SOSIE_METRICS": f"127.0.0.1:{scraped}",
        "SOSIE_LOG": "json",
        "PROMETHEUS_MULTIPROC_DIR": str(counted),
    }
    config = ("--config", str(DEPLOY / "gunicorn.conf.py"))
    gunicorn = (sys.executable, "-m", "gunicorn", *config, "sosie.web.wsgi")
    figured = (sys.executable, "-m", "sosie", "metrics")
    log = tmp_path / "pages.log"
    told: dict[str, str] = {
        "Host": "localhost",
        "X-Forwarded-For": "203.0.113.9",
        "User-Agent": "Mozilla/5.0",
    }
    with (
        running(*gunicorn, log=log, ready=port, **settings),
        running(*figured, log=tmp_path / "figures.log", ready=scraped, **settings),
    ):
        for _ in range(20):
            assert asked(port, "GET", "/log?name=Ines", told) == 200
        for path in ("/licenses/L-2026-0001", "/picture/S-0001-01/image", "/find/ines"):
            assert asked(port, "GET", path, told) == 302
        assert asked(port, "GET", "/Ines/Morel", told) == 404
        # A NUL is nothing that PostgreSQL keeps.
        for path in ("/p/Ines%00Morel", "/api/v1/manifests/Ines%00Morel"):
            assert asked(port, "GET", path, told) in (400, 404)
        program = {**told, "Authorization": f"Bearer {token_of(house)}"}
        assert asked(port, "GET", "/api/v1/licenses/L-2026-0001", program) == 404
        assert asked(port, "GET", "/api/v1/licenses/Ines%00Morel", program) in (400, 404)
        assert asked(port, "GET", "/metrics", told) == 404
        assert checked(port, b"no picture of Ines Morel", **told) == 400
        assert checked(port, drawn_photo("walking"), **told) == 200
        found = figures(scraped)
    assert found["sosie_requests_total", "GET", "log", "200"] == 20, found
    assert found["sosie_requests_total", "GET", "license", "302"] == 1
    assert found["sosie_requests_total", "GET", "none", "404"] == 2, found
    assert found["sosie_request_seconds_count", "log"] == 20
    assert sum(v for k, v in found.items() if k[0] == "sosie_decoder_refusals_total") == 1
    assert found["sosie_verified_total", "unknown"] == 1
    assert found["sosie_pictures", "ordered"] == found["sosie_seals_total",] == 0
    assert found["sosie_log_entries",] == found["sosie_log_published_entries",] == 2
    assert found["sosie_log_checkpoint_timestamp_seconds",] > 1_700_000_000
    assert found["sosie_webhooks",] == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    answered = [line for line in lines if line["logger"] == "sosie.requests"]
    assert len(answered) == sum(v for k, v in found.items() if k[0] == "sosie_requests_total")
    assert {"request", "route", "method", "status", "ms"} < set(answered[0])
    for private in PRIVATE:
        assert private not in log.read_text(), private
        assert not any(private in label for key in found for label in key), private


def called(script: str, folder: Path, workspace: Path, settings: Mapping[str, str]) -> str:
    """Call a script of `deploy/` for a workspace; returns what it says."""
    done = subprocess.run(
        [DEPLOY / script, folder],
        env=environment(**settings, SOSIE_WORKSPACE=str(workspace)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_backup_is_restored_whole(house: House, tmp_path: Path) -> None:
    programs = Path(postgres.program("pg_dump")).parent
    settings = {**house.settings, "PATH": f"{programs}:{os.environ['PATH']}"}
    again = tmp_path / "restored"
    backup = called("backup", tmp_path / "backups", house.folder, settings)
    if "SOSIE_DATABASE_URL" in settings:
        settings["SOSIE_DATABASE_URL"] = postgres.create("restored")
    called("restore", Path(backup), again, settings)
    sound = sosie("fsck", "--workspace", again, "--json", secrets=settings)
    assert sound.code == 0, sound.out
    assert sound.json["entries"] == 2
    parties = sosie("party", "list", "--workspace", again, "--json", secrets=settings)
    assert [row["party"] for row in parties.json["parties"]] == ["ines", "nord"]
    (again / "log" / "checkpoint").write_text("changed")  # the control
    assert sosie("fsck", "--workspace", again, secrets=settings).code == 1


def test_a_house_in_which_nothing_happened_is_sound_and_backed_up(tmp_path: Path) -> None:
    secret, folder = tmp_path / "house.passphrase", tmp_path / "workspace"
    secret.write_text(f"{SECRET}\n")
    settings = {"SOSIE_PASSPHRASE_HOUSE_FILE": str(secret)}
    refused = sosie("init", folder, "--name", "Maison Sosie", secrets=settings)
    assert (refused.code, "no space" in refused.err, folder.exists()) == (65, True, False)
    assert sosie("init", folder, "--name", "sosie.example", secrets=settings).code == 0
    backup = called("backup", tmp_path / "backups", folder, settings)
    again = tmp_path / "restored"
    called("restore", Path(backup), again, settings)
    for workspace in (folder, again):
        assert sosie("fsck", "--workspace", workspace, secrets=settings).code == 0
    public = {**settings, "SOSIE_PUBLIC_URL": "https://sosie.example"}
    invited = ("web", "invite", "--role", "operator", "--workspace", folder, "--json")
    assert sosie(*invited, secrets=public).json["link"].startswith("https://sosie.example/join/")


def test_a_house_is_opened_on_its_own_database_alone(house: House) -> None:
    other = {**house.settings}
    if other.pop("SOSIE_DATABASE_URL", None) is None:
        other["SOSIE_DATABASE_URL"] = postgres.create("elsewhere")
    done = sosie("fsck", "--workspace", house.folder, "--json", secrets=other)
    assert done.code == 65
    assert "workspace.database" in done.out + done.err


def test_units_are_sound(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd: install `systemd`")
    stand_in = tmp_path / "program"
    stand_in.write_text("#!/bin/sh\n")
    stand_in.chmod(0o755)
    for unit in UNITS:
        text = re.sub(r"/opt/sosie/\S+", str(stand_in), unit.read_text())
        (tmp_path / unit.name).write_text(text)
    copies = sorted(tmp_path.glob("sosie-*"))
    assert len(copies) == len(UNITS) > 8

    def verified() -> str:
        done = subprocess.run(
            ["systemd-analyze", "verify", *copies], capture_output=True, text=True, check=False
        )
        return done.stderr

    assert "sosie-" not in verified(), verified()
    copies[0].write_text(copies[0].read_text().replace("[Service]", "[Service]\nNoSuchThing=1"))
    assert "NoSuchThing" in verified()  # the control
