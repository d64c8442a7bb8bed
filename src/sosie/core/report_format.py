"""The report of a verification as JSON (`report/1`): its fields and their types.

The published JSON Schema, docs/formats/report.schema.json, is generated from here.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from sosie.core.seal import KnownBy, Standing, StepState, TrustSource, Verdict
from sosie.core.terms import Channel, PublicTerms, Purpose
from sosie.core.values import Outcome

Number = Field(
    pattern=r"^[0-9A-F][0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{5}$"
)
"""A seal number as it is spelled."""
Code = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$|^R\d\d$")
Percent = Field(ge=0, le=100)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReasonFormat(_Strict):
    """Why something is not allowed, with the clause or the law that says so."""

    code: str = Code
    text: str
    clause: str = ""
    rule: str = ""
    citation: str = ""


class PlacementFormat(_Strict):
    """Whether the license allows the place, channel, day and purpose that were asked for."""

    outcome: Outcome
    where: str | None
    channel: Channel | None
    on: str | None = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    purpose: Purpose | None
    reasons: list[ReasonFormat]


class SubjectFormat(_Strict):
    """Whose twin it is and under which license it was made: signed or logged fields only."""

    twin: str
    license: str
    terms: PublicTerms
    terms_digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    standing: Standing | None = Field(description="null: only the public terms can be judged")
    sealed_at: AwareDatetime | None = Field(description="null: no record is at hand")
    stamped_at: AwareDatetime | None = Field(
        description="when it was signed, by the clock of an authority that is relied on"
    )
    channel: str | None = Field(description="of a rendition")
    master: str | None = Field(description="of a rendition: the seal number of its master")


class RegionFormat(_Strict):
    """A changed place, in percent of width and height from the top left."""

    left: float = Percent
    top: float = Percent
    width: float = Percent
    height: float = Percent


class StepFormat(_Strict):
    """One numbered step; its code never changes its meaning."""

    number: int = Field(ge=1)
    name: Literal[
        "trust",
        "credential",
        "bytes",
        "log",
        "record",
        "fingerprint",
        "watermark",
        "license",
        "placement",
        "remote",
    ]
    state: StepState
    code: str = Code
    sentence: str


class TrustFormat(_Strict):
    """The root certificate and log key that it was judged under, and who chose them."""

    source: TrustSource
    workspace: str | None = Field(description="its name; null: nobody chose it")
    root_sha256: str | None = Field(description="fingerprint of the root certificate")
    file: str | None = Field(description="the path of the trust file")


class JudgedFormat(_Strict):
    """What was judged, for when and under whose root: what it takes to judge it again."""

    name: str = Field(description="of the file, without its folders")
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$", description="of the file as it was read")
    on: str = Field(
        pattern=r"^\d{4}-\d\d-\d\d$", description="the day for which the license is judged"
    )
    at: AwareDatetime | None = Field(
        description="the moment, by the clock of the machine; null: a day was named"
    )
    trust: TrustFormat


class ReportFormat(_Strict):
    """What a verifier may conclude of one file: the sentence first, the evidence below."""

    file: str = Field(default="", description="the path, in answers of `sosie verify`")
    sosie: Literal["report/1"]
    outcome: Verdict
    sentence: str
    exit_code: Literal[0, 1, 2]
    number: str | None = Number
    known_by: KnownBy | None = Field(description="null: it is not known to be made here")
    subject: SubjectFormat | None
    placement: PlacementFormat | None = Field(description="null: nobody asked")
    differences: list[str]
    regions: list[RegionFormat]
    steps: list[StepFormat] = Field(min_length=9)
    judged: JudgedFormat
    report: list[str] = Field(default=[], description="pages and drawings that were written")


class UnreadFormat(_Strict):
    """A file that was not judged: `bad_input`, it is no picture which can be read (counts as exit
    code 65); `fault`, Sosie itself failed on it (70)."""

    file: str
    outcome: Literal["bad_input", "fault"]
    text: str


class AnswerFormat(_Strict):
    """What `sosie verify --json` prints."""

    reports: list[ReportFormat | UnreadFormat]


def schema() -> dict[str, Any]:
    """This function will return the JSON Schema (2020-12) of each form in which `sosie verify`
    answers: all reports as one object (`--json`); a report, or that a file was not judged
    (`--lines`, one a line)."""
    forms = TypeAdapter[Any](AnswerFormat | ReportFormat | UnreadFormat)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **forms.json_schema()}
