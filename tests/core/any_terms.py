"""Any valid terms, for tests that must hold for all of them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from sosie.core.terms import Alteration, Channel, Depiction, Purpose, Terms

SEEN = st.characters(exclude_categories=["C"])
TEXT = st.text(SEEN, min_size=1, max_size=12)
CODES = st.lists(st.sampled_from(["EU", "EEA", "WORLD", "FR", "DE", "US", "SE"]), max_size=4)


def _amount(most: int = 10**6, places: int = 3) -> st.SearchStrategy[str]:
    found = st.decimals(0, most, places=places, allow_nan=False)
    return found.map(lambda value: str(value.normalize() if value == 7 else value))


def _some(values: type[StrEnum]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(list(values)), max_size=4)


def _maybe(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


_territories = st.fixed_dictionaries(
    {"include": st.lists(st.sampled_from(["EU", "FR", "WORLD", "CN"]), min_size=1, max_size=3)},
    optional={"exclude": CODES},
)
_share = st.decimals(0, 1, places=4, allow_nan=False).map(str)
_days = st.dates(date(2020, 1, 1), date(2090, 1, 1))


@st.composite
def _period(draw: st.DrawFn) -> dict[str, str]:
    first = draw(_days)
    last = first + timedelta(days=draw(st.integers(0, 900)))
    return {"from": str(first), "until": str(last)}


@st.composite
def _pay(draw: st.DrawFn) -> dict[str, Any]:
    pay = draw(
        _maybe(
            creation_fee=_amount(),
            per_picture=_amount(),
            per_release=_amount(),
            per_placement=_amount(),
            per_month=_amount(),
            session=st.fixed_dictionaries(
                {"per_hour": _amount(), "hours": st.sampled_from(["0.5", "4", "12"])},
                optional={"overtime_after": st.sampled_from(["6", "7.5"])},
            ),
            royalty=st.fixed_dictionaries(
                {"share": st.sampled_from(["0.01", "0.125", "1"]), "of": TEXT}
            ),
            minimum_guarantee=_amount(),
            payment_term_days=st.integers(0, 365),
            late_interest=_share,
        )
    )
    if draw(st.booleans()):
        pay["cap"] = str(Decimal(pay.get("minimum_guarantee", 0)) + draw(st.integers(0, 10**6)))
    return {"currency": draw(st.sampled_from(["EUR", "JPY", "KWD"])), **pay}


def _co_depiction() -> st.SearchStrategy[dict[str, Any]]:
    named = st.lists(TEXT, min_size=1, max_size=3)
    alone = st.sampled_from(["nobody", "anybody"]).map(lambda people: {"people": people})
    return alone | named.map(lambda names: {"people": "named", "named": names})


@st.composite
def _exclusivity(draw: st.DrawFn, *, priced: bool) -> dict[str, Any]:
    price = {"price": draw(_amount())} if priced and draw(st.booleans()) else {}
    said = {"category": draw(TEXT), "territories": draw(_territories)}
    return {**said, **draw(_period()), **price}


_CLAUSES: dict[str, st.SearchStrategy[Any]] = {
    "purposes": _some(Purpose),
    "territories": _territories,
    "channels": _some(Channel),
    "period": st.tuples(_period(), _maybe(time_zone=st.sampled_from(["UTC", "Asia/Tokyo"]))).map(
        lambda pair: {**pair[0], **pair[1]}
    ),
    "credit": TEXT,
    "after_end": _maybe(
        sell_off_days=st.integers(0, 365), archive=st.sampled_from(["take_down", "posts_stay"])
    ),
    "twin_version": st.integers(1, 99),
    "language": st.sampled_from(["en", "zh"]),
    "scope": TEXT,
    "category": TEXT,
    "garments": st.lists(TEXT, max_size=3),
    "collections": st.lists(TEXT, max_size=3),
    "pictures": st.integers(1, 10**9),
    "renditions": st.integers(1, 10**9),
    "placements": st.integers(1, 10**9),
    "alterations": _some(Alteration),
    "excluded_depictions": _some(Depiction),
    "co_depiction": _co_depiction(),
    "approvals": _maybe(each_campaign=st.booleans(), answer_days=st.integers(1, 60)),
    "incurred_expenses": st.lists(
        st.fixed_dictionaries(
            {
                "what": TEXT,
                "amount": _amount(),
                "borne_by": st.sampled_from(["brand", "agency", "model"]),
            }
        ),
        max_size=3,
    ),
    "expectations": TEXT,
    "disclosure": st.fixed_dictionaries({"label": TEXT}, optional={"on_picture": st.booleans()}),
    "usage_reports": st.sampled_from(["monthly", "quarterly", "yearly"]),
    "audit": st.fixed_dictionaries(
        {"notice_days": st.integers(1, 90)}, optional={"per_year": st.integers(1, 12)}
    ),
    "sublicense": st.lists(TEXT, max_size=3),
    "storage": st.fixed_dictionaries(
        {"countries": _territories, "delete_within_days": st.integers(0, 365)}
    ),
    "withdrawal": st.fixed_dictionaries(
        {"take_down_days": st.integers(0, 90)}, optional={"notice": TEXT}
    ),
    "notice_hours": st.integers(0, 720),
    "negotiation": st.fixed_dictionaries(
        {"replaces_work": st.booleans()}, optional={"counsel": TEXT}
    ),
    "governing_law": TEXT,
}


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    """Draw terms in which each clause is there or not, with any value that it may have."""
    data: dict[str, Any] = draw(_maybe(**_CLAUSES))
    acting = _maybe(agency=TEXT, mother_agency=TEXT, studio=TEXT)
    data["parties"] = {"model": draw(TEXT), "brand": draw(TEXT), **draw(acting)}
    data |= {"sosie": "terms/1", "title": draw(TEXT), "twin": draw(TEXT)}
    if draw(st.booleans()):
        data["pay"] = draw(_pay())
    if draw(st.booleans()):
        data["exclusivity"] = draw(_exclusivity(priced="pay" in data))
    if "agency" in data["parties"]:
        data["commission"] = draw(_share)
        if "mother_agency" in data["parties"]:
            data["mother_agency_share"] = data["commission"]
    if named := draw(st.lists(st.sampled_from(data.get("channels") or [None]), unique=True)):
        data["accounts"] = {c: draw(st.lists(TEXT, max_size=2)) for c in named if c is not None}
    parties = {data["parties"]["model"], data["parties"]["brand"]}
    data["sublicense"] = [each for each in data.get("sublicense", []) if each not in parties]
    if not data["sublicense"]:
        del data["sublicense"]
    period, exclusivity = data.get("period"), data.get("exclusivity")
    if period and exclusivity and exclusivity["from"] > period["until"]:
        del data["exclusivity"]
    return Terms.model_validate(data)
