"""Papers: what they say, that they say all of it, and what kind of file they are."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pikepdf
import pytest
from typst import TypstError

from sosie.adapters import figures, terms_file, typesetting
from sosie.adapters.signature_page import BOXES
from sosie.adapters.typesetting import Typst
from sosie.adapters.words import LANGUAGES, Words
from sosie.core import country_names, term_names
from sosie.core.terms import Alteration, Channel, Depiction, Purpose
from sosie.core.territories import expand
from sosie.core.values import BadInput, Money, canonical
from tests.adapters.sample_papers import TERMS, bare, contract, drawn_fonts, text

FULL = files("sosie.samples") / "licenses" / "full.yaml"
EVIL = (
    "#panic(\"x\") *bold* _i_ $1$ <img> `raw` @ref \\u{41} //c /*c*/ ~ -- #{1+1} ][ [x] 'q' %(s)s"
)


@pytest.fixture(scope="module")
def plain() -> bytes:
    return Typst().contract(contract())


@pytest.fixture(scope="module")
def said(plain: bytes) -> str:
    return bare(" ".join(text(plain)))


ENGLISH = Words("en")


def test_the_same_contract_gives_the_same_bytes(plain: bytes) -> None:
    assert Typst().contract(contract()) == plain
    assert Typst().contract(contract(pictures=13)) != plain


@pytest.mark.parametrize(
    "value",
    [
        "Spring capsule 2027",
        "lic-2026-0001",
        "asta-twin",
        "Asta Lindqvist",
        "12 Example Street, New York",
        "Maison Nord SAS",
        "Atlas Models, Inc.",
        "Still pictures of the twin wearing nine garments, on plain backdrops.",
        "Unpaid posts on social media and posters and screens in public places",
        "The European Union (EU) and the United States (US), but not in Hungary (HU)",
        "27 countries and territories in all",
        "Instagram and print",
        "1 November 2026 until 30 April 2027, both days included (time zone Europe/Paris)",
        "At most 12 pictures may be made",
        "The color of the garment and the crop",
        "Everything else is forbidden",
        "within 6 days; silence is never yes",
        "900.00 EUR for making the twin; 180.01 EUR for each picture; 60.00 EUR for each release",
        "17.5 % to the agency",
        "148.51 EUR for each picture, of 180.01 EUR",
        "Travel, 84.00 EUR, borne by the brand",
        "Within 30 days after each act that earns it",
        "may be used to train, fine-tune or evaluate",
        "The model may withdraw this consent at any time",
        "One capture session of at most four hours.",
        "Digital twin of Asta, owned by Asta",
        "Law of the State of New York",
        "Registration number of the agency: NY-MMC-00417",
        "stand-alone consent document. It is separate from any representation agreement",
        "The agency, Atlas Models, Inc., advises the model; it does not sign.",
        "20 October 2026",
    ],
)
def test_the_contract_says_each_key_term(said: str, value: str) -> None:
    assert bare(value) in said


def test_the_first_page_answers_in_plain_words(plain: bytes) -> None:
    first = bare(text(plain)[0])
    questions = ["What the model allows", "Where", "Until when", "For how much"]
    for question in [*questions, "How the model takes it back", "What is never allowed"]:
        assert bare(question) in first
    for answer in (
        "at most 12 pictures",
        "30 April 2027",
        "148.51 EUR",
        "no answer is never a yes",
        "Still pictures of the twin wearing nine garments",
        "Within 30 days after each act that earns it",
        "Travel, 84.00 EUR",
        "One capture session of at most four hours.",
        "Digital twin of Asta, owned by Asta",
        "Law of the State of New York",
    ):
        assert bare(answer) in first
    unsaid = contract(scope=" ", expectations="", credit="", governing_law="")
    rows = {row.term: row for row in Typst().first_page(unsaid)}
    assert rows["What is made"].says.startswith("Not stated; nothing is allowed")
    assert not any(row.own for row in rows.values())


def test_every_clause_in_full_keeps_the_plain_words_on_one_page() -> None:
    full = FULL.read_text(encoding="utf-8")
    terms = terms_file.read(full, where="full.yaml")
    people = [each for each in terms.parties.model_dump().values() if each]
    for language in LANGUAGES:
        sample = replace(
            contract(),
            terms=terms.model_copy(update={"language": language}),
            names={each: each.title() for each in people},
        )
        second = bare(text(Typst().contract(sample))[1])
        assert second.startswith(bare(Words(language)("Key terms"))), language


def test_every_change_of_the_terms_changes_what_is_printed(plain: bytes) -> None:
    changes: dict[str, Any] = {
        "title": "Other",
        "twin": "other-twin",
        "scope": "Other scope.",
        "purposes": ["editorial"],
        "territories": {"include": ["JP"]},
        "channels": ["tiktok"],
        "period": {"from": "2026-11-02", "until": "2027-04-30", "time_zone": "Europe/Paris"},
        "pictures": 11,
        "alterations": ["garment_colour"],
        "approvals": {"each_picture": True, "answer_days": 7},
        "pay": {**TERMS["pay"], "per_release": "61.00"},
        "commission": "0.18",
        "incurred_expenses": [],
        "expectations": "Other expectations.",
        "credit": "Other credit",
        "governing_law": "Other law",
        "parties": {**TERMS["parties"], "model": "maison-nord", "brand": "asta"},
    }
    standing = {"sosie", "training"}
    assert set(changes) | standing == set(TERMS) | {"training"}
    before = _body(plain)
    for field, value in changes.items():
        assert _body(Typst().contract(contract(**{field: value}))) != before, field


def test_absent_terms_are_said_to_be_absent() -> None:
    bones = {key: TERMS[key] for key in ("sosie", "title", "twin")}
    bones["parties"] = {"model": "asta", "brand": "maison-nord"}
    sample = contract()
    terms = type(sample.terms).model_validate(bones)
    said = bare(" ".join(text(Typst().contract(replace(sample, terms=terms)))))
    for what in ("purposes", "territories", "channels"):
        assert bare(f"The {what} are not stated; nothing is allowed by this license") in said
    assert bare("The period is not stated; nothing is allowed") in said
    assert bare("No payment term is stated") in said
    assert bare("Nothing in a picture may be altered") in said
    assert bare("Expenses are not stated; none is charged to the model") in said
    assert "agency" not in said


def test_text_from_outside_prints_as_it_stands() -> None:
    changed = contract(title=EVIL, scope=EVIL, expectations=EVIL, credit=EVIL, governing_law=EVIL)
    changed = replace(
        changed,
        license=EVIL,
        names={**changed.names, "asta": EVIL},
        addresses={"asta": EVIL},
        agency_registration=EVIL,
    )
    made = Typst().contract(changed)
    said = bare(" ".join(text(made)))
    assert said.count(bare(EVIL)) >= 12
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert pdf.docinfo["/Title"] == EVIL
        assert _attached(pdf) == canonical(changed.terms.as_json())


@pytest.mark.parametrize(
    "name", ["Łucja Đặng Þórr Çelik ő", "Ελένη", "Владимир Ї", "דוד כהן", "محمد علي", "₹ ₽ € ¥"]
)
def test_scripts_with_glyphs_are_drawn(name: str) -> None:
    said = " ".join(text(Typst().contract(replace(contract(), license=name))))
    assert "U+" not in said
    assert set(bare(name)) <= set(_presented(said))


@pytest.mark.parametrize(
    "name", ["張偉", "조선 한국", "ไทย", "😀", "\U0010fffd", "a\u202eb\u200bc", "a\x00\x1bb"]
)
def test_what_cannot_be_seen_is_printed_as_its_code_point(name: str) -> None:
    sample = contract()
    made = Typst().contract(replace(sample, names={**sample.names, "asta": name}))
    said = bare(" ".join(text(made)))
    for character in name:
        if not character.isascii() or not character.isprintable():
            assert f"[U+{ord(character):04X}]" in said
        else:
            assert bare(character) in said


def test_fonts_of_ones_own_are_used_for_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    asked: list[Any] = []

    def asking(*args: Any) -> bytes:
        asked.append(args[2])
        return b"%PDF"

    monkeypatch.setattr(typesetting, "_compile", asking)
    assert Typst(fonts=[tmp_path]).contract(contract()) == b"%PDF"
    assert asked == [(tmp_path,)]


def test_a_broken_document_is_an_error_and_not_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "contract_sheet", lambda _: {"date": [2026, 1, 1]})
    with pytest.raises(TypstError, match="dictionary does not contain key"):
        Typst().contract(contract())


def test_the_file_is_pdf_a_3a_and_pdf_ua_1(plain: bytes) -> None:
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        meta = pdf.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
        assert meta["pdfuaid:part"] == "1"
        assert pdf.Root.Lang == "en"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert "/OutputIntents" in pdf.Root
        kinds = _tags(pdf.Root.StructTreeRoot)
        assert {"/Table", "/TH", "/TD", "/H1", "/H2", "/P"} <= kinds
        size = tuple(float(v) for v in pdf.pages[0].MediaBox)
        assert size == pytest.approx((0, 0, 595.28, 841.89), abs=0.01)


def test_every_font_is_embedded(plain: bytes) -> None:
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        fonts = [font for page in pdf.pages for font in drawn_fonts(page.obj)]
        assert len(fonts) > 4
        for font in fonts:
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile3" in descriptor or "/FontFile2" in descriptor
            assert "LibertinusSerif" in str(descriptor.FontName)


def test_the_attachment_is_the_canonical_terms(plain: bytes) -> None:
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        assert _attached(pdf) == canonical(contract().terms.as_json())
        (file,) = pdf.Root.AF
        assert (str(file.UF), str(file.AFRelationship)) == ("terms.json", "/Source")
        assert list(pdf.attachments) == ["terms.json"]
    digest = contract().terms.digest().removeprefix("sha256:")
    assert digest in bare(" ".join(text(plain)))


def test_the_signature_boxes_stand_where_the_fields_go(plain: bytes) -> None:
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        last = pdf.pages[-1]
        drawn = _rectangles(last)
    for left, bottom, right, top in BOXES.values():
        assert any(
            all(abs(a - b) < 1 for a, b in zip(box, (left, bottom, right, top), strict=True))
            for box in drawn
        ), drawn
    assert bare("Signatures") in bare(text(plain)[-1])


def test_long_values_stay_on_the_page_and_are_all_there() -> None:
    token = "verylongtokenthatdoesnotend" * 14
    sample = contract(
        scope=f"{token} " + "Many words make a long scope. " * 150,
        credit="https://example.com/" + "a" * 160,
        incurred_expenses=[
            {"what": f"item {n} " + "x" * 60, "amount": "12345678.90", "borne_by": "model"}
            for n in range(30)
        ],
    )
    sample = replace(
        sample,
        license="lic-" + "9" * 80,
        names=dict.fromkeys(sample.names, "Maria de los Angeles " * 9),
        addresses={"asta": "one\ntwo\nthree", "maison-nord": "x" * 200},
    )
    made = Typst().contract(sample)
    said = bare(" ".join(text(made)))
    said = re.sub(r"License(lic)?9+,20October2026\d+/\d+(TERMWHATITSAYS)?", "", said)
    assert token in said
    assert said.count(bare("Many words make a long scope.")) == 450
    assert bare("Item 29") in said
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert bare("Signatures") in bare(text(made)[-1])
        assert len(_rectangles(pdf.pages[-1])) >= 2


def test_a_party_without_a_name_is_refused() -> None:
    nameless = replace(contract(), names={"asta": " ", "maison-nord": "Maison Nord SAS"})
    with pytest.raises(BadInput) as caught:
        Typst().contract(nameless)
    assert caught.value.code == "contract.name_missing"


@pytest.mark.parametrize(
    "changes",
    [
        {"pay": {"currency": "JPY", "per_picture": "180.50"}},
        {"pay": {"currency": "EUR", "per_picture": "180.001"}},
        {"incurred_expenses": [{"what": "x", "amount": "0.001", "borne_by": "brand"}]},
        {"pay": None},
    ],
)
def test_an_amount_that_cannot_be_said_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        Typst().contract(contract(**changes))
    assert caught.value.code == "pay.amount"


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(BadInput) as caught:
        Typst().contract(contract(territories={"include": ["XX"]}))
    assert caught.value.code == "terms.territory"


def test_every_word_of_the_terms_has_words_for_people() -> None:
    assert set(term_names.PURPOSES) == set(Purpose)
    assert set(term_names.CHANNELS) == set(Channel)
    assert set(term_names.ALTERATIONS) == set(Alteration)
    assert set(term_names.DEPICTIONS) == set(Depiction)
    for code in sorted(expand(["WORLD"])):
        (name,) = country_names.names([code])
        assert re.fullmatch(rf".{{4,}} \({code}\)", name), code


@pytest.mark.parametrize(
    ("gross", "rate", "left"),
    [
        (18001, "0.175", 14851),
        (18000, "0.2", 14400),
        (1, "0.2", 1),
        (100, "0", 100),
        (7, "1", 0),
        (19, "0.2", 16),
    ],
)
def test_what_is_left_is_the_models(gross: int, rate: str, left: int) -> None:
    assert figures.net(Money(gross, "EUR"), Decimal(rate)) == Money(left, "EUR")


def test_lists_and_days_read_well() -> None:
    assert [ENGLISH.listed(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert ENGLISH.day(date(2026, 3, 1)) == "1 March 2026"
    assert ENGLISH.percent(Decimal("0.20")) == "20 %"
    assert ENGLISH.percent(Decimal("0.125")) == "12.5 %"


def _body(pdf: bytes) -> str:
    """Return what is printed, less the digest that any change would change."""
    return re.sub(r"[0-9a-f]{64}", "", bare(" ".join(text(pdf))))


def _attached(pdf: pikepdf.Pdf) -> bytes:
    (file,) = pdf.Root.AF
    return bytes(file.EF.F.read_bytes())


def _tags(node: Any) -> set[str]:
    found = {str(node.S)} if "/S" in node else set()
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            found |= _tags(kid)
    return found


def _presented(said: str) -> str:
    """Return text with the presentation forms of Arabic letters read as the letters."""
    import unicodedata

    return unicodedata.normalize("NFKC", said)


def _rectangles(page: pikepdf.Page) -> list[tuple[float, float, float, float]]:
    """Return the outlines of what is stroked on a page: left, bottom, right, top."""
    found, stack = [], []
    matrix = pikepdf.Matrix()
    points: list[tuple[float, float]] = []
    for instruction in pikepdf.parse_content_stream(page):
        if not isinstance(instruction, pikepdf.ContentStreamInstruction):
            continue
        numbers = [float(v) for v in instruction.operands if not isinstance(v, pikepdf.Object)]
        match str(instruction.operator):
            case "q":
                stack.append(matrix)
            case "Q":
                matrix = stack.pop()
            case "cm":
                matrix = pikepdf.Matrix(*numbers) @ matrix
            case "m" | "l":
                points.append(matrix.transform((numbers[0], numbers[1])))
            case "c":
                points.append(matrix.transform((numbers[4], numbers[5])))
            case "S" | "s":
                xs, ys = [x for x, _ in points], [y for _, y in points]
                found.append((min(xs), min(ys), max(xs), max(ys)))
                points = []
            case "n" | "f":
                points = []
    return found
