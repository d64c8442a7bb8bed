"""What a model wants of every license: inherited by terms, held against requests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from sosie.core.preferences import CODES, Preferences, against, inherit
from sosie.core.terms import Terms
from tests.core.any_terms import any_terms
from tests.core.test_license import terms


def wanted(**said: Any) -> Preferences:
    return Preferences.model_validate({"sosie": "preferences/1", **said})


ASKED: dict[str, Any] = {
    "category": "knitwear",
    "language": "en",
    "approvals": {"answer_days": 5},
    "pay": {
        "currency": "EUR",
        "creation_fee": "300",
        "per_picture": "180",
        "per_release": "60",
        "session": {"per_hour": "90", "hours": 4},
        "payment_term_days": 30,
    },
    "co_depiction": {"people": "anybody"},
    "excluded_depictions": ["alcohol"],
    "notice_hours": 24,
}
LEAST = {"currency": "EUR"}


@pytest.mark.parametrize(
    ("said", "code", "clause", "fine"),
    [
        ({"depictions_excluded": ["fur"]}, "depiction", "excluded_depictions", ["alcohol"]),
        ({"alterations_never": ["crop"]}, "alteration", "alterations", ["relight"]),
        ({"purposes_never": ["campaign"]}, "purpose", "purposes", ["print"]),
        ({"channels_never": ["instagram"]}, "channel", "channels", ["tiktok"]),
        ({"territories_never": ["FR"]}, "territory", "territories", ["GB"]),
        ({"categories_never": ["knitwear"]}, "category", "category", ["denim"]),
        ({"brands_never": ["maison-nord"]}, "brand", "parties.brand", ["sud"]),
        ({"nobody_beside_me": True}, "company", "co_depiction", False),
        ({"longest_days": 180}, "length", "period", 181),
        ({"notice_hours": 25}, "notice", "notice_hours", 24),
        ({"answer_days": 6}, "answer", "approvals.answer_days", 5),
        ({"language": "sv"}, "language", "language", "en"),
    ],
)
def test_what_she_does_not_do_is_named_with_its_clause(
    said: dict[str, Any], code: str, clause: str, fine: Any
) -> None:
    (found,) = against(terms(**ASKED), wanted(**said))
    assert (found.code, found.clause) == (f"preference.{code}", clause)
    assert found.code in CODES
    (key,) = said
    assert against(terms(**ASKED), wanted(**{key: fine})) == ()


@pytest.mark.parametrize(
    ("rate", "clause", "least", "fine"),
    [
        ("creation_fee", "pay.creation_fee", "300.01", "300"),
        ("per_picture", "pay.per_picture", "180.01", "180"),
        ("per_release", "pay.per_release", "60.01", "60"),
        ("per_hour", "pay.session.per_hour", "90.01", "90"),
    ],
)
def test_less_than_she_works_for_is_named(rate: str, clause: str, least: str, fine: str) -> None:
    (found,) = against(terms(**ASKED), wanted(least_pay={**LEAST, rate: least}))
    assert (found.code, found.clause) == ("preference.pay", clause)
    assert against(terms(**ASKED), wanted(least_pay={**LEAST, rate: fine})) == ()


def test_pay_in_another_currency_is_to_be_compared_by_people() -> None:
    (found,) = against(terms(**ASKED), wanted(least_pay={"currency": "SEK"}))
    assert (found.code, found.clause) == ("preference.pay", "pay.currency")
    assert against(terms(**{**ASKED, "pay": None}), wanted(least_pay=LEAST)) == ()


ALL = wanted(
    depictions_excluded=["fur", "alcohol"],
    territories_never=["JP"],
    notice_hours=48,
    answer_days=7,
    language="sv",
)


def test_terms_inherit_what_she_excludes() -> None:
    asked = terms(**{**ASKED, "language": None, "territories": {"include": ["WORLD"]}})
    got = inherit(asked, ALL)
    assert got.excluded_depictions == ("alcohol", "fur")
    assert got.territories is not None
    assert got.territories.exclude == ("JP",)
    assert (got.notice_hours, got.approvals.answer_days, got.language) == (48, 7, "sv")
    assert against(got, ALL) == ()
    assert inherit(got, ALL) == got
    assert inherit(terms(**ASKED), ALL).language == "en"


def test_what_the_terms_give_her_beyond_is_kept() -> None:
    more = terms(**{**ASKED, "notice_hours": 72, "approvals": {"answer_days": 9}})
    got = inherit(more, ALL)
    assert (got.notice_hours, got.approvals.answer_days) == (72, 9)
    assert inherit(more, wanted()) == more


@given(any_terms())
def test_whatever_is_asked_inherits_and_nothing_else_changes(asked: Terms) -> None:
    got = inherit(asked, ALL)
    assert set(got.excluded_depictions or ()) >= {"fur", "alcohol"}
    left = {"excluded_depictions", "territories", "notice_hours", "approvals", "language"}
    assert got.model_dump(exclude=left) == asked.model_dump(exclude=left)
    codes = {reason.code for reason in against(got, ALL)}
    assert codes <= {"preference.language"}


def test_what_she_never_does_is_listed_by_its_field() -> None:
    wanted = Preferences.model_validate(
        {
            "sosie": "preferences/1",
            "alterations_never": ["age", "skin_tone"],
            "brands_never": ["maison-nord"],
            "nobody_beside_me": True,
            "longest_days": 90,
        }
    )
    assert wanted.exclusions() == {
        "alterations_never": ("age", "skin_tone"),
        "brands_never": ("maison-nord",),
        "company": ("anybody beside her",),
    }
