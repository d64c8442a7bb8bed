"""A workspace that began in SQLite goes on in PostgreSQL: every row, sound, and as closed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sosie import wiring
from sosie.services import seal
from tests import postgres
from tests.journeys.conftest import Done, sosie
from tests.services.conftest import (
    LATER,
    ON_POSTGRESQL,
    SECRETS,
    answer,
    assembled,
    database,
    granted,
    keys_made_once,
    made,
    made_once,
    released_on_instagram,
    signed,
)

__all__ = ["keys_made_once", "made_once"]
pytestmark = pytest.mark.skipif(ON_POSTGRESQL, reason="this run has none in SQLite")


@pytest.fixture
def folder(made_once: Path, tmp_path: Path, django_db_blocker: Any) -> Path:
    """A workspace in SQLite in which a picture went out and was paid for."""
    folder = tmp_path / "workspace"
    shutil.copytree(made_once, folder)
    about = {"sosie": "workspace/1", "name": "test-house", "founded": LATER.isoformat()}
    (folder / "workspace.json").write_text(json.dumps(about))
    wiring.make_web_key(folder)
    with database(folder, django_db_blocker):
        outside = assembled(folder)
        (picture,) = made(outside, signed(outside), "three-quarter")
        granted(answer(outside, picture))
        granted(seal.seal(outside, picture=picture, now=LATER))
        released_on_instagram(outside, picture)
    return folder


def called(folder: Path, *words: str, url: str = "") -> Done:
    own = {f"SOSIE_PASSPHRASE_{name.upper()}": secret for name, secret in SECRETS.items()}
    where = {"SOSIE_DATABASE_URL": url} if url else {}
    return sosie(*words, "--workspace", folder, "--json", secrets={**own, **where})


LISTS = (("log", "list", "--last", "999"), ("license", "list"), ("party", "list"))


def test_a_workspace_moves_whole_and_goes_on(folder: Path) -> None:
    url = postgres.create("moved")
    before = [called(folder, *words).json for words in LISTS]
    done = called(folder, "move", "--to", url)
    assert done.code == 0, done.err + done.out
    assert done.json["wrong"] == []
    assert done.json["tables"]["store_seal"] == 2
    assert not (folder / "sosie.sqlite3").exists()
    assert (folder / "sosie.sqlite3.moved").exists()
    assert [called(folder, *words, url=url).json for words in LISTS] == before
    sound = called(folder, "fsck", url=url)
    assert (sound.code, sound.json["wrong"]) == (0, [])
    assert called(folder, "ledger", "check", url=url).code == 0
    # It is as closed as before, and the next numbers are free.
    with psycopg.connect(url) as there, pytest.raises(psycopg.errors.RaiseException):
        there.execute("UPDATE store_seal SET number = number")
    secrets = {"SOSIE_PASSPHRASE_SUD": "a secret", "SOSIE_DATABASE_URL": url}
    secrets |= {"SOSIE_PASSPHRASE_HOUSE": SECRETS["house"]}
    named = ("sud", "--name", "Sud", "--place", "FR", "--workspace", folder)
    assert sosie("party", "add", "brand", *named, secrets=secrets).code == 0
    assert called(folder, "fsck", url=url).code == 0
    again = called(folder, "move", "--to", postgres.create("again"), url=url)
    assert again.code == 65
    assert "workspace.database" in again.out + again.err


def test_what_is_not_empty_or_not_sound_changes_nothing(folder: Path) -> None:
    url = postgres.create("taken")
    about = (folder / "workspace.json").read_bytes()
    file = next(path for path in (folder / "blobs").rglob("*") if path.is_file())
    file.chmod(0o600)
    file.write_bytes(b"changed")
    done = called(folder, "move", "--to", url)
    assert done.code == 1
    assert {each["code"] for each in done.json["wrong"]} == {"file.changed"}
    done = called(folder, "move", "--to", url)  # by now it holds tables
    assert done.code == 65
    assert "workspace.present" in done.out + done.err
    assert (folder / "workspace.json").read_bytes() == about
    assert called(folder, "party", "list").code == 0
