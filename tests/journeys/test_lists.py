"""Every list is searched and taken along as a table in the same way."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from tests.journeys.browser import DESKTOP, Visitor, axe_core, chromium
from tests.journeys.conftest import serving, sosie

ROOT = Path(__file__).parents[2]
LISTS = {
    "agreement list": "agreements",
    "engine list": "engines",
    "law list": "rules",
    "license deadlines": "deadlines",
    "license list": "licenses",
    "log list": "leaves",
    "paper list ines": "papers",
    "party list": "parties",
    "party passkeys ines": "passkeys",
    "picture list": "pictures",
    "place errands --brand maison-nord": "errands",
    "place list --brand maison-nord": "places",
    "shoot list": "shoots",
    "token list": "tokens",
    "twin list": "twins",
    "web members": "members",
    "webhook deliveries": "deliveries",
    "webhook list": "webhooks",
}
ELSEWHERE = {"engine list", "law list"}
"""Those that are asked of no workspace."""
EMPTY = {"party passkeys ines", "web members", "token list"}
EMPTY |= {"webhook list", "webhook deliveries"}
EMPTY |= {"place list --brand maison-nord", "place errands --brand maison-nord"}
"""Those that the demo has no rows for."""


def test_every_command_that_lists_is_looked_at_here() -> None:
    page = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    named = {
        line.removeprefix("### `sosie ").rstrip("`")
        for line in page.splitlines()
        if line.startswith("### `sosie ") and line.endswith(" list`")
    }
    assert len(named) >= 10
    assert named <= {" ".join(each.split()[:2]) for each in LISTS}


@pytest.mark.parametrize("command", LISTS)
def test_a_list_is_searched_and_written_as_a_table(
    command: str, workspace: Path, tmp_path: Path
) -> None:
    where = () if command in ELSEWHERE else ("--workspace", workspace)

    def rows(*options: str | Path) -> list[dict[str, object]]:
        done = sosie(*command.split(), *options, *where, "--json")
        assert done.code == 0, done.out + done.err
        found: list[dict[str, object]] = done.json[LISTS[command]]
        return found

    table = tmp_path / "table.csv"
    everything = rows("--csv", table)
    header, *written = csv.reader(io.StringIO(table.read_bytes().decode("utf-8-sig")))
    assert len(written) == len(everything)
    assert bool(everything) != (command in EMPTY)
    assert rows("--search", "no row says this") == []
    if everything:
        assert set(header) <= set(everything[0])
        word = str(everything[0][header[0]])
        found = rows("--search", word.upper())
        assert everything[0] in found
        assert len(found) <= len(everything)


def test_the_log_is_searched_beyond_its_newest_entries(workspace: Path) -> None:
    def leaves(*options: str) -> list[dict[str, object]]:
        done = sosie("log", "list", *options, "--workspace", workspace, "--json")
        found: list[dict[str, object]] = done.json["leaves"]
        return found

    assert len(leaves("--last", "3")) == 3
    assert "consent.signed" not in {leaf["act"] for leaf in leaves("--last", "3")}
    found = leaves("--last", "1", "--search", "consent.signed")
    assert [leaf["act"] for leaf in found] == ["consent.signed"]


def test_an_id_stays_in_one_piece_on_a_narrow_terminal(workspace: Path) -> None:
    shown = sosie("shoot", "list", "--workspace", workspace).out
    listed = sosie("shoot", "list", "--workspace", workspace, "--json").json["shoots"]
    assert len(listed) >= 1
    for row in listed:
        assert row["license"] in shown
        assert row["ordered"] in shown


def test_a_list_of_the_pages_is_searched_while_one_types(workspace: Path, tmp_path: Path) -> None:
    log, axe = tmp_path / "log", axe_core()
    with serving(workspace, log=log) as address, chromium() as browser:
        links = dict(re.findall(r"^([a-z ]+), .*\n  (\S+)$", log.read_text(), re.MULTILINE))
        brand = Visitor(browser, address, DESKTOP, "light")
        brand.join(links["brand producer"], "Noor Haddad")
        brand.open("/licenses?q=nothing-is-called-so")
        rows, field = brand.page.locator("#list > .rows > li"), brand.page.get_by_label("Search")
        assert rows.all_inner_texts() == ["None yet."]
        field.fill("")
        field.press_sequentially("L-2026-0001")
        brand.page.wait_for_url("**/licenses?q=L-2026-0001")
        brand.page.locator("#list .rows a[href$='L-2026-0001']").wait_for()
        assert rows.count() == 1
        assert brand.page.locator("#found").inner_text() == "1 found"
        assert brand.page.evaluate("document.activeElement.id") == "id_q"
        assert brand.violations(axe) == []
        brand.open("/pictures?status=sealed&q=x")  # what is asked besides stays
        field.fill("S-0001")
        brand.page.wait_for_url("**/pictures?status=sealed&q=S-0001")
        brand.open("/library")
        page = brand.page
        page.get_by_label("Search").press_sequentially("no picture is called so")
        page.locator("#list").get_by_text("No picture is all of this.").wait_for()
        assert page.locator("#found").inner_text() == "0 pictures"
        refused = page.locator("#states a", has_text="in force").get_attribute("href")
        assert "search=no" in str(refused)  # the other choices ask for the same words
        assert brand.violations(axe) == []
        brand.open("/find")
        page.get_by_label("Looks").press_sequentially("no model looks so")
        page.locator("#list").get_by_text("Nobody who shows it is all of this.").wait_for()
        her = Visitor(browser, address, DESKTOP, "light")
        her.join(links["model"], "Ines Moreau")
        her.open("/where")
        her.page.get_by_label("Search").press_sequentially("no brand is called so")
        her.page.locator("#list").get_by_text("Nothing went out that fits this.").wait_for()
        assert her.page.locator("#above svg").count() == 0  # the map shows the same releases
        her.page.get_by_label("Search").fill("")
        her.page.locator("#above svg").first.wait_for()
        assert her.violations(axe) == []
        assert her.faults == []
        # No page is kept in the browser, whose next user would find it there.
        assert brand.page.evaluate("Object.keys(localStorage).length") == 0
        assert "<" not in brand.page.evaluate("JSON.stringify(sessionStorage)")
        assert brand.faults == []
