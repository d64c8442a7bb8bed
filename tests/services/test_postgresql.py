"""The tables in PostgreSQL: the same triggers as in SQLite, one writer at a time among real
processes, and the whole chain."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from threading import BrokenBarrierError, Event, Thread
from typing import Any

import cv2
import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction

from sosie.core.ports import Outside
from sosie.core.seal import Verdict
from sosie.core.values import BadInput, Digest, Money, Refusal
from sosie.core.verification import Question
from sosie.services import case, channel, ledger, seal, shoot, verification, workspace
from sosie.services import license as licenses
from sosie.store.asking import LicenseDraft
from sosie.store.models import License, Picture, SignedAct, Twin
from tests import postgres
from tests.services.conftest import (
    LATER,
    NOW,
    SECRETS,
    answer,
    assembled,
    everybody_joins,
    granted,
    made,
    plan,
    released_on_instagram,
    said,
    signed,
    twin_captured,
)

Triggers = dict[str, tuple[str, str, frozenset[str]]]
"""By name: table, event, and the columns of an update that is not refused in all."""
_PATIENCE = 3.0
"""Seconds for which a process waits in its transaction until the other one is there, too."""
_PLAIN = "django.db.backends.postgresql"


@pytest.fixture(scope="module")
def in_postgresql(
    keys_made_once: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Path:
    """A workspace in which the parties have joined and the twin stands."""
    folder = tmp_path_factory.mktemp("postgresql") / "founded"
    shutil.copytree(keys_made_once / "keys", folder / "keys")
    with django_db_blocker.unblock(), postgres.database_of(folder):
        workspace.lay_tables(new=True)
        everybody_joins(assembled(folder))
        twin_captured(assembled(folder))
    return folder


@pytest.fixture
def outside(in_postgresql: Path, tmp_path: Path, django_db_blocker: Any) -> Iterator[Outside]:
    """A copy of that workspace for one test."""
    folder = tmp_path / "workspace"
    shutil.copytree(in_postgresql, folder)
    with django_db_blocker.unblock(), postgres.database_of(folder):
        yield assembled(folder)


def told(name: str, table: str, sql: str) -> Triggers:
    """Return what a trigger's text says."""
    event = sql.split(" BEFORE ")[1].split(" ON ", maxsplit=1)[0]
    verb, _, columns = event.partition(" OF ")
    return {name: (table, verb, frozenset(filter(None, columns.split(", "))))}


def triggers(query: str) -> Triggers:
    """Return the triggers that a query finds."""
    found: Triggers = {}
    with connection.cursor() as cursor:
        cursor.execute(query)
        for row in cursor.fetchall():
            found |= told(*row)
    return found


def of_sqlite() -> Triggers:
    return triggers("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")


def of_postgresql() -> Triggers:
    return triggers(
        "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE NOT tgisinternal AND pg_get_triggerdef(oid) LIKE '%FOR EACH ROW%'"
    )


def test_the_same_is_refused_as_in_sqlite(
    outside: Outside, tmp_path: Path, django_db_blocker: Any
) -> None:
    there = of_postgresql()
    fresh = tmp_path / "sqlite"
    fresh.mkdir()
    was, settings = connections.settings["default"], connections.settings
    connections["default"].close()
    from sosie.settings import database as settings_of

    plain = settings_of("") | {"NAME": str(fresh / "sosie.sqlite3")}
    settings["default"] = connections.configure_settings({"default": plain})["default"]
    del connections["default"]
    try:
        workspace.lay_tables(new=True)
        here = of_sqlite()
    finally:
        connections["default"].close()
        del connections["default"]
        settings["default"] = was
    assert len(there) > 40
    assert there == here


def test_what_is_kept_can_be_neither_changed_nor_taken_away(outside: Outside) -> None:
    license = signed(outside)
    (picture,) = made(outside, license, "three-quarter")
    granted(answer(outside, picture))
    granted(seal.seal(outside, picture=picture, now=LATER))
    released_on_instagram(outside, picture)
    refused, empty = set(), set()
    for name, (table, event, columns) in of_postgresql().items():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} LIMIT 1")
            if cursor.fetchone() is None:
                empty.add(table)
                continue
            named = columns or {cursor.description[0].name}
        statements = {
            "DELETE": [f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"],
            "UPDATE": [f'UPDATE {table} SET "{each}" = "{each}"' for each in named],
        }[event]
        for statement in statements:
            with pytest.raises(DatabaseError, match=r"append-only|keeps"), transaction.atomic():
                connection.cursor().execute(statement)
        refused.add(name)
    # What this chain leaves empty: a passkey's and a capture day's, trained weights, preferences.
    assert len(refused) > 25, refused
    assert len(empty) < 10, empty


def test_evidence_of_a_passkey_is_of_a_statement_without_a_certificate(outside: Outside) -> None:
    """The one trigger whose condition is a query."""
    insert = (
        "INSERT INTO store_actevidence (counter, act_id, passkey_id)"
        " SELECT 0, id, 1 FROM store_signedact WHERE (certificate = '') = %s LIMIT 1"
    )
    with pytest.raises(DatabaseError, match="by a key or by a passkey"):
        connection.cursor().execute(insert, [False])
    act = SignedAct.objects.create(
        party_id="ines", act="x", subject="x", body=b"", signature=b"", certificate="", at=NOW
    )
    with pytest.raises(DatabaseError, match="foreign key"):  # that passkey is not there
        connection.cursor().execute(insert, [True])
    assert act.pk


def test_every_table_of_the_store_has_one_writer(outside: Outside) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'one_writer'")
        held = {table for (table,) in cursor.fetchall()}
        cursor.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'store\\_%'")
        assert held == {table for (table,) in cursor.fetchall()}
    assert len(held) > 20


def race(does: Callable[[Any, Any], None], *, engine: str = "") -> list[str]:
    """Have two processes do the same at the same time; returns what each says, in order."""
    settings = connections.settings["default"]
    was = settings["ENGINE"]
    connections["default"].close()
    there = get_context("fork")
    barrier, said = there.Barrier(2), there.SimpleQueue()
    settings["ENGINE"] = engine or was

    def alone() -> None:
        cv2.setNumThreads(0)  # threads do not survive a fork
        del connections["default"]
        try:
            does(barrier, said)
        except Exception as error:
            said.put(type(error).__name__)
        connections["default"].close()

    try:
        both = [there.Process(target=alone) for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        return sorted(said.get() for _ in both)
    finally:
        settings["ENGINE"] = was


def meet(barrier: Any) -> None:
    """Wait in a transaction until the other process is in one, too, or cannot come."""
    try:
        barrier.wait(_PATIENCE)
    except BrokenBarrierError:
        return


def takes_the_last(barrier: Any, said: Any) -> None:
    with transaction.atomic():
        free = LicenseDraft.objects.count() < 1
        meet(barrier)
        if free:
            LicenseDraft.objects.create(
                brand_id="nord", twin=Twin.objects.get(), said={}, changed_at=NOW
            )
    said.put("taken" if free else "none left")


def test_what_is_read_in_a_transaction_holds_when_it_writes(outside: Outside) -> None:
    assert race(takes_the_last) == ["none left", "taken"]
    assert LicenseDraft.objects.count() == 1


def test_without_the_lock_both_would_take_the_last(outside: Outside) -> None:
    assert race(takes_the_last, engine=_PLAIN) == ["taken", "taken"]
    assert LicenseDraft.objects.count() == 2


def ordering(outside: Outside, license: str) -> Callable[[Any, Any], None]:
    """Return how a process orders the last pictures of a license."""

    def does(barrier: Any, said: Any) -> None:
        real = licenses.decide

        def decided(*arguments: Any, **named: Any) -> Any:
            found = real(*arguments, **named)
            meet(barrier)
            return found

        licenses.decide = decided
        while True:
            row = shoot.order(
                outside,
                license=license,
                plan=plan("front-half", "front-full"),
                by="nord",
                passphrase=SECRETS["nord"],
                now=LATER,
            )
            if not isinstance(row, Refusal):
                said.put("ordered")
                return
            if {reason.code for reason in row.reasons} != {"shoot.busy"}:
                said.put(row.reasons[0].code)
                return

    return does


def test_the_last_pictures_of_a_license_are_ordered_once(outside: Outside) -> None:
    license = signed(outside)
    asked = plan("front-half", "front-full")
    granted(shoot.propose(outside, license=license, plan=asked, now=LATER))
    assert race(ordering(outside, license)) == ["ordered", "volume.exceeded"]
    assert Picture.objects.filter(license=license).count() == 2
    assert workspace.fsck(outside) == ()


def revoked_meanwhile() -> list[str]:
    """Write outside of transactions while another is in one; returns who ended when."""
    ended: list[str] = []
    inside, go_on = Event(), Event()

    def reads_then_writes() -> None:
        with transaction.atomic():
            License.objects.get()
            inside.set()
            go_on.wait()
            ended.append("transaction")  # before it lets go: whoever waits is told nothing sooner
        connections["default"].close()

    def writes() -> None:
        License.objects.update(revocation=SignedAct.objects.order_by("pk").first())
        ended.append("statement")
        connections["default"].close()

    first, second = Thread(target=reads_then_writes), Thread(target=writes)
    first.start()
    inside.wait()
    second.start()
    here = postgres.url(connection.settings_dict["NAME"])
    with psycopg.connect(here, autocommit=True) as looking:
        while second.is_alive():
            waiting = looking.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            ).fetchone()
            if waiting != (0,):
                break
            time.sleep(0.01)
    go_on.set()
    first.join()
    second.join()
    return ended


def test_a_statement_alone_waits_for_whoever_is_in_a_transaction(outside: Outside) -> None:
    signed(outside)
    assert revoked_meanwhile() == ["transaction", "statement"]


def test_without_its_trigger_it_would_not(outside: Outside) -> None:
    signed(outside)
    connection.cursor().execute("DROP TRIGGER one_writer ON store_license")
    assert revoked_meanwhile() == ["statement", "transaction"]


def test_whoever_waits_too_long_is_told_and_can_go_on(outside: Outside) -> None:
    with psycopg.connect(postgres.url(connection.settings_dict["NAME"])) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [0x5051E])
        connection.cursor().execute("SET lock_timeout = '1ms'")
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            pass
    assert connection.get_autocommit()
    with transaction.atomic():
        assert License.objects.count() == 0


def test_the_whole_chain(outside: Outside) -> None:
    license = signed(outside)
    (picture,) = made(outside, license, "three-quarter")
    granted(answer(outside, picture))
    granted(seal.seal(outside, picture=picture, now=LATER))
    release = released_on_instagram(outside, picture)
    file = outside.blobs.get(Digest(release.seal.file))
    report = verification.verify(outside, data=file, where="x.jpg", question=Question(LATER))
    assert report.outcome is Verdict.MADE_HERE
    found = granted(
        ledger.statement(party="ines", first=date(2026, 11, 1), last=date(2026, 12, 31))
    )
    assert [total.gross for total in found.totals] == [Money(24000, "EUR")]
    assert list(ledger.check()) == []
    assert all(kept == told for kept, told in said(license).values())
    assert len(channel.take_downs({"nord"}, now=LATER)) == 0
    assert workspace.fsck(outside) == ()
    granted(
        licenses.revoke(outside, license=license, by="ines", passphrase=SECRETS["ines"], now=LATER)
    )
    (order,) = channel.take_downs({"nord"}, now=LATER)
    assert [each.seal for each in case.open_ones(now=LATER)] == [order.seal] == [release.pk]
    again = shoot.order(
        outside,
        license=license,
        plan=plan("walking"),
        by="nord",
        passphrase=SECRETS["nord"],
        now=LATER,
    )
    assert isinstance(again, Refusal)
    assert "license.revoked" in {reason.code for reason in again.reasons}


def test_a_database_that_is_not_the_one_of_the_workspace_is_refused(
    outside: Outside, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="holds a workspace already"):
        workspace.lay_tables(new=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    with postgres.database_of(empty), pytest.raises(BadInput, match="holds no tables"):
        workspace.bring_up_to_date()
