"""Names of the code that pages show, marked for the catalogs; `{{ name|words }}` says them. What
people read of terms and acts is marked where it stands: `core/term_names.py`, `core/act_names.py`.
"""

from __future__ import annotations


def _N(message: str) -> str:  # noqa: N802 (gettext's own name for a message that is said later)
    """Mark a message for the catalogs."""
    return message


ROLES = (
    _N("model"),
    _N("agency booker"),
    _N("agency accountant"),
    _N("brand producer"),
    _N("brand legal"),
    _N("case officer"),
    _N("operator"),
    _N("brand"),
    _N("agency"),
)
OF_LICENSES = (
    *(_N("draft"), _N("asked"), _N("countered"), _N("agreed"), _N("signed"), _N("in force")),
    *(_N("suspended"), _N("expired"), _N("declined"), _N("revoked"), _N("superseded")),
    *(_N("ends soon"), _N("not yet"), _N("rests"), _N("ended")),
)
STEPS = (
    *(_N("drafted"), _N("proposed"), _N("advised"), _N("memo delivered"), _N("memo accepted")),
    *(_N("contract made"), _N("copy delivered"), _N("resumed")),
)
OF_PICTURES = (
    *(_N("ordered"), _N("made"), _N("undecided"), _N("approved"), _N("refused"), _N("failed")),
    *(_N("sealed"), _N("final"), _N("master"), _N("rendition"), _N("allowed")),
)
ACTS = (_N("make"), _N("seal"), _N("release"), _N("train"))
OF_TWINS = (_N("stands"), _N("retired"), _N("erased"), _N("withdrawn"))
CHANNELS = (_N("web shop"), _N("store screen"), _N("Instagram"), _N("TikTok"))
EXCLUSIONS = (
    *(_N("depictions excluded"), _N("alterations never"), _N("channels never")),
    *(_N("purposes never"), _N("territories never"), _N("categories never")),
    *(_N("company"), _N("anybody beside her")),
)
MEASURES = (_N("height"), _N("chest"), _N("waist"), _N("hips"), _N("inseam"))
POINTS = (
    *(_N("crown"), _N("chin"), _N("neck l"), _N("neck r"), _N("shoulder l"), _N("shoulder r")),
    *(_N("armpit l"), _N("armpit r"), _N("elbow l"), _N("elbow r"), _N("wrist l"), _N("wrist r")),
    *(_N("waist l"), _N("waist r"), _N("hip l"), _N("hip r"), _N("knee l"), _N("knee r")),
    *(_N("ankle l"), _N("ankle r")),
    *(_N("shoulder"), _N("the waist"), _N("hip"), _N("knee"), _N("ankle")),
)
LEDGER = (
    *(_N("creation fee"), _N("capture session"), _N("for each picture"), _N("for each place")),
    *(_N("for each file that goes out"), _N("for making the twin"), _N("for each month")),
    *(_N("for the capture session"), _N("for exclusivity")),
)
CHECKED = (
    *(_N("bytes"), _N("log"), _N("record"), _N("fingerprint"), _N("watermark"), _N("manifest")),
    *(_N("license"), _N("placement"), _N("trust"), _N("forbidden"), _N("credential")),
)
GROUPS = {
    "EU": _N("the European Union"),
    "EEA": _N("the European Economic Area"),
    "NORDICS": _N("the Nordic countries"),
    "WORLD": _N("the whole world"),
}
ORDERS = (
    *(_N("New York"), _N("California"), _N("Illinois"), _N("Tennessee"), _N("European Union")),
    _N("United Kingdom"),
)
IN_SENTENCES = (
    *(_N("left"), _N("right"), _N("top"), _N("bottom"), _N("scope"), _N("purpose")),
    *(_N("duration"), _N("nothing"), _N("monthly"), _N("quarterly"), _N("yearly")),
    *(_N("recompressed"), _N("mirrored"), _N("terms")),
)
"""Words with which sentences of the code are filled."""
SHOTS = (
    *(_N("straight"), _N("soft light"), _N("hard light"), _N("a smile"), _N("laughing")),
    *(_N("turned 45 degrees to her left"), _N("turned 45 degrees to her right")),
    *(_N("profile to her left"), _N("profile to her right"), _N("turned by 45 degrees")),
    *(_N("turned by 90 degrees"), _N("seen from behind"), _N("on a stool"), _N("arms crossed")),
    *(_N("facing the camera"), _N("from the head to the knees"), _N("from head to feet")),
    *(_N("from the head to below the hips"), _N("one hand on the hip"), _N("weight on one leg")),
    *(_N("from behind"), _N("looking over the shoulder"), _N("turning on her heel")),
    *(_N("hands at the hair"), _N("leaning on a block"), _N("on one knee"), _N("in the air")),
    *(_N("a pose of her own"), _N("a step towards the camera")),
    *(_N("plates"), _N("faces"), _N("free poses")),
)
"""Of the protocol of a full capture (`samples/protocols/full.yaml`), said part by part."""
PROTOCOLS = (_N("full"), _N("basic"), _N("single"))
VIEWS = (
    *(_N("front half"), _N("front full"), _N("three quarter"), _N("side"), _N("back")),
    *(_N("face"), _N("walking"), _N("seated"), _N("free")),
)
COLORS = (
    *(_N("black"), _N("charcoal"), _N("gray"), _N("white"), _N("cream")),
    *(_N("beige"), _N("camel"), _N("brown"), _N("red"), _N("burgundy"), _N("pink"), _N("orange")),
    *(_N("mustard"), _N("yellow"), _N("green"), _N("forest green"), _N("sage"), _N("teal")),
    *(_N("sky blue"), _N("blue"), _N("navy"), _N("lilac"), _N("purple")),
)
SCENES = (
    *(_N("plain"), _N("cyclorama"), _N("window"), _N("paper"), _N("concrete"), _N("photograph")),
    *(_N("dress"),),
)
FIGURES = (
    *(_N("color difference"), _N("face solid"), _N("figures"), _N("garment contrast")),
    *(_N("garment coverage"), _N("head pixels changed"), _N("lost"), _N("matting confidence")),
    *(_N("pixels changed outside"), _N("sliver length"), _N("sliver width"), _N("slivers")),
    *(_N("face likeness"), _N("face difference"), _N("changed share"), _N("skin in hair")),
    *(_N("old color across"), _N("old color down"), _N("old color left"), _N("old color patch")),
    *(_N("old edge across"), _N("old edge down"), _N("old edge patch")),
    *(_N("old garment left"), _N("skin guessed"), _N("lower guessed"), _N("trunk covered")),
    *(_N("bridged"), _N("enlarged"), _N("folded"), _N("longer"), _N("stretch")),
    *(_N("spilt across"), _N("spilt down"), _N("spilt patch")),
    *(_N("unedged across"), _N("unedged down"), _N("unedged length")),
)
"""What the gates of an engine measure."""
ERRANDS = (_N("waiting"), _N("delivered"), _N("acknowledged"))
OF_OPERATORS = (
    *(_N("invited"), _N("invitation withdrawn"), _N("session ended"), _N("token revoked")),
)
ABOUT = (_N("shoot"), _N("twin"))
BETWEEN = (_N(" and "), _N(" or "), _N(": "), _N("; "), _N(", "))
CREDENTIAL = {
    "assertion": _N("what it states is not as it must be"),
    "assertion.dataHash.mismatch": _N("the file was changed after it was signed"),
    "assertion.bmffHash.mismatch": _N("the file was changed after it was signed"),
    "assertion.boxesHash.mismatch": _N("the file was changed after it was signed"),
    "assertion.hashedURI.mismatch": _N("what it states was changed after it was signed"),
    "assertion.missing": _N("some of what it states is missing"),
    "claim": _N("its claim is not as it must be"),
    "claimSignature": _N("its signature does not hold"),
    "claimSignature.missing": _N("it is not signed"),
    "signingCredential": _N("its signer’s certificate is not as it must be"),
    "signingCredential.untrusted": _N("its signer is not vouched for"),
    "signingCredential.expired": _N("its signer’s certificate had ended"),
    "signingCredential.ocsp.revoked": _N("its signer’s certificate was revoked"),
    "timeStamp": _N("its time stamp does not hold"),
    "hashedURI": _N("what it states was changed after it was signed"),
    "manifest.multipleParents": _N("its manifests do not fit together"),
    "manifest.update": _N("its manifests do not fit together"),
    "manifest.inaccessible": _N("some of what it states is missing"),
    "ingredient": _N("the credential of what it was made from does not hold"),
    "algorithm": _N("it was signed in a way that counts no more"),
    "general.error": _N("it cannot be read to its end"),
}
"""What validation codes of a content credential mean, each with those that it begins: C2PA 2.2,
section 15.2."""
MADE = (
    _N("put together from photographs alone"),
    _N(
        "put together from photographs of her and what a program drew; no trained model was at work"
    ),
    _N("put together, in part from what generative AI made"),
    _N("a photograph of which generative AI changed parts"),
    _N("made by generative AI that was trained on photographs"),
)
CONFIDENCE = (
    _N("the text of the law itself was read"),
    _N(
        "enacted 2024 wording read; the section was amended in 2025"
        " and the amended wording was not read to the end"
    ),
    _N("official guidance was read, not the law itself"),
    _N("known from secondary sources only"),
)
NOT_ADVICE = _N("Sosie states rules and where they stand; it gives no legal advice")
