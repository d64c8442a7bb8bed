"""Write `docs/law.md` from the rules: `python tools/law_page.py [--check]`."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from sosie.core.law import NOT_ADVICE, RULES, Confidence, Order, Rule
from sosie.core.license import CODES, NEEDS
from sosie.core.license import RULES as LICENSE_RULES

PAGE = Path(__file__).parent.parent / "docs" / "law.md"

HEAD = f"""\
# The law, rule by rule

{NOT_ADVICE}. Made by `tools/law_page.py` from the rules themselves; do not edit.

For each rule Sosie gives three separate answers: whether it **applies** (who is where, which act),
whether it is **in force** on the day, and whether it is **kept**. What is not known is answered as
not known. A rule that *refuses* refuses the act; a *require* that is not met refuses the act that
it gates; *warn* and *flag* never refuse. Where a rule is also house policy, Sosie holds to it
everywhere and on any day, and says so.
"""

_STATE = """\
{name} applies when the model lives, the brand or the agency is, or the work is done there. No
authority was found on parties from elsewhere; where a place is not known, neither is the answer,
and a broken rule then counts.
"""

EUROPEAN_UNION = """\
The AI Act applies when somebody in the deal is in the European Economic Area, or when pictures are
published there (R50 and R51: only then); the GDPR applies by the people of the deal. Consent never
takes the place of a label, nor a label of consent. The rules on her data reach the United Kingdom
too, where no statute on replicas was found.
"""

NORMS = """\
**No law.** What unions and the industry ask beyond it: shown to those who agree on a license, so
that they know what is usual. Sosie holds to some of them everywhere, and says so at each.
"""

NEW_YORK = """\
New York applies when the model lives, the brand or the agency is, or the work is done in or for
New York; R25, R47 and R48 apply where pictures are published there. No authority was found on
parties from elsewhere; where a place is not known, neither is the answer, and a broken rule then
counts. The Act sets no time of 45 days for payment (the term in the deal memo counts), keeps no
register of consents, and does not say that a consent can be revoked at will: that a model can
revoke here is house policy, modeled on GDPR article 7(3).
"""

HOUSE = """\
Norms of the house, and no law: what a license must say where the law is silent.
"""

DECIDING = """\
## What deciding asks

Every use is asked these questions. All reasons against it are given, not the first alone.

| rule | what it asks | acts |
|---|---|---|
"""

CODES_HEAD = """
### Reason codes

Published: a code never changes its meaning; a new one is added beside it.

| code | outcome | meaning |
|---|---|---|
"""


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    intros = {
        Order.NEW_YORK: NEW_YORK,
        Order.EUROPEAN_UNION: EUROPEAN_UNION,
        Order.NORMS: NORMS,
        Order.HOUSE: HOUSE,
    }
    place = list(Order).index
    ordered = sorted(RULES, key=lambda rule: (place(rule.order), rule.id))
    for order, rules in groupby(ordered, key=lambda rule: rule.order):
        intro = intros.get(order, _STATE.format(name=order.title))
        parts += [f"## {order.title}\n", intro, *map(_rule, rules)]
    parts += [_deciding(), _confidence()]
    return "\n".join(parts)


def _who(named: str) -> str:
    """Return those who owe or are owed, with an article unless it is a name."""
    return " and ".join(w if w[0].isupper() else f"the {w}" for w in named.split(", "))


def _rule(rule: Rule) -> str:
    owed = f"owed by {_who(rule.owed_by)} to {_who(rule.owed_to)}"
    lines = [
        f"### {rule.id}: {rule.statement}\n",
        f"- **effect**: {rule.outcome}; {owed}",
        f"- **set off by**: {', '.join(f'`{trigger}`' for trigger in rule.triggers)}",
    ]
    if rule.order is Order.HOUSE:
        lines.append(f"- **ground**: house policy; {rule.note}")
    else:
        until = f" until {rule.in_force_until}" if rule.in_force_until else ""
        held = "a norm, no law" if rule.norm else "the law where it applies"
        held += " and house policy everywhere" * rule.house_policy
        for other, first in rule.also:
            held += f"; in {other.title} too" + f", from {first}" * (first is not None)
        lines += [
            f"- **section**: [{rule.citation}]({rule.source})",
            "- **in force**: "
            + (f"from {rule.in_force_from}{until}" if not rule.norm else "never"),
            f"- **held as**: {held}",
            f"- **how well it is known**: {rule.confidence.words()} (`{rule.confidence}`)",
        ]
        if rule.terms_of_art:
            quoted = ", ".join(f'"{term}"' for term in rule.terms_of_art)
            lines.append(f"- **terms of art**: {quoted}")
        if rule.note:
            lines.append(f"- **note**: {rule.note}")
    lines.append(f"- **last checked**: {rule.checked_on}\n")
    return "\n".join(lines)


def _deciding() -> str:
    asked = "".join(
        f"| {rule.name} | {rule.says} | {', '.join(sorted(rule.acts))} |\n"
        for rule in LICENSE_RULES
    )
    needs = "\nA fact that an act needs and that is not known makes the use undecided:\n\n"
    needs += "| act | needs |\n|---|---|\n"
    for act, facts in NEEDS.items():
        needs += f"| {act} | {', '.join(sorted(facts)) or 'always refused'} |\n"
    codes = "".join(f"| `{code}` | {c.outcome} | {c.meaning} |\n" for code, c in CODES.items())
    return DECIDING + asked + needs + CODES_HEAD + codes


def _confidence() -> str:
    rows = "".join(f"| `{level}` | {level.words()} |\n" for level in Confidence)
    return f"## How well a rule is known\n\n| code | in words |\n|---|---|\n{rows}"


def main() -> int:
    """Write the page, or with `--check` say whether it is what it should be."""
    if "--check" in sys.argv:
        same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        print("docs/law.md is up to date" if same else "run `python tools/law_page.py`")
        return 0 if same else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
