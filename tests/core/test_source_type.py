"""Digital source types: each engine names one that can be true."""

from __future__ import annotations

import pytest

from sosie.core.seal import SOURCE_TYPES
from sosie.core.source_type import SourceType, untrue

GENERATIVE = {"compositeSynthetic", "compositeWithTrainedAlgorithmicMedia"}
GENERATIVE |= {"trainedAlgorithmicMedia"}


@pytest.mark.parametrize("term", SourceType)
def test_weights_and_generative_terms_go_together(term: SourceType) -> None:
    assert term.generative == (term in GENERATIVE)
    assert term.uri == SOURCE_TYPES + term
    assert (untrue(term, weights=None) is None) is not term.generative
    assert (untrue(term, weights="klein 4B") is None) is term.generative


@pytest.mark.parametrize("term", ["minorHumanEdits", "digitalArt", "softwareImage", "", "x" * 200])
def test_retired_and_unknown_terms_are_refused(term: str) -> None:
    reason = untrue(term, weights=None)
    assert reason is not None
    assert reason.code == "source_type.unknown"
