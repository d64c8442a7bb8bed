"""The peers of `bench/decide.py`: the same license in Rego (regopy) and in casbin."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

from sosie.core.terms import Terms
from sosie.core.use import State, Use

Request = tuple[Use, State, date]
Ask = Callable[[Request], tuple[bool, int | None]]


def facts(request: Request) -> dict[str, Any]:
    """Return one request as plain values."""
    use, state, on = request
    return {
        "licensee": use.licensee,
        "twin": use.twin,
        "act": str(use.act),
        "day": on.toordinal(),
        "territories": list(use.territories or ()),
        "purpose": str(use.purpose),
        "channel": str(use.channel),
        "alterations": [str(alteration) for alteration in use.alterations or ()],
        "approved": (state.approvals or {}).get(use.picture or "", False),
        "signed_by": sorted(state.signed_by),
        "signed_on": (state.signed_on or date.max).toordinal(),
        "consent_live": state.consent_live,
        "revoked": state.revoked_on is not None,
    }


def rego(terms: Terms) -> Mapping[str, Ask]:
    """Return Rego's answer with all reasons, its query compiled once; empty without regopy."""
    try:
        from regopy import Interpreter  # noqa: PLC0415 (a peer may be absent)
    except ImportError:
        return {}
    assert terms.period is not None
    assert terms.territories is not None

    def words(values: Any) -> str:
        return "{" + ", ".join(json.dumps(str(value)) for value in sorted(values)) + "}"

    countries = words(terms.territories.countries())
    lines = {
        "licensee": f'input.licensee != "{terms.parties.brand}"',
        "twin": f'input.twin != "{terms.twin}"',
        "act": 'input.act != "release"',
        "start": f"input.day < {terms.period.first.toordinal()}",
        "end": f"input.day > {terms.period.last.toordinal()}",
        "territory": f"some t in input.territories; not t in {countries}",
        "purpose": f"not input.purpose in {words(terms.purposes)}",
        "channel": f"not input.channel in {words(terms.channels)}",
        "alteration": f"some a in input.alterations; not a in {words(terms.alterations)}",
        "approval": "not input.approved",
        "model": f'not "{terms.parties.model}" in input.signed_by',
        "brand": f'not "{terms.parties.brand}" in input.signed_by',
        "prior": "input.signed_on > input.day",
        "consent": "not input.consent_live",
        "revoked": "input.revoked",
    }
    denials = "\n".join(f'deny contains "{code}" if {{ {test} }}' for code, test in lines.items())
    interpreter = Interpreter()
    interpreter.add_module("license", f"package license\nimport rego.v1\n{denials}\n")
    bundle = interpreter.build("x=data.license.deny", ["license/deny"])

    def ask(request: Request) -> tuple[bool, int | None]:
        interpreter.set_input(facts(request))
        found = json.loads(str(interpreter.query_bundle(bundle)))["bindings"]["x"]
        return not found, len(found)

    return {"regopy, all reasons": ask}


def casbin(terms: Terms) -> Mapping[str, Ask]:
    """Return casbin's yes or no, its matcher over attributes; empty without casbin."""
    try:
        import casbin as library  # noqa: PLC0415 (a peer may be absent)
    except ImportError:
        return {}
    assert terms.period is not None
    assert terms.territories is not None
    logging.getLogger("casbin").setLevel(logging.CRITICAL)
    countries = terms.territories.countries()
    demands = [
        f'r.sub == "{terms.parties.brand}"',
        f'r.obj == "{terms.twin}"',
        'r.act == "release"',
        f"r.c.day >= {terms.period.first.toordinal()}",
        f"r.c.day <= {terms.period.last.toordinal()}",
        "licensed_in(r.c.territories)",
        "licensed_for(r.c.purpose)",
        "licensed_on(r.c.channel)",
        "altered_only(r.c.alterations)",
        "r.c.approved",
        "signed(r.c.signed_by)",
        "r.c.signed_on <= r.c.day",
        "r.c.consent_live",
        "!r.c.revoked",
    ]
    model = library.Model()
    model.load_model_from_text(
        "[request_definition]\nr = sub, obj, act, c\n"
        "[policy_definition]\np = sub, obj, act\n"
        "[policy_effect]\ne = some(where (p.eft == allow))\n"
        f"[matchers]\nm = {' && '.join(demands)}\n"
    )
    enforcer = library.Enforcer(model)
    enforcer.add_policy(terms.parties.brand, terms.twin, "release")
    both = {terms.parties.model, terms.parties.brand}
    for name, test in (
        ("licensed_in", countries.issuperset),
        ("licensed_for", {str(p) for p in terms.purposes}.__contains__),
        ("licensed_on", {str(c) for c in terms.channels}.__contains__),
        ("altered_only", {str(a) for a in terms.alterations}.issuperset),
        ("signed", both.issubset),
    ):
        enforcer.add_function(name, test)

    def ask(request: Request) -> tuple[bool, int | None]:
        said = facts(request)
        context = SimpleNamespace(**said)
        return enforcer.enforce(said["licensee"], said["twin"], said["act"], context), None

    return {"casbin": ask}
