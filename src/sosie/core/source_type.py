"""What a picture is, in the words of the IPTC digital source type code list.

The list as released on 2024-10-23, last checked on 2026-11-27
(http://cv.iptc.org/newscodes/digitalsourcetype/). Since that release `compositeSynthetic` says
that an element is generative AI: a backdrop that a program draws without a trained model makes a
`composite`.
"""

from __future__ import annotations

from enum import StrEnum

from sosie.core.seal import SOURCE_TYPES
from sosie.core.values import Reason


class SourceType(StrEnum):
    """The terms that an engine may name for a picture of a twin, each with its definition."""

    COMPOSITE_CAPTURE = "compositeCapture"
    """Mix or composite of several elements that are all captures of real life."""
    COMPOSITE = "composite"
    """Mix or composite of several elements, any of which may or may not be generative AI."""
    COMPOSITE_SYNTHETIC = "compositeSynthetic"
    """Mix or composite of several elements, at least one of which is generative AI."""
    COMPOSITE_TRAINED = "compositeWithTrainedAlgorithmicMedia"
    """Augmentation, correction or enhancement using a generative AI model, such as with inpainting
    or outpainting operations."""
    TRAINED = "trainedAlgorithmicMedia"
    """Digital media created algorithmically using an artificial intelligence model trained on
    captured content."""

    @property
    def uri(self) -> str:
        """The term as XMP and C2PA name it."""
        return SOURCE_TYPES + self.value

    @property
    def generative(self) -> bool:
        """Whether the term says that a trained model made some of the picture."""
        return self in _GENERATIVE


ALTERED = SOURCE_TYPES + "algorithmicallyEnhanced"
"""Of one change, not of a picture: modification or correction by algorithm without changing the
main content of the media, as by cropping and sizing."""
WORDS = {
    SourceType.COMPOSITE_CAPTURE: "put together from photographs alone",
    SourceType.COMPOSITE: (
        "put together from photographs of her and what a program drew; no trained model was at work"
    ),
    SourceType.COMPOSITE_SYNTHETIC: "put together, in part from what generative AI made",
    SourceType.COMPOSITE_TRAINED: "a photograph of which generative AI changed parts",
    SourceType.TRAINED: "made by generative AI that was trained on photographs",
}
"""What each term says to people."""
_GENERATIVE = {SourceType.COMPOSITE_SYNTHETIC, SourceType.COMPOSITE_TRAINED, SourceType.TRAINED}


def untrue(term: str, *, weights: str | None) -> Reason | None:
    """This function will say why a term cannot be true of a picture that an engine made; nothing
    if it can.

    ``weights``: the trained weights that the engine uses, if any. With them the term must say so,
    and without them it must not.
    """
    try:
        said = SourceType(term)
    except ValueError:
        known = ", ".join(SourceType)
        text = (
            f"`{term[:60]}` is no digital source type of a picture of a twin; name one of {known}"
        )
        return Reason("source_type.unknown", text)
    if said.generative and weights is None:
        text = f"`{said}` says that a trained model was at work, and the engine has none"
        return Reason("source_type.untrue", text)
    if weights is not None and not said.generative:
        text = f"`{said}` hides that a trained model was at work ({weights})"
        return Reason("source_type.untrue", text)
    return None
