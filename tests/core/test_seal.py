"""The assessment: every cell of the matrix, what may never be said, and seal numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.core.assessment import assess
from sosie.core.seal import (
    Credential,
    CredentialState,
    Evidence,
    LogState,
    Placement,
    Remote,
    RemoteState,
    Report,
    Standing,
    StepState,
    Trust,
    TrustSource,
    Verdict,
    parse,
    plain,
    spell,
)
from sosie.core.values import BadInput, Outcome, Reason
from tests.core.seals import (
    COPIES,
    COPY,
    CREDENTIALS,
    FILE,
    LICENSE,
    LOGS,
    MARKS,
    RECORD,
    TRUSTED,
    TRUSTS,
    evidence,
)

MATRIX = Path(__file__).parent.parent / "cases/seal/matrix.json"
CELLS: list[dict[str, Any]] = json.loads(MATRIX.read_text(encoding="utf-8"))["cells"]
STATES = ("credential", "log", "fingerprint", "trust", "mark")
GENUINE = evidence("trusted", "proved", "none", "chosen")
COPIED = evidence("absent", "absent", "match", "chosen")


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: "-".join(c[key] for key in STATES))
def test_each_cell_of_the_matrix(cell: dict[str, Any]) -> None:
    found = assess(evidence(*(cell[key] for key in STATES)))
    said = {"outcome": found.outcome.value, "exit": found.exit_code, "sentence": found.sentence}
    assert said == {key: cell[key] for key in said}


def test_the_matrix_is_whole_and_has_all_outcomes() -> None:
    cells = {tuple(c[key] for key in STATES) for c in CELLS}
    whole = prod((len(CREDENTIALS), len(LOGS), len(COPIES), len(TRUSTS), len(MARKS)))
    assert len(cells) == len(CELLS) == whole
    assert {c["outcome"] for c in CELLS} == {"made_here", "altered", "unknown"}


anything = st.builds(
    Evidence,
    file=st.sampled_from([FILE, COPY.record.file]),
    on=st.dates(date(2025, 1, 1), date(2029, 1, 1)),
    credential=st.builds(
        Credential,
        state=st.sampled_from(CredentialState),
        number=st.sampled_from([None, 7, 8]),
        license=st.sampled_from([None, LICENSE, replace(LICENSE, twin_name="Ada")]),
        fingerprint=st.sampled_from([None, "5a" * 32, "00" * 32, "no hex"]),
        problems=st.sampled_from([(), ("assertion.dataHash.mismatch",), ("claim.missing",)]),
    ),
    trust=st.builds(Trust, source=st.sampled_from(TrustSource)),
    log=st.sampled_from(list(LOGS.values())),
    record=st.sampled_from([None, RECORD, replace(RECORD, number=8)]),
    fingerprint=st.sampled_from([None, "5a" * 32, "ff" * 32]),
    marks=st.sampled_from([None, (), (7,), (8,), (8, 7)]),
    copy=st.sampled_from(
        [
            None,
            COPY,
            replace(COPY, logged=False),
            replace(COPY, matched=False),
            COPIES["match"],
            replace(COPY, afar="compared from afar"),
            replace(COPY, afar="compared from afar", logged=False),
            replace(COPY, afar="compared from afar", sketched=True),
        ]
    ),
    remote=st.sampled_from(
        [None, *(Remote(state, "h.example", "was asked") for state in RemoteState)]
    ),
    placement=st.sampled_from(
        [None, *(Placement(o, (Reason("x", "so it is"),), "DE") for o in Outcome)]
    ),
)


@settings(max_examples=1500)
@given(anything)
def test_made_here_is_said_by_three_routes_only(found: Evidence) -> None:
    report = assess(found)
    exactly = (
        found.credential.state is CredentialState.TRUSTED
        and found.credential.number is not None
        and found.credential.license is not None
        and found.log.state is LogState.PROVED
        and found.trust.chosen
    )
    copy = found.copy
    a_copy = (
        copy is not None
        and copy.logged
        and copy.matched
        and not copy.regions
        and not copy.sketched
        and found.trust.source is (TrustSource.GIVEN if copy.afar else TrustSource.WORKSPACE)
        and found.credential.state is not CredentialState.INVALID
    )
    if report.outcome is Verdict.MADE_HERE:
        assert exactly or a_copy
        assert found.log.state is not LogState.CONTRADICTS
        assert ("a copy of" in report.sentence) == (not exactly)
        far = copy is not None and copy.afar
        assert report.known_by == ("bytes" if exactly else "afar" if far else "pixels")
    else:
        assert report.number is None
        assert report.known_by is None
        assert report.subject is None
        assert "made under license here" not in report.sentence
        assert "Nora" not in json.dumps(report.as_dict(), default=str)
    assert report.exit_code in (0, 1, 2)
    steps = 9 + (found.remote is not None)
    assert [step.number for step in report.steps] == list(range(1, steps + 1))


def test_the_three_routes_exist() -> None:
    # The control of the property above: it would pass if nothing were ever made here.
    assert assess(GENUINE).outcome is Verdict.MADE_HERE
    assert assess(COPIED).outcome is Verdict.MADE_HERE
    afar = replace(COPIED, trust=Trust(TrustSource.GIVEN), copy=replace(COPY, afar="from afar"))
    report = assess(afar)
    assert (report.outcome, report.known_by) == (Verdict.MADE_HERE, "afar")
    assert report.steps[5].code == "seal.copy.matches_afar"
    # The control: by the sketch alone, nothing is.
    alone = assess(replace(afar, copy=replace(COPY, afar="from afar", sketched=True)))
    assert (alone.outcome, alone.exit_code) == (Verdict.UNKNOWN, 2)
    assert assess(COPIED).steps[5].code == "seal.copy.matches"


def _outcome(found: Evidence) -> tuple[Verdict, str]:
    report = assess(found)
    return report.outcome, report.sentence


@pytest.mark.parametrize(
    ("credential", "word"),
    [
        (replace(TRUSTED, number=8), "another seal number"),
        (replace(TRUSTED, fingerprint="5b" * 32), "another fingerprint"),
        (replace(TRUSTED, license=replace(LICENSE, license="L-2")), "another license"),
        (replace(TRUSTED, license=replace(LICENSE, twin_name="Ada")), "another twin"),
    ],
)
def test_a_trusted_credential_that_says_otherwise_than_the_record(
    credential: Credential, word: str
) -> None:
    outcome, sentence = _outcome(replace(GENUINE, credential=credential))
    assert outcome is Verdict.ALTERED
    assert word in sentence


def test_of_a_credential_that_says_nothing_nothing_is_said_to_agree() -> None:
    silent = replace(TRUSTED, number=None, license=None, fingerprint=None)
    report = assess(replace(GENUINE, credential=silent))
    record, pixels = report.steps[4:6]
    assert (record.state, record.code) == (StepState.UNCHECKED, "seal.record.alone")
    assert "says nothing of a seal" in record.sentence
    assert (pixels.state, pixels.code) == (StepState.ABSENT, "seal.copy.none")


def test_a_credential_that_lies_beside_a_file_is_not_said_to_be_in_it() -> None:
    invalid = replace(evidence("invalid", "absent", "none", "chosen"), record=None)
    assert "its bytes were changed after signing" in assess(invalid).sentence
    beside = assess(replace(invalid, manifest=FILE))
    assert beside.outcome is Verdict.ALTERED
    assert "the credential beside it of seal 0000-0000-00007 is of a file with other bytes" in (
        beside.sentence
    )


def test_several_marks_are_named_as_several_and_as_what_anybody_can_write() -> None:
    two = assess(replace(evidence("absent", "absent", "none", "chosen"), marks=(7, 8)))
    assert two.sentence == (
        "unknown: marks in it name seals 0000-0000-00007 and 0000-0000-00008, but no picture of "
        "those seals could be laid on it: it is changed too much, or the mark was copied or "
        "invented"
    )
    assert two.steps[6].sentence.endswith("who has the read key can write one")


def test_pixels_that_are_not_those_that_were_signed() -> None:
    assert _outcome(replace(GENUINE, fingerprint="ff" * 32))[0] is Verdict.ALTERED


def test_the_record_of_another_file_contradicts() -> None:
    other = replace(RECORD, file=COPY.record.file)
    assert _outcome(replace(GENUINE, record=other))[0] is Verdict.ALTERED


def test_a_copy_that_states_another_number_contradicts() -> None:
    liar = replace(CREDENTIALS["valid"], number=8)
    outcome, sentence = _outcome(replace(COPIED, credential=liar))
    assert outcome is Verdict.ALTERED
    assert "another seal number" in sentence


def test_a_mark_that_was_there_before_contradicts_nothing() -> None:
    before = (9,)
    known = replace(
        GENUINE,
        marks=before,
        credential=replace(TRUSTED, earlier=before),
        record=replace(RECORD, earlier=before),
    )
    report = assess(known)
    assert (report.outcome, report.steps[6].state) == (Verdict.MADE_HERE, StepState.UNCHECKED)
    assert report.steps[6].code == "seal.watermark.earlier"
    both = assess(replace(known, marks=(9, 7, 8))).steps[6]
    assert (both.state, both.code) == (StepState.OK, "seal.watermark.agrees")
    assert both.sentence == (
        "the marks in the pixels are of seal 0000-0000-00009 (marked before it was sealed), "
        "seal 0000-0000-00007 (of this picture), seal 0000-0000-00008 (of another picture)"
    )
    # The controls: a number that nobody stated, and one that only the record or credential states.
    assert assess(replace(known, marks=(8,))).outcome is Verdict.ALTERED
    assert assess(replace(known, record=RECORD)).outcome is Verdict.ALTERED
    assert assess(replace(known, credential=TRUSTED)).outcome is Verdict.ALTERED
    unsure = replace(TRUSTED, state=CredentialState.VALID, earlier=before)
    assert assess(replace(known, credential=unsure, record=None)).outcome is not Verdict.MADE_HERE


def test_a_copy_that_the_log_does_not_prove_is_unknown() -> None:
    assert _outcome(replace(COPIED, copy=replace(COPY, logged=False)))[0] is Verdict.UNKNOWN
    assert _outcome(replace(COPIED, copy=replace(COPY, matched=False)))[0] is Verdict.UNKNOWN


def test_a_bundle_beside_names_its_root_and_the_way_to_choose_it() -> None:
    _, sentence = _outcome(evidence("trusted", "proved", "none", "beside"))
    assert "AA:BB" in sentence
    assert "--trust trust.json" in sentence


def _placed(outcome: Outcome, **record: Any) -> Report:
    asked = Placement(outcome, (Reason("license.channel", "the channel is not licensed"),), "DE")
    return assess(replace(GENUINE, placement=asked, record=replace(RECORD, **record)))


def test_exit_codes_follow_the_placement() -> None:
    codes = {outcome: _placed(outcome).exit_code for outcome in Outcome}
    assert codes == {Outcome.ALLOWED: 0, Outcome.REFUSED: 1, Outcome.UNDECIDED: 2}
    assert (
        "may not be used in Germany (DE): the channel is not" in _placed(Outcome.REFUSED).sentence
    )


def test_a_revoked_license_allows_no_place() -> None:
    revoked = {"standing": Standing.REVOKED, "standing_on": date(2026, 5, 1)}
    report = _placed(Outcome.ALLOWED, **revoked)
    assert report.exit_code == 1
    assert "revoked on 2026-05-01" in report.sentence
    # The control: a revocation that lies ahead of the day does not reach back.
    later = _placed(Outcome.ALLOWED, standing=Standing.REVOKED, standing_on=date(2026, 7, 1))
    assert "revoked" not in later.sentence


@pytest.mark.parametrize(
    ("day", "words", "state"),
    [
        (date(2025, 12, 31), "not in force before 2026-01-01", StepState.FAIL),
        (date(2026, 1, 1), "in force until 2027-01-31", StepState.OK),
        (date(2027, 1, 31), "in force until 2027-01-31", StepState.OK),
        (date(2027, 2, 1), "ended on 2027-01-31", StepState.FAIL),
    ],
)
def test_the_period_is_judged_on_the_day(day: date, words: str, state: StepState) -> None:
    report = assess(replace(GENUINE, on=day))
    assert words in report.sentence
    assert report.steps[7].state is state


def test_offline_says_that_revocation_cannot_be_seen_and_a_workspace_does_not() -> None:
    given_trust = Trust(TrustSource.GIVEN, "House", "AA:BB", "trust.json")
    assert "cannot be seen offline" in assess(replace(GENUINE, trust=given_trust)).sentence
    assert "cannot be seen offline" not in assess(GENUINE).sentence


def test_what_is_shown_is_one_plain_line() -> None:
    assert plain("a\x1b[31m\nb\u202ec\u200b" + "x" * 500, 20) == "a [31m b c xxxxxxxxx"


def test_a_report_is_json() -> None:
    said = json.loads(json.dumps(assess(GENUINE).as_dict()))
    assert said["number"] == "0000-0000-00007"
    assert said["subject"]["twin"] == "Nora"


@given(st.integers(0, 2**64 - 1))
def test_seal_numbers_survive_being_spelled(number: int) -> None:
    text = spell(number)
    assert parse(text) == number
    assert parse(text.lower().replace("-", " ").replace("1", "l").replace("0", "o")) == number


@pytest.mark.parametrize(
    "text", ["", "0", "G000-0000-00000", "0000-0000-0000U", "0000-0000-000000", "ſ000-0000-00000"]
)
def test_what_is_no_seal_number_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="seal number"):
        parse(text)


@pytest.mark.parametrize("number", [-1, 2**64])
def test_a_number_outside_64_bits_has_no_spelling(number: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        spell(number)
