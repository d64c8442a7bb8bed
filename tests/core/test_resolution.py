"""What a remote tells: read strictly, proved by the log, compared here, and never believed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.core.assessment import assess
from sosie.core.resolution import Told, identifiers, is_identifier, names, weighed
from sosie.core.seal import (
    CredentialState,
    Evidence,
    LogState,
    Record,
    Report,
    Standing,
    StepState,
    Trust,
    TrustSource,
    Verdict,
)
from sosie.core.sketch import Sketch, compare
from sosie.core.studio import Pixels
from sosie.core.transparency import VerifierKey
from sosie.core.values import BadInput, Outcome, digest
from sosie.core.verification import Anchors, Question
from tests.core.attacks import fit, stamped
from tests.core.logs import NAME, VERIFIER
from tests.core.plates import scene
from tests.core.seals import CREDENTIALS, DAY, FILE, LOGS, RECORD, SEALED, TRUSTED
from tests.core.test_features import lettered
from tests.core.test_fingerprint import cut, jpeg
from tests.core.test_package import ROOT, package

BASE = scene(3)
FEATURES = Sketch.of(BASE).features.encode()
SKETCHED = replace(
    RECORD,
    file=SEALED,
    features=digest(FEATURES),
    colors=Sketch.of(BASE).colors.tobytes().hex(),
)
CHOSEN = Trust(TrustSource.GIVEN, "House", "AA:BB")
ANCHORS = Anchors(CHOSEN, ROOT, str(VERIFIER))
BARE = Evidence(
    file=FILE,
    on=DAY,
    credential=CREDENTIALS["absent"],
    trust=CHOSEN,
    log=LOGS["absent"],
    fingerprint="5a" * 32,
    marks=(7,),
)
COPY = jpeg(cut(BASE, 0.7), 75)
PREVIEW = jpeg(fit(BASE, 768), 80)
OTHER_LOG = VerifierKey(
    NAME, Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
)


def told(record: Record = SKETCHED, features: bytes | None = FEATURES, **more: Any) -> Told:
    return Told(package(record=record, about=record.file), features, **more)


def judged(
    *said: Told,
    pixels: Pixels = COPY,
    evidence: Evidence = BARE,
    question: Question | None = None,
    anchors: Anchors = ANCHORS,
    preview: Callable[[str, Record], Pixels | str] = lambda label, record: PREVIEW,
) -> Report:
    """Return the report on some pixels of which a remote says something."""
    found = weighed(
        evidence,
        {f"m{i}": one for i, one in enumerate(said)},
        pixels,
        anchors=anchors,
        question=question or Question(DAY),
        host="h.example",
        preview=preview,
    )
    return assess(found)


def remote_step(report: Report) -> tuple[StepState, str]:
    step = report.steps[9]
    assert step.name == "remote"
    return step.state, step.code.removeprefix("seal.remote.")


def test_a_copy_that_agrees_with_a_logged_sketch_is_made_here() -> None:
    report = judged(told())
    assert (report.outcome, report.number, report.exit_code) == (Verdict.MADE_HERE, 7, 0)
    assert remote_step(report) == (StepState.OK, "found")
    for words in ("a copy of seal", "cropped to 49 %", "its signed preview", "could hide one"):
        assert words in report.sentence


def test_the_file_itself_without_its_credential_differs_by_that_alone() -> None:
    bare = replace(BARE, file=SKETCHED.file)
    report = judged(told(), pixels=BASE, evidence=bare)
    assert report.outcome is Verdict.MADE_HERE
    assert report.differences == ("content credential removed",)


def test_the_other_half_of_its_truth() -> None:
    """The controls: a changed copy, another picture, and the same without the choice of a root."""
    changed = BASE.copy()
    changed[200:300, 150:260] = (40, 160, 90)
    report = judged(told(), pixels=changed)
    assert (report.outcome, report.exit_code) == (Verdict.ALTERED, 1)
    assert "part of the picture of seal" in report.sentence
    assert report.regions
    assert judged(told(), pixels=lettered(BASE)).outcome is not Verdict.MADE_HERE
    other = judged(told(), pixels=scene(5))
    assert (other.outcome, remote_step(other)[1]) == (Verdict.UNKNOWN, "unconfirmed")
    for source in (TrustSource.BESIDE, TrustSource.NONE):
        report = judged(told(), evidence=replace(BARE, trust=Trust(source)))
        assert report.outcome is Verdict.UNKNOWN


def test_a_sketch_alone_says_unknown_and_what_to_do() -> None:
    """A sketch does not tell one face from another: without the preview nothing is made here."""
    for why in (
        "serves no manifest of it: it answered 404",
        "serves a manifest that is of another",
    ):
        report = judged(told(), preview=lambda label, record, why=why: why)  # type: ignore[misc]
        assert (report.outcome, report.exit_code, report.number) == (Verdict.UNKNOWN, 2, None)
        for words in ("as far as a sketch can tell", "a face or a logo", "ask its workspace", why):
            assert words in report.sentence
        assert report.steps[5].code == "seal.copy.sketched"
        assert report.steps[5].state is StepState.UNCHECKED
        assert remote_step(report) == (StepState.ABSENT, "unconfirmed")
        assert "Nora" not in json.dumps(report.as_dict())
    # A preview of another picture is no preview of this one, though its signature held.
    other = judged(told(), preview=lambda label, record: scene(5))
    assert (other.outcome, other.exit_code) == (Verdict.UNKNOWN, 2)
    assert "not like its preview" in other.sentence


def test_what_escapes_the_sketch_is_found_by_the_preview() -> None:
    changed = jpeg(stamped(BASE, 0.03), 85)
    # The control: by the sketch alone it is a copy.
    likeness = compare(changed, Sketch.of(BASE))
    assert (likeness.matched, likeness.regions) == (True, ())
    report = judged(told(), pixels=changed)
    assert (report.outcome, report.exit_code) == (Verdict.ALTERED, 1)
    assert "part of the picture of seal 0000-0000-00007 was changed" in report.sentence
    (box,) = report.regions
    assert 45 < box.left < 55
    assert 50 < box.top < 60


def test_a_preview_is_asked_for_once_the_sketch_agrees() -> None:
    asked: list[str] = []

    def ask(label: str, record: Record) -> Pixels | str:
        asked.append(label)
        return PREVIEW if label == "m1" else "serves a manifest that holds no preview"

    changed = BASE.copy()
    changed[200:300, 150:260] = (40, 160, 90)
    for pixels, outcome in ((scene(5), Verdict.UNKNOWN), (changed, Verdict.ALTERED)):
        assert judged(told(), pixels=pixels, preview=ask).outcome is outcome
    assert judged(told(RECORD_BEFORE), preview=ask).outcome is Verdict.UNKNOWN
    assert asked == []
    # A master has none; its rendition, which the sketch agrees with too, has.
    rendition = replace(SKETCHED, number=8, master=7, channel="web")
    report = judged(told(), told(rendition), preview=ask)
    assert (report.number, asked) == (8, ["m0", "m1"])
    assert report.outcome is Verdict.MADE_HERE
    # Of two that have one, the picture is the one that it is a copy of.
    both = {"m0": jpeg(stamped(PREVIEW, 0.04), 90), "m1": PREVIEW}
    report = judged(told(), told(rendition), preview=lambda label, record: both[label])
    assert (report.outcome, report.number) == (Verdict.MADE_HERE, 8)


def test_what_the_log_does_not_prove_is_not_believed() -> None:
    true = told()
    record = true.package.record
    forged = {
        "another name": replace(
            true.package,
            committed={**true.package.committed, "twin_name": "Ada"},
            record=replace(record, twin_name="Ada"),
        ),
        "another salt": replace(true.package, salt=bytes(32)),
        "another index": replace(true.package, proof=replace(true.package.proof, index=6)),
        "another leaf": package(about=FILE, record=SKETCHED),
    }
    for name, lie in forged.items():
        report = judged(replace(true, package=lie))
        assert report.outcome is Verdict.UNKNOWN, name
        assert remote_step(report) == (StepState.FAIL, "unproved"), name
        assert "Ada" not in json.dumps(report.as_dict())
    report = judged(true, anchors=replace(ANCHORS, log=str(OTHER_LOG)))
    assert remote_step(report) == (StepState.FAIL, "unproved")
    # The control: what these lies were made of.
    assert judged(true).outcome is Verdict.MADE_HERE


def test_a_sketch_of_the_strangers_picture_is_no_sketch_of_the_seal() -> None:
    """The lie that matters: a true, logged package with features of the picture asked about."""
    stranger = scene(5)
    fit = Sketch.of(stranger).features.encode()
    lies = [
        replace(told(), features=fit),
        replace(told(), features=None),
        replace(told(), features=FEATURES + b"x"),
        told(replace(SKETCHED, features=digest(b"no features")), b"no features"),
        told(replace(SKETCHED, colors="00" * 3)),
        told(RECORD_BEFORE),
    ]
    for lie in lies:
        for pixels in (stranger, COPY):
            report = judged(lie, pixels=pixels)
            assert report.outcome is Verdict.UNKNOWN
            assert remote_step(report)[1] == "unconfirmed"
            assert report.number is None
    # The control: among lies, the truth is found.
    assert judged(*lies, told()).outcome is Verdict.MADE_HERE


RECORD_BEFORE = replace(RECORD, file=SEALED)
"""Of before there were sketches."""


def test_a_mark_says_which_seal_may_be_named() -> None:
    """A true, logged seal whose sketch fits counts only if it is of the family of the mark."""
    own, master = SKETCHED, replace(SKETCHED, number=9)
    rendition = replace(SKETCHED, number=8, master=9, channel="web")
    sibling = replace(rendition, number=6)
    bears = replace(SKETCHED, number=5, earlier=(8,))
    cases = (
        (7, [own], 7),
        (8, [master], None),  # nothing proves that it is the master
        (8, [replace(rendition, colors=None, features=None), master], 9),
        (8, [replace(rendition, colors=None, features=None), sibling], 6),
        (9, [rendition], 8),
        (8, [bears], 5),
        (8, [own], None),
        (8, [replace(rendition, colors=None, features=None), own], None),
    )
    for mark, records, number in cases:
        evidence = replace(BARE, marks=(mark,))
        report = judged(*(told(record) for record in records), evidence=evidence)
        assert report.number == number, (mark, number)
        assert remote_step(report)[1] == ("found" if number else "unconfirmed")
    # The control: where no mark is read, nothing is ruled out.
    for marks in ((), None):
        assert judged(told(own), evidence=replace(BARE, marks=marks)).number == 7


def test_exactly_the_file_needs_no_package_beside_it() -> None:
    exact = replace(BARE, file=SEALED, credential=TRUSTED, marks=(7,))
    report = judged(told(RECORD_BEFORE, None), evidence=exact)
    assert (report.outcome, report.steps[3].code) == (Verdict.MADE_HERE, "seal.log.proved")
    assert "a copy of" not in report.sentence
    # The controls: another file, and one whose own package contradicts.
    other = judged(told(RECORD_BEFORE, None), evidence=replace(exact, file=FILE))
    assert other.outcome is Verdict.UNKNOWN
    contradicts = replace(exact.log, state=LogState.CONTRADICTS)
    report = judged(told(RECORD_BEFORE, None), evidence=replace(exact, log=contradicts))
    assert report.outcome is Verdict.ALTERED


def test_bad_news_of_the_license_is_believed_and_said_to_be_its_word() -> None:
    revoked = told(standing=Standing.REVOKED, standing_on=date(2026, 5, 1))
    report = judged(revoked, question=Question(DAY, "EU"))
    assert report.exit_code == 1
    assert "revoked on 2026-05-01, as h.example says" in report.sentence
    assert report.placement is not None
    assert report.placement.outcome is Outcome.REFUSED
    before = judged(
        revoked, evidence=replace(BARE, on=date(2026, 4, 1)), question=Question(date(2026, 4, 1))
    )
    assert before.exit_code == 0


def test_it_is_asked_by_what_is_stated_then_by_marks() -> None:
    assert names(BARE) == (7,)
    marked = replace(BARE, credential=replace(TRUSTED, number=9), marks=(9, 7, 3, 2))
    assert names(marked) == (9, 7, 3)
    assert names(replace(BARE, marks=None)) == ()
    assert CREDENTIALS["absent"].state is CredentialState.ABSENT


def test_evidence_is_read_back_as_written() -> None:
    for one in (
        told(),
        told(RECORD_BEFORE, None),
        told(standing=Standing.ENDED, standing_on=date(2026, 5, 1)),
    ):
        assert Told.parse(json.dumps(one.as_dict()).encode(), where="x") == one


GOOD = told().as_dict()


@pytest.mark.parametrize(
    "change",
    [
        {"sosie": "evidence/2"},
        {"package": None},
        {"package": {**GOOD["package"], "salt": "zz"}},
        {"package": {**GOOD["package"], "record": {**GOOD["package"]["record"], "number": "x"}}},
        {"features": "not base64!"},
        {"features": base64.b64encode(bytes(40_000)).decode()},
        {"standing": {"state": "in_force", "on": "2026-01-01"}},
        {"standing": {"state": "revoked"}},
        {"matched": True},
    ],
)
def test_what_is_no_evidence_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Told.parse(json.dumps({**GOOD, **change}).encode(), where="x")
    assert Told.parse(json.dumps(GOOD).encode(), where="x").package.record.number == 7


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["matches", "manifestId", "package", "sosie"]), inner)
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_answer_is_read_or_refused(data: bytes) -> None:
    for read in (Told.parse, identifiers):
        try:
            found: object = read(data, where="h.example")
        except BadInput:
            continue
        assert isinstance(found, tuple)
        assert all(is_identifier(label) for label in found)


def test_identifiers_are_names_alone() -> None:
    good = {
        "matches": [{"manifestId": "urn:c2pa:1", "similarityScore": 1, "endpoint": "https://e"}]
    }
    assert identifiers(json.dumps(good).encode(), where="x") == ("urn:c2pa:1",)
    for wrong in ("../../etc", "a b", "", "x" * 201, "urn:c2pa:1\n", "a/b", "a?b"):
        assert not is_identifier(wrong)
        said = json.dumps({"matches": [{"manifestId": wrong}]}).encode()
        with pytest.raises(BadInput):
            identifiers(said, where="x")
    many = {"matches": [{"manifestId": f"m{i}"} for i in range(60)]}
    assert len(identifiers(json.dumps(many).encode(), where="x")) == 10


def test_no_picture_is_too_odd_to_be_compared() -> None:
    odd = [np.zeros((1, 1, 3), np.uint8), np.full((40, 400, 3), 9, np.uint8), COPY[:, :33]]
    assert all(judged(told(), pixels=np.ascontiguousarray(p)).number is None for p in odd[:2])
    assert judged(told(), pixels=np.ascontiguousarray(odd[2])).outcome is not Verdict.ALTERED
