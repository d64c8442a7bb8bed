"""United Kingdom: no statute on replicas was found; the rules on her data are those of the GDPR as
the United Kingdom kept it (`also` of the rules in `european_union.py`)."""

from __future__ import annotations

from sosie.core.law.facts import Facts
from sosie.core.law.nexus import countries
from sosie.core.law.rule import Nexus


def nexus(facts: Facts) -> Nexus:
    """Return whether somebody is in the United Kingdom, or it is published there."""
    return countries("GB", "the law of the United Kingdom", facts)
