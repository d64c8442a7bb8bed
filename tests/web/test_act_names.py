"""What is signed has a name for people."""

from __future__ import annotations

import re
from pathlib import Path

import sosie
from sosie.core.act_names import ACTS, LOGGED, PAPERS, called
from sosie.core.life import Step
from sosie.core.transparency import LogAct
from sosie.services.paper import KINDS
from sosie.web.statements import _WORDS

SERVICES = Path(sosie.__file__).parent / "services"
CONSTANT = re.compile(r'^[A-Z_]+(?:, [A-Z_]+)* = ("[a-z_.", ]+")$', re.MULTILINE)


def test_every_act_that_a_service_has_signed_is_named() -> None:
    said = " ".join(
        match[1] for path in SERVICES.glob("*.py") for match in CONSTANT.finditer(path.read_text())
    )
    acts = set(re.findall(r'"([a-z]+\.[a-z_]+)"', said))
    assert len(acts) > 12  # the pattern reaches them
    # Reasons, and nothing that anybody signs.
    assert acts - set(ACTS) == {"picture.stopped", "seal.sealed"}
    assert set(_WORDS) <= set(ACTS)
    taken = {Step.ASKED, Step.COUNTERED, Step.AGREED, Step.DECLINED, Step.SUSPENDED, Step.RESUMED}
    assert {f"license.{step}" for step in taken} <= set(ACTS)


def test_every_act_of_the_log_is_named() -> None:
    assert set(LOGGED) == set(LogAct)


def test_every_kind_of_paper_is_named() -> None:
    assert set(KINDS) == set(PAPERS)
    assert called("contract") == "contract"
    assert called("some.new_act") == "some: new act"
