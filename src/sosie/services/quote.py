"""What a license would cost, and what speaks against it, before it is drafted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sosie.core import law
from sosie.core.ports import Outside
from sosie.core.terms import Terms
from sosie.core.values import Reason, Refusal
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.services import life, preferences, shoot, signing
from sosie.services.shoot import Price


@dataclass(frozen=True, slots=True)
class Quote:
    """What some terms would come to."""

    terms: Terms
    """With what the model excludes from every license."""
    reasons: tuple[Reason, ...]
    """Why nobody could draft them, or the parties agree to them."""
    findings: tuple[law.Finding, ...]
    """What law and completeness refuse, require or warn of."""
    price: Price | None
    """Of all pictures, if each is approved and sealed."""

    @property
    def refused(self) -> bool:
        """Whether something stands against these terms that is no mere warning."""
        gates = (law.Effect.REFUSE, law.Effect.REQUIRE)
        return bool(self.reasons) or any(each.rule.outcome in gates for each in self.findings)


def quote(outside: Outside, *, terms: Terms, by: str, now: datetime) -> Quote:
    """Say what terms would come to, with all that the workspace knows of their parties."""
    draft = partial(licenses.draft, terms=terms, by=by, passphrase="", now=now)
    refusal = signing.ask(outside, draft)
    terms = preferences.inherited(terms)
    if isinstance(refusal, Refusal):
        found = law.check(terms, law.Facts(on=terms.day_of(now), terms=terms))
        reasons = refusal.reasons
    else:
        row = licenses.unsaved(terms, None, now)
        found = laws.findings(row, now=now)
        against = life.promised(row, terms, on=terms.day_of(now))
        reasons = against.reasons if against else ()
    return Quote(terms, reasons, tuple(found), shoot.price_of(terms, terms.pictures or 1))
