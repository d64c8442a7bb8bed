"""Lists as files: what comes first comes at once, and what follows is read when it is sent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import StreamingHttpResponse
from django.test.utils import CaptureQueriesContext

from sosie.core import ledger
from sosie.core.ledger_text import statement_csv, statement_lines
from sosie.core.roles import Role
from sosie.core.values import Money
from sosie.services import ledger as ledgers
from sosie.store.models import Party
from sosie.web import exports
from tests.services.conftest import LATER, granted
from tests.web.conftest import OWN, Person, Shown

YEAR = LATER.year


def test_the_names_of_the_columns_are_sent_before_a_row_is_read() -> None:
    read = []

    def rows() -> Iterator[Mapping[str, Any]]:
        for number in range(3):
            read.append(number)
            yield {"a": number, "b": ["x", "y"]}

    answer = exports.exported("csv", "list", ("a", "b"), rows())
    assert isinstance(answer, StreamingHttpResponse)
    sent = iter(answer)
    assert (next(sent), read) == (b"a,b\r\n", [])
    assert (next(sent), read) == (b"0,x y\r\n", [0])
    assert b"".join(sent) == b"1,x y\r\n2,x y\r\n"


def test_json_is_sent_row_by_row_and_is_what_it_would_be_at_once() -> None:
    read = []
    rows: list[Mapping[str, Any]] = [{"a": 1, "b": ["x", "é\u2028"]}, {"a": None, "b": []}]

    def some() -> Iterator[Mapping[str, Any]]:
        for row in rows:
            read.append(row)
            yield row

    answer = exports.exported("json", "list", ("a", "b"), some())
    assert isinstance(answer, StreamingHttpResponse)
    sent = iter(answer)
    assert (next(sent), read) == (b'{\n  "list": [', [])
    first = next(sent)
    assert (json.loads(first), read) == (rows[0], rows[:1])
    assert b"".join([b'{\n  "list": [', first, *sent]).decode() == exports.dumped({"list": rows})
    assert "".join(exports.listed("list", ())) == exports.dumped({"list": []})


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.MODEL, "/papers"),
        (Role.MODEL, "/where"),
        (Role.MODEL, "/twins"),
        (Role.MODEL, "/pictures"),
        (Role.MODEL, "/licenses"),
        (Role.BOOKER, "/agency/agreements"),
        (Role.PRODUCER, "/shoots"),
        (Role.PRODUCER, "/find/twins"),
        (Role.PRODUCER, "/library/pictures"),
        (Role.PRODUCER, "/library/take-down"),
        (Role.PRODUCER, "/library/errands"),
        (Role.OPERATOR, "/admin/parties"),
        (Role.OPERATOR, "/admin/acts"),
        (Role.OPERATOR, "/admin/cases"),
    ],
)
def test_every_list_is_sent_while_it_is_read(
    shown: Shown, people: dict[Role, Person], role: Role, path: str
) -> None:
    sent = {}
    for form in ("csv", "json"):
        answer = people[role].client.get(f"{path}.{form}")
        assert (answer.status_code, answer.streaming) == (200, True)
        sent[form] = answer.getvalue().decode()
    (rows,) = json.loads(sent["json"]).values()
    assert len(list(csv.DictReader(io.StringIO(sent["csv"])))) == len(rows)


@pytest.fixture(scope="module")
def people(shown: Shown) -> dict[Role, Person]:
    return {
        role: Person(role, OWN) for role in (Role.MODEL, Role.BOOKER, Role.PRODUCER, Role.OPERATOR)
    }


def test_rows_are_read_part_by_part(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PART", 2)
    rows, parts = Party.objects.order_by("pk"), list[int]()

    def told(part: list[Party]) -> list[str]:
        parts.append(len(part))
        return [row.pk for row in part]

    found = list(exports.in_parts(rows, told))
    assert found == [row.pk for row in rows]
    assert parts == [2, 2, 2]
    assert list(exports.in_parts(rows[:3], told)) == found[:3]


def test_what_changes_while_a_list_is_sent_moves_no_row(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PART", 2)

    def told(part: list[Party]) -> list[str]:
        return [row.pk for row in part]

    for changed in (Party.objects.order_by("name"), Party.objects.order_by("-name")):
        before = told(list(changed))
        first, last = before[0], before[-1]
        sent = exports.in_parts(changed, told)
        found = [next(sent)]
        with transaction.atomic():
            # What was told comes last now, what was to come last comes first.
            names = {row.pk: row.name for row in Party.objects.filter(pk__in=(first, last))}
            for one, other in ((first, last), (last, first)):
                Party.objects.filter(pk=one).update(name=names[other])
            found += sent
            transaction.set_rollback(True)
        assert found == before


def test_a_statement_is_sent_month_by_month_and_is_that_of_the_year(shown: Shown) -> None:
    for month, day in ((1, 31), (2, 1), (11, 30), (12, 31)):
        paid = ledger.paid(
            Money(100 * month, "EUR"),
            entry_id=f"paid:{month}",
            on=date(YEAR, month, day),
            party="ines",
            account=ledger.Account.PAYABLE_MODEL,
            house="nord",
            text="bank transfer",
        )
        with transaction.atomic():
            ledgers.post(shown.outside, paid, now=LATER)
    for party in ("ines", "zoe"):
        whole = ledgers.statement(party=party, first=date(YEAR, 1, 1), last=date(YEAR, 12, 31))
        sent = "".join(statement_lines(ledgers.by_month(party, YEAR)))
        assert sent == statement_csv(granted(whole))
    with CaptureQueriesContext(connection) as asked:
        lines = statement_lines(ledgers.by_month("ines", YEAR))
        assert next(lines).startswith("day,")
    assert len(asked) == 0
    her = Person(Role.MODEL, OWN).client.get(f"/money.csv?year={YEAR}")
    assert her.streaming
    assert her.getvalue().decode() == "".join(statement_lines(ledgers.by_month("ines", YEAR)))
