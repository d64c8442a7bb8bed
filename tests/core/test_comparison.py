"""What changed between two sets of terms, in plain words."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given

from sosie.adapters import terms_file
from sosie.core.comparison import CLAUSES, differences
from sosie.core.terms import Terms
from tests.core.any_terms import any_terms
from tests.core.test_license import terms

FULL = terms_file.read(
    (files("sosie.samples") / "licenses" / "full.yaml").read_text("utf-8"), where="full.yaml"
)


def leaves(data: dict[str, Any], path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            found |= leaves(value, f"{path}{key}.")
        else:
            found[path + key] = value
    return found


def test_full_terms_have_every_clause() -> None:
    named = {key for key in Terms.model_fields if getattr(FULL, key) is None}
    assert named == set()


@given(any_terms(), any_terms())
def test_any_two_are_compared(one: Terms, other: Terms) -> None:
    there, back = differences(one, other), differences(other, one)
    assert {d.clause for d in there} == {d.clause for d in back}
    turned = {"model": "brand", "brand": "model", "nobody": "nobody"}
    favors = {d.clause: d.favors for d in back}
    assert all(favors[d.clause] == turned[d.favors] for d in there)


@pytest.mark.parametrize("clause", sorted(set(leaves(FULL.as_json())) - {"sosie", "training"}))
def test_each_clause_that_changes_is_seen(clause: str) -> None:
    data = FULL.as_json()
    *path, last = clause.split(".")
    part = data
    for step in path:
        part = part[step]
    part[last] = ["another"] if isinstance(part[last], list) else None
    changed = Terms.model_construct(**data)
    changed = changed.model_copy(update={"format": "terms/1"})
    before = {d.clause for d in differences(FULL, Terms.model_validate(FULL.as_json()))}
    assert before == set()
    found = {d.clause for d in differences(FULL, _as(data, changed))}
    assert clause in found


def _as(data: dict[str, Any], terms: Terms) -> Terms:
    """Return terms that say exactly this JSON, valid or not."""

    class Said(Terms):
        def as_json(self) -> dict[str, Any]:
            return data

    return Said.model_construct(**terms.__dict__)


def changed(**changes: Any) -> list[tuple[str, str, str]]:
    return [(d.clause, d.favors, d.text) for d in differences(terms(), terms(**changes))]


def test_the_sentence_says_what_it_was_and_is() -> None:
    assert changed(pictures=6) == [
        ("pictures", "model", "the number of pictures: 6 instead of 12"),
    ]
    assert changed(pictures=24)[0][1] == "brand"
    assert changed(commission="0.15") == [
        ("commission", "nobody", "the commission of the agency: 15 % instead of 20 %"),
    ]
    assert changed(channels=["instagram", "out_of_home", "tiktok"]) == [
        ("channels", "brand", "the channels: more: tiktok"),
    ]
    assert changed(channels=["instagram"]) == [
        ("channels", "model", "the channels: no more: out of home"),
    ]
    assert changed(channels=["instagram", "print"])[0][1] == "nobody"
    assert changed(notice_hours=48) == [
        ("notice_hours", "nobody", "hours of notice before signing: 48, which was not there"),
    ]
    assert changed(pictures=None) == [
        ("pictures", "nobody", "the number of pictures: taken out (it was 12)"),
    ]


def test_money_and_days_favor_whom_they_favor() -> None:
    pay = {"currency": "EUR", "per_release": "60.00", "payment_term_days": 30}
    assert changed(pay={**pay, "per_picture": "9.00"})[0][:2] == ("pay.per_picture", "brand")
    assert changed(pay={**pay, "per_picture": "1000.00"})[0][:2] == ("pay.per_picture", "model")
    days = {"from": "2026-11-01", "until": "2027-05-31"}
    assert changed(period=days)[0][:2] == ("period.until", "brand")


def test_amounts_of_two_currencies_favor_nobody() -> None:
    pay = {"currency": "EUR", "per_release": "60.00", "payment_term_days": 30}
    euros = changed(pay={**pay, "per_picture": "200.00"})
    assert ("pay.per_picture", "model") in [each[:2] for each in euros]
    yen = changed(pay={**pay, "currency": "JPY", "per_picture": "200", "payment_term_days": 60})
    favors = {clause: whom for clause, whom, _ in yen}
    assert favors["pay.per_picture"] == favors["pay.currency"] == "nobody"
    assert favors["pay.payment_term_days"] == "brand"


def test_words_of_their_own_are_told_as_such() -> None:
    found = {
        each.clause: each
        for each in differences(terms(expectations=""), terms(scope="Lingerie", expectations="x"))
    }
    assert found["scope"].own
    assert found["scope"].now == "Lingerie"
    assert found["expectations"].was is None
    assert found["expectations"].text == "what is expected of her: x, which was not there"
    assert not any(each.own for each in differences(terms(), terms(pictures=3)))


def test_what_matters_most_comes_first() -> None:
    found = changed(
        governing_law="x", pictures=6, scope="Other.", pay={"currency": "EUR", "per_picture": "1"}
    )
    order = [clause.split(".")[0] for clause, _, _ in found]
    assert order == sorted(order, key=["pay", "scope", "pictures", "governing_law"].index)


@given(any_terms())
def test_terms_do_not_differ_from_themselves(same: Terms) -> None:
    assert differences(same, same) == ()
    assert differences(same, same.model_copy(update={"title": same.title + "!"})) != ()


@pytest.mark.parametrize("clause", sorted(set(leaves(FULL.as_json())) - {"sosie"}))
def test_each_clause_has_a_name_for_people(clause: str) -> None:
    if not clause.startswith("accounts."):
        assert clause in CLAUSES


def test_an_amount_that_is_spelled_otherwise_is_the_same() -> None:
    pay = {"currency": "EUR", "per_picture": "180.00"}
    before = terms(pay=pay, commission="0.20")
    after = terms(pay={**pay, "per_picture": "180"}, commission="0.2")
    assert before.digest() != after.digest()
    assert differences(before, after) == ()
    dearer = terms(pay={**pay, "per_picture": "180.01"}, commission="0.2")
    assert [each.clause for each in differences(before, dearer)] == ["pay.per_picture"]


def test_amounts_are_said_with_their_currency_and_appear_for_her() -> None:
    pay: dict[str, Any] = {"currency": "EUR", "per_picture": "180.00", "per_release": "60.00"}
    pay["payment_term_days"] = 30
    assert changed(pay={**pay, "per_placement": "1.50"}) == [
        (
            "pay.per_placement",
            "model",
            "the fee for each placement: 1.50 EUR, which was not there",
        ),
    ]
    capped = changed(pay={**pay, "cap": "900.00"})
    assert [each[:2] for each in capped] == [("pay.cap", "nobody")]
    dollars = changed(pay={**pay, "currency": "USD"})
    assert dollars == [("pay.currency", "nobody", "the currency: USD instead of EUR")]


@pytest.mark.parametrize(
    ("before", "after", "whom"),
    [
        ({}, {"usage_reports": "yearly"}, "model"),
        ({"usage_reports": "yearly"}, {"usage_reports": "monthly"}, "model"),
        ({}, {"co_depiction": {"people": "anybody"}}, "brand"),
        ({"co_depiction": {"people": "anybody"}}, {"co_depiction": {"people": "nobody"}}, "model"),
        ({}, {"after_end": {"archive": "posts_stay"}}, "brand"),
        ({}, {"approvals": {"each_campaign": True}}, "model"),
        ({"approvals": {"each_campaign": True}}, {}, "brand"),
    ],
)
def test_words_that_stand_for_more_favor_somebody(
    before: dict[str, Any], after: dict[str, Any], whom: str
) -> None:
    found = differences(terms(**before), terms(**after))
    clauses = {d.clause: d.favors for d in found}
    assert whom in clauses.values(), clauses
    assert {"model": "brand", "brand": "model"}[whom] not in clauses.values(), clauses


def test_groups_of_countries_are_compared_by_what_they_hold() -> None:
    def territories(*codes: str) -> list[tuple[str, str, str]]:
        before = terms(territories={"include": ["EU"]})
        after = terms(territories={"include": list(codes)})
        return [(d.clause, d.favors, d.text) for d in differences(before, after)]

    assert territories("EEA") == [
        ("territories.include", "brand", "the countries: more: IS, LI, NO"),
    ]
    assert territories("FR")[0][1] == "model"
    assert territories("EU", "FR") == [
        ("territories.include", "nobody", "the countries: the same, said otherwise"),
    ]
    assert territories("WORLD")[0][2] == "the countries: more: 222 of them"
