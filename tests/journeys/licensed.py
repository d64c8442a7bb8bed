"""A license of as many pictures as are asked for, signed by both in a copy of the demo.

    python -m tests.journeys.licensed WORKSPACE PICTURES [ALTERATION...]

licenses these alterations beside the demo's own and prints its id; passphrases come from the
environment.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sosie import wiring
from sosie.cli.terminal import accept, now, passphrase
from sosie.core.life import Step
from sosie.core.terms import Terms


def sign(folder: Path, pictures: int, alterations: list[str]) -> str:
    """Sign the demo's own terms anew, for another number of pictures."""
    outside = wiring.opened(folder, passphrase("house"))
    from sosie.services import contract, life
    from sosie.services import license as licenses

    first = licenses.everything()[0]
    more = {"alterations": [*first.terms["alterations"], *alterations], "title": "One more"}
    terms = Terms.model_validate({**first.terms, "pictures": pictures, **more})
    brand, model = terms.parties.brand, terms.parties.model
    row = accept(
        licenses.draft(outside, terms=terms, by=brand, passphrase=passphrase(brand), now=now())
    )
    known: dict[str, Any]
    for step, by in ((Step.ASKED, brand), (Step.AGREED, model)):
        seen = row.terms_digest if step is Step.AGREED else ""
        known = {"license": row.id, "by": by, "passphrase": passphrase(by), "now": now()}
        accept(life.take(outside, step=step, seen=seen, **known))
    accept(life.deliver_memo(outside, license=row.id, now=now()))
    accept(
        life.accept_memo(outside, license=row.id, by=model, passphrase=passphrase(model), now=now())
    )
    accept(contract.make(outside, license=row.id, now=now()))
    for role, by in (("model", model), ("brand", brand)):
        known = {"license": row.id, "by": by, "passphrase": passphrase(by), "now": now()}
        accept(contract.sign(outside, role=role, **known))
    return str(row.id)


if __name__ == "__main__":
    sys.stdout.write(sign(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]) + "\n")
