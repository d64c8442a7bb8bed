"""Where she is, her money, her papers, and where she can turn."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sosie.core import ledger
from sosie.core.ledger import Account, Basis, Ground, Item, Reference
from sosie.core.roles import Role
from sosie.core.values import Money
from sosie.services import ledger as ledgers
from sosie.services import license as licenses
from sosie.services import life
from sosie.store.models import License, Paper, Picture, Release, Seal
from sosie.web import money
from tests.services.conftest import LATER, SECRETS, granted
from tests.web.conftest import OTHER, OWN, Out, Person, Shown


@pytest.fixture(scope="module")
def her(out: Out) -> Person:
    del out  # something went out
    return Person(Role.MODEL, OWN)


@pytest.fixture(scope="module")
def zoe(shown: Shown) -> Person:
    """Another model, of whom nothing was made."""
    del shown
    return Person(Role.MODEL, OTHER)


def words(person: Person, page: str) -> str:
    """Return the words of a page, without its marks."""
    answer = person.client.get(page)
    assert answer.status_code == 200, page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def rows(person: Person, page: str) -> list[dict[str, str]]:
    """Return the rows of an export as CSV."""
    answer = person.client.get(page)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_she_reads_where_she_is_and_what_it_paid(out: Out, her: Person, zoe: Person) -> None:
    page = words(her, "/where")
    assert "1 picture of you went out" in page
    assert "Being shown paid you €48.00" in page  # 60.00 less her agency's fifth
    assert "Instagram" in page
    assert "France" in page
    source = her.client.get("/where").content.decode()
    assert f"/picture/{out.picture}/image?small" in source
    assert 'class="shade-3"' in source  # France on the map
    (row,) = rows(her, "/where.csv")
    assert (row["seal"], row["state"], row["paid"]) == (out.number, "up", "48.00 EUR")
    assert json.loads(her.client.get("/where.json").getvalue())["releases"][0]["countries"] == [
        "FR"
    ]
    nothing = words(zoe, "/where")
    assert "No picture of you went out yet" in nothing
    assert rows(zoe, "/where.csv") == []


def test_a_country_takes_the_place_of_the_one_before(out: Out, her: Person) -> None:
    del out
    page = her.client.get("/where?q=nord&country=FR").content.decode()
    links = re.findall(r'href="\?([^"]*country=[^"]*)"', page.partition("By month")[0])
    assert unescape(links[0]) == "q=nord&country=FR"


def test_what_must_come_down_is_said_by_its_names(shown: Shown, out: Out, her: Person) -> None:
    there = f"/licenses/{shown.license}/revoke"
    assert f"{out.number} is taken down (Instagram, France)" in words(her, there)
    page = her.client.get(there, headers={"accept-language": "ru"}).content.decode()
    assert "(Instagram, Франция)" in page
    assert "instagram, FR" not in page


def test_a_colon_stands_as_the_language_sets_it(shown: Shown, her: Person) -> None:
    answer = her.client.get(f"/licenses/{shown.license}", headers={"accept-language": "fr"})
    page = unescape(answer.content.decode())
    assert "Nord</bdi>\u00a0: rédigée" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=capsule+nord", 1),
        ("q=capsule+elsewhere", 0),
        ("q=%25", 0),
        ("brand=nord", 1),
        ("brand=sud", 0),
        ("channel=instagram", 1),
        ("channel=tiktok", 0),
        ("country=FR", 1),
        ("country=DE", 0),
        ("month=2026-11", 1),
        ("month=2026-10", 0),
        ("month=no-month", 1),
        ("page=99", 1),
        ("page=x", 1),
    ],
)
def test_releases_are_narrowed(her: Person, query: str, found: int) -> None:
    assert f"{found} picture" in words(her, f"/where?{query}")
    assert len(rows(her, f"/where.csv?{query}")) == found


def test_a_group_of_countries_counts_for_each_of_them(shown: Shown, out: Out, her: Person) -> None:
    with undone():
        _more(shown, out, 1, territories=["NORDICS", "US"])
        page = words(her, "/where")
        assert "to 7 countries" in page
        for country in ("Sweden", "Iceland", "United States"):
            assert country in page
        assert len(rows(her, "/where.csv?country=SE")) == 1
        assert rows(her, "/where.csv?country=DE") == []


class undone(transaction.Atomic):  # noqa: N801 (used as a block is)
    """What is changed inside is gone after it."""

    def __init__(self) -> None:
        super().__init__(using="default", savepoint=True, durable=False)

    def __exit__(self, *error: Any) -> None:
        transaction.set_rollback(True)
        super().__exit__(*error)


def test_pages_ask_no_more_where_there_is_more(shown: Shown, out: Out, her: Person) -> None:
    pages = ("/where", "/money?year=2026", "/papers", "/found", "/take-back", "/speak-up")

    def asked() -> list[int]:
        counts = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert her.client.get(page).status_code == 200
            counts.append(len(queries))
        return counts

    with undone():
        before = asked()
        for number in range(20):
            _more(shown, out, number)
        assert asked() == before
        # The control: they were all found.
        assert "1 picture of you went out" in words(her, "/where")
        assert "€1,008.00" in words(her, "/where")  # 21 × 48.00
        assert len(rows(her, "/where.csv")) == 21
        assert len(rows(her, "/money.csv?year=2026")) > 40


def _more(shown: Shown, out: Out, number: int, **facts: Any) -> None:
    """Put one more release beside the one there is, as it is but for its number and its day."""
    first = Seal.objects.get(pk=out.number)
    entry = first.entry
    entry.pk = 10_000 + number
    entry.save(force_insert=True)
    decision = first.decision
    decision.pk = None
    decision.save(force_insert=True)
    seal = f"0000-0000-{number:05}"
    release = Release.objects.get(pk=out.number)
    first.pk, first.entry, first.decision = seal, entry, decision
    first.file = f"sha256:{number:064}"
    first.save(force_insert=True)
    release.pk, release.seal, release.at = seal, first, release.at - timedelta(days=30 * number)
    for name, value in facts.items():
        setattr(release, name, value)
    release.save(force_insert=True)
    earned = ledgers.earn(
        shown.outside,
        license=License.objects.get(pk=shown.license),
        earning=ledger.Earning.PER_RELEASE,
        reference=Reference(shown.license, out.picture, seal),
        about=seal,
        now=LATER,
    )
    assert isinstance(earned, ledger.Entry)


def test_each_deduction_opens_its_basis(shown: Shown, her: Person) -> None:
    page = words(her, "/money?year=2026")
    assert "Earned €420.00 Taken from it €84.00 Yours €336.00" in page  # 2 × 180.00 and 60.00
    assert "By brand Nord €336.00" in page
    assert "November 2026 €336.00" in page
    assert f"Agency commission 20 %, license {shown.license}, clause commission" in page
    assert "20 % of €180.00: €36.00" in page
    assert "You signed it on 24 November 2026, in this contract (PDF)" in page
    assert "New York Labor Law § 1035(7)" in page  # at most 20 %
    assert "New York Labor Law § 1034(6)" not in page  # of advances alone
    assert "To be paid by 24 December 2026" in page
    assert "Nothing was earned in this year" in words(her, "/money?year=2019")
    for year in ("99999", "0000", "x", ""):
        assert her.client.get(f"/money?year={year}").status_code == 200


def test_an_advance_that_is_taken_back_says_how_it_was_computed(shown: Shown, her: Person) -> None:
    items = (Item("train to Paris", Money(9_000, "EUR"), "2 journeys at 45.00 EUR"),)
    basis = Basis(Ground.ADVANCE, "travel to the capture", approved_on=date(2026, 11, 20))
    entry = ledger.deduct(
        Money(9_000, "EUR"),
        entry_id="advance:1",
        on=LATER.date(),
        what="advance",
        reference=Reference(shown.license),
        model="ines",
        agency="atlas",
        basis=Basis(basis.ground, basis.text, None, basis.approved_on, items),
    )
    with undone():
        ledgers.post(shown.outside, granted(entry), now=LATER)
        page = words(her, "/money?year=2026")
    assert "Advance taken back −€90.00" in page
    assert "Train to Paris 2 journeys at €45.00: €90.00" in page
    assert "New York Labor Law § 1034(6)" in page


def test_a_year_begins_with_what_was_owed_before(shown: Shown, her: Person) -> None:
    page = words(her, "/money?year=2027")
    assert "Owed from before €336.00 Earned €0.00 Yours €0.00 Paid out €0.00" in page
    paid = ledger.paid(
        Money(10_000, "EUR"),
        entry_id="paid:2027",
        on=date(2027, 1, 10),
        party="ines",
        account=Account.PAYABLE_MODEL,
        house="nord",
        text="bank transfer",
    )
    with undone():
        ledgers.post(shown.outside, paid, now=LATER)
        page = words(her, "/money?year=2027")
    assert "Paid out €100.00 Still to be paid €236.00" in page
    assert "January 2027 €0.00 paid out €100.00" in page


def test_a_year_with_many_entries_is_told_month_by_month(
    her: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Money, 2026" in words(her, "/money?year=2026")
    monkeypatch.setattr(money, "MANY", 2)
    page = words(her, "/money?year=2026")
    assert "Money, November 2026" in page
    assert "Earned €420.00" in page
    assert page == words(her, "/money?year=2026&month=2026-11")
    assert page == words(her, "/money?year=2026&month=no-month")
    assert "Nothing was earned" in words(her, "/money?year=2019")
    assert len(rows(her, "/money.csv?year=2026")) > 5  # the whole year


def test_a_statement_is_exported_and_nobody_reads_anothers(her: Person, zoe: Person) -> None:
    found = rows(her, "/money.csv?year=2026")
    assert [row["kind"] for row in found].count("deducted") == 3
    said = her.client.get("/money.json?year=2026").json()
    assert said["totals"][0]["closing"] == "336.00 EUR"
    assert her.client.get("/money.pdf?year=2026").content.startswith(b"%PDF-")
    assert her.client.get("/money?of=zoe").status_code == 404
    assert zoe.client.get("/money.csv?of=ines").status_code == 404
    accountant = Person(Role.ACCOUNTANT, OWN)
    page = words(accountant, "/money?year=2026")
    assert "The agency’s €84.00" in page
    assert "€336.00" not in page
    assert accountant.client.get("/money?of=ines").status_code == 404


def test_papers_are_searched_and_taken_along(shown: Shown, her: Person, zoe: Person) -> None:
    page = words(her, "/papers")
    for title in ("License L-2026-0001", "Deal memo of L-2026-0001", "Yes to a license"):
        assert title in page
    assert "Yes to a picture" in page
    found = words(her, "/papers?q=yes+L-2026")
    assert "Yes to a license" in found
    assert "Yes to a picture" not in found
    assert "Deal memo of" not in words(her, "/papers?q=signing+record")
    assert "No paper holds these words" in words(her, "/papers?q=nowhere")
    assert {row["kind"] for row in rows(her, "/papers.csv")} >= {"contract", "deal_memo"}
    hers = Paper.objects.filter(party="ines", kind="contract")[0]
    assert her.client.get(f"/papers/{hers.pk}").content.startswith(b"%PDF-")
    assert zoe.client.get(f"/papers/{hers.pk}").status_code == 404
    assert zoe.client.get("/papers/all.zip?of=ines").status_code == 404
    taken = her.client.get("/papers/all.zip")
    assert taken["Content-Disposition"].startswith('attachment; filename="papers-ines-')
    with zipfile.ZipFile(io.BytesIO(taken.content)) as bundle:
        assert bundle.namelist()[0] == "index.html"
    assert "No paper yet" in words(zoe, "/papers")


def test_rooms_say_what_is_there_and_what_is_not(shown: Shown, her: Person, zoe: Person) -> None:
    assert "Nobody searches the internet for you yet" in words(her, "/found")
    page = words(her, "/speak-up")
    assert "Atlas Your agency." in page
    assert "The protected channel, in which nobody can tell who you are, is not here yet" in page
    for rule in ("§ 1038(7)(a)", "§ 1038(9)", "§§ 1034(2), 1037(3)"):
        assert f"New York Labor Law {rule}" in page
    assert "No agency stands in your papers" in words(zoe, "/speak-up")
    assert shown.license in words(her, "/take-back")
    assert "You gave no license that could be taken back" in words(zoe, "/take-back")


def test_what_she_took_back_waits_no_more_and_is_still_out(shown: Shown, her: Person) -> None:
    hers: dict[str, Any] = {
        "license": shown.license,
        "by": "ines",
        "passphrase": SECRETS["ines"],
        "now": LATER,
    }
    with undone():
        Picture.objects.exclude(seals__release__isnull=False).update(status="made", answer=None)
        assert "1 picture to answer" in words(her, "/")  # the control
        granted(licenses.revoke(shown.outside, **hers))
        assert "nothing waits for you" in words(her, "/")
        assert her.client.get("/approvals").status_code == 200  # it leads nowhere
        assert "1 file that nobody said is taken down" in words(her, "/found")
        assert "out, and its license is over" in words(her, "/where")
        assert shown.license not in words(her, "/take-back")
        open_ones = words(Person(Role.OFFICER, OWN), "/admin/cases?kind=still_out")
        assert "Ines Nord 24 November 2026" in open_ones
        assert "Nord Instagram, France" in open_ones
        brand = Person(Role.PRODUCER, OWN), Person(Role.LEGAL, OWN)
        for each in brand:
            assert "1 file to take down: its license is over" in words(each, "/")
            assert f'href="/licenses/{shown.license}"' in each.client.get("/").content.decode()
        number = Release.objects.get().pk
        down = {"seal": number, "by": "nord", "passphrase": SECRETS["nord"], "note": ""}
        granted(life.taken_down(shown.outside, now=LATER, **down))
        assert "taken down on 24 November 2026" in words(her, "/where")
        for each in brand:
            assert "to take down" not in words(each, "/")
        assert "Nothing: what went out is under a license" in words(her, "/found")


def test_a_phone_has_four_links_in_sight_and_the_others_under_more(her: Person) -> None:
    page = her.client.get("/papers").content.decode()
    head = page.split("<nav")[1].split("</nav>")[0]
    bar, more = head.split('<details class="more">')
    assert re.findall(r">([^<]+)</a>", bar.split('class="later"')[0])[:4] == [
        "Today",
        "Approvals",
        "Requests",
        "Where I am",
    ]
    hidden = re.findall(r">([^<]+)</a>", more)
    assert hidden == re.findall(r'class="later"[^>]*>([^<]+)</a>', bar)
    assert {"Money", "Papers", "Found", "Speak up", "My twin", "Account"} <= set(hidden)
    assert more.count('aria-current="page"') == 1
