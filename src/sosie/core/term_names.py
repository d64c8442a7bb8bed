"""What the words of the terms are called where people read them: on paper, translated from these
messages, and in the report on a picture."""

from __future__ import annotations

from sosie.core.terms import Alteration, Channel, Depiction, Purpose


def _N(message: str) -> str:  # noqa: N802 (gettext's own name for a message that is said later)
    """Mark a message for the catalogs."""
    return message


PURPOSES = {
    Purpose.PRODUCT_PAGE: _N("product pages"),
    Purpose.ORGANIC_SOCIAL: _N("unpaid posts on social media"),
    Purpose.PAID_SOCIAL: _N("paid advertising on social media"),
    Purpose.CAMPAIGN: _N("advertising campaigns"),
    Purpose.OUT_OF_HOME: _N("posters and screens in public places"),
    Purpose.PRINT: _N("print"),
    Purpose.IN_STORE: _N("display in stores"),
    Purpose.BROADCAST: _N("broadcast and video"),
    Purpose.EDITORIAL: _N("editorial"),
    Purpose.INTERNAL: _N("internal use by the brand"),
}
CHANNELS = {
    Channel.WEB_SHOP: _N("the brand’s web shop"),
    Channel.INSTAGRAM: "Instagram",
    Channel.TIKTOK: "TikTok",
    Channel.OUT_OF_HOME: _N("out of home"),
    Channel.STORE_SCREEN: _N("screens in stores"),
    Channel.PRINT: _N("print"),
    Channel.BROADCAST: _N("broadcast and video"),
}
ALTERATIONS = {
    Alteration.GARMENT_COLOUR: _N("the color of the garment"),
    Alteration.GARMENT: _N("the garment itself"),
    Alteration.POSE: _N("the pose"),
    Alteration.BACKDROP: _N("the backdrop"),
    Alteration.CROP: _N("the crop"),
    Alteration.COLOUR_GRADE: _N("the color grading"),
    Alteration.RELIGHT: _N("the light"),
    Alteration.BODY_SHAPE: _N("the shape of the body"),
    Alteration.SKIN_TONE: _N("the tone of the skin"),
    Alteration.AGE: _N("the apparent age"),
    Alteration.FACE: _N("the face"),
    Alteration.OTHER_FACE: _N("another person’s face"),
    Alteration.NUDITY: _N("nudity"),
}
DEPICTIONS = {
    Depiction.TOBACCO: _N("tobacco"),
    Depiction.ALCOHOL: _N("alcohol"),
    Depiction.DRUGS: _N("drugs"),
    Depiction.GAMBLING: _N("gambling"),
    Depiction.WEAPONS: _N("weapons"),
    Depiction.POLITICS: _N("politics"),
    Depiction.RELIGION: _N("religion"),
    Depiction.FUR: _N("fur"),
    Depiction.EXOTIC_SKINS: _N("exotic skins"),
    Depiction.LINGERIE: _N("lingerie"),
    Depiction.SWIMWEAR: _N("swimwear"),
    Depiction.MEDICINES: _N("medicines"),
    Depiction.DIETS: _N("diets"),
    Depiction.COSMETIC_SURGERY: _N("cosmetic surgery"),
}
