"""New York: the Fashion Workers Act (Labor Law article 36) and the laws beside it.

The enacted article ends at section 1039. It sets no time of 45 days for payment, and does not say
that a replica consent can be revoked at will; neither is a rule here.
"""

from __future__ import annotations

from sosie.core.law.new_york import (
    agency,
    complaints,
    consent,
    contracts,
    papers,
    pay,
    showing,
    work,
)
from sosie.core.law.new_york.agency import MAX_COMMISSION, MAX_REPRESENTATION_YEARS
from sosie.core.law.new_york.shared import IN_FORCE
from sosie.core.law.rule import Rule

__all__ = ["IN_FORCE", "MAX_COMMISSION", "MAX_REPRESENTATION_YEARS", "RULES"]

RULES: tuple[Rule, ...] = (
    *agency.RULES,
    *consent.RULES,
    *contracts.RULES,
    *papers.RULES,
    *pay.RULES,
    *work.RULES,
    *showing.RULES,
    *complaints.RULES,
)
"""Every rule of New York."""
