"""What the rules of New York share: dates, citations, and how a rule of the Act is written."""

from __future__ import annotations

from datetime import date
from functools import partial

from sosie.core.law.rule import Confidence, Effect, Order, Rule

IN_FORCE = date(2025, 6, 19)
"""The substantive duties of the Fashion Workers Act."""
REGISTRATION_IN_FORCE = date(2025, 12, 21)
CHECKED = date(2026, 9, 22)
ACT = "https://www.nysenate.gov/legislation/laws/LAB/A36"
FAQ = "https://dol.ny.gov/new-york-state-fashion-workers-act-faqs"
DESIGN = "a reading of ours goes beyond the words: "
GUIDANCE = "by the guidance of the Department of Labor, not by the words that were read"

agency_rule = partial(
    Rule,
    order=Order.NEW_YORK,
    owed_by="agency",
    owed_to="model",
    outcome=Effect.REFUSE,
    source=ACT,
    in_force_from=IN_FORCE,
    checked_on=CHECKED,
    confidence=Confidence.TEXT_READ,
    needs_agency=True,
)
"""A duty of agencies under the Act."""
client_rule = partial(
    agency_rule, owed_by="brand", confidence=Confidence.ENACTED_BILL_READ, needs_agency=False
)
"""A duty of clients (brands) under the Act."""
