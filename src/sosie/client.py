"""A client of the API: typed answers, retries, idempotency keys made for you, cursors followed.

    client = Client("https://sosie.example", token, sign=ask_my_passkey)
    for row in client.licenses(signed=True):
        print(row.license, row.standing)
    client.change("S-0001-04", note="warmer")

Whatever binds a party is signed by a passkey of hers, which the client has not: ``sign`` is handed
what is to be signed (`Asked`) and returns the WebAuthn credential that answers it.
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

from pydantic import BaseModel, TypeAdapter, ValidationError

from sosie.core import api, api_capture, api_house
from sosie.core.api_releases import ReleaseCost, ReleasesSaid
from sosie.core.listing import Listing
from sosie.core.preferences import Preferences
from sosie.core.values import BadInput
from sosie.core.webhook import event as event  # noqa: PLC0414 - for those who receive webhooks

Sign = Callable[[api.Asked], Mapping[str, Any]]
T = TypeVar("T")
Form = TypeVar("Form", bound=BaseModel)
_HERE = ("127.0.0.1", "::1", "localhost")
_AGAIN = frozenset({429, 502, 503, 504})
_IN_PROGRESS = "idempotency.in_progress"
_LONGEST = 60.0


class Refused(Exception):
    """What was asked was not done: ``problem`` says why, with its reason codes."""

    def __init__(self, problem: api.Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem


class Unsigned(Exception):
    """What was asked is to be signed first, and the client was given nothing to sign with."""

    def __init__(self, asked: api.Asked) -> None:
        super().__init__(f"`{asked.party}` is to sign `{asked.role}`: give the client `sign`")
        self.asked = asked


class Client:
    """One token's way to a Sosie. Raises ``Refused``; ``OSError`` where nobody answers.

    ``tries`` is how often a request is sent at most: again where nobody answered, where the server
    was busy, and where too much was asked in a minute. No act is done twice by it.
    """

    def __init__(
        self,
        site: str,
        token: str,
        *,
        sign: Sign | None = None,
        seconds: float = 30.0,
        tries: int = 4,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        parts = urlsplit(site)
        if parts.scheme != "https" and (parts.scheme, parts.hostname in _HERE) != ("http", True):
            raise BadInput(
                "a token goes to no such address",
                where=site,
                remedy="name `https://…`, or a server of this machine",
                code="client.site",
            )
        self._kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port = str(parts.hostname), parts.port
        self._token, self._sign, self._seconds = token, sign, seconds
        self._tries, self._pause = max(1, tries), pause

    # What is there.

    def me(self) -> api.Me:
        """Return whom the token acts for."""
        return api.Me.model_validate_json(self._get("/me"))

    def today(self) -> Iterator[api.Waiting]:
        """Yield what waits for the party."""
        return self._all("/today", api.Page[api.Waiting], {})

    def twins(self) -> list[api.TwinRow]:
        """Return her twins, or those that an agency acts for."""
        return TypeAdapter(list[api.TwinRow]).validate_json(self._get("/twins"))

    def twin(self, twin: str) -> api.TwinSaid:
        """Return what is known of a twin."""
        return api.TwinSaid.model_validate_json(self._get(f"/twins/{_part(twin)}"))

    def licenses(self, *, signed: bool | None = None) -> Iterator[api.LicenseRow]:
        """Yield the licenses of the party, the newest first."""
        wanted = {} if signed is None else {"signed": str(signed).lower()}
        return self._all("/licenses", api.Page[api.LicenseRow], wanted)

    def license(self, license: str) -> api.LicenseSaid:
        """Return a license as it is laid before the party."""
        return api.LicenseSaid.model_validate_json(self._get(f"/licenses/{_part(license)}"))

    def contract(self, license: str) -> bytes:
        """Return the contract of a license: PDF."""
        return self._get(f"/licenses/{_part(license)}/contract.pdf")

    def pictures(self, *, license: str = "", status: str = "") -> Iterator[api.PictureRow]:
        """Yield pictures, of one license or in one state, the newest first."""
        wanted = {"license": license, "status": status}
        wanted = {key: value for key, value in wanted.items() if value}
        return self._all("/pictures", api.Page[api.PictureRow], wanted)

    def picture(self, picture: str) -> api.PictureSaid:
        """Return all that is recorded of a picture."""
        return api.PictureSaid.model_validate_json(self._get(f"/pictures/{_part(picture)}"))

    def releases_asked(self, picture: str) -> ReleasesSaid:
        """Return how far it is what was asked to go out."""
        return ReleasesSaid.model_validate_json(self._get(f"/pictures/{_part(picture)}/releases"))

    def image(self, picture: str) -> bytes:
        """Return a picture to be looked at: WebP."""
        return self._get(f"/pictures/{_part(picture)}/image")

    def shoots(self) -> Iterator[api.ShootRow]:
        """Yield the shoots of the brand, the newest first."""
        return self._all("/shoots", api.Page[api.ShootRow], {})

    def shoot(self, shoot: str) -> api.ShootSaid:
        """Return how far a shoot is."""
        return api.ShootSaid.model_validate_json(self._get(f"/shoots/{_part(shoot)}"))

    def release(self, seal: str) -> bytes:
        """Return the sealed file that went out under a seal, while it may be shown."""
        return self._get(f"/releases/{_part(seal)}/file")

    def places(self) -> list[api.PlaceSaid]:
        """Return the places that releases go to by themselves."""
        return TypeAdapter(list[api.PlaceSaid]).validate_json(self._get("/places"))

    def errands(self) -> Iterator[api.ErrandRow]:
        """Yield what is or was to be sent and taken down, the newest first."""
        return self._all("/errands", api.Page[api.ErrandRow], {})

    def papers(self) -> Iterator[api.PaperRow]:
        """Yield the papers of the party."""
        return self._all("/papers", api.Page[api.PaperRow], {})

    def paper(self, paper: int) -> bytes:
        """Return a paper: PDF."""
        return self._get(f"/papers/{paper}/file")

    def statement(self, first: date, last: date) -> api.StatementSaid:
        """Return what the party earned from one day to another, both inside."""
        said = self._get("/statement", **{"from": first.isoformat(), "until": last.isoformat()})
        return api.StatementSaid.model_validate_json(said)

    def log(self) -> api.LogSaid:
        """Return the published checkpoint of the transparency log."""
        return api.LogSaid.model_validate_json(self._get("/log"))

    def listings(self, **wanted: object) -> Iterator[api.LookSaid]:
        """Yield the twins that a brand finds by what it looks for (`ToFind`), by name; then those
        whose models do not show what would tell."""
        asked = {name: str(value) for name, value in wanted.items() if value is not None}
        return self._all("/listings", api.Page[api.LookSaid], asked)

    def look(self, twin: str) -> api.LookSaid:
        """Return a twin as brands see it."""
        return api.LookSaid.model_validate_json(self._get(f"/listings/{_part(twin)}"))

    def photograph(self, twin: str, name: str) -> bytes:
        """Return a photograph that brands may see: WebP."""
        return self._get(f"/listings/{_part(twin)}/photographs/{_part(name)}")

    def library(
        self, *, search: str = "", state: str = "", twin: str = ""
    ) -> Iterator[api.ShelfRow]:
        """Yield the sealed pictures of the brand, each with how its license stands."""
        wanted = {"search": search, "state": state, "twin": twin}
        return self._all("/library", api.Page[api.ShelfRow], wanted)

    def take_downs(self) -> Iterator[api.TakeDownRow]:
        """Yield what is still out and must come down, the earliest first."""
        return self._all("/take-downs", api.Page[api.TakeDownRow], {})

    def package(self, seal: str) -> bytes:
        """Return what went out under a seal, with its words and proofs: ZIP."""
        return self._get(f"/releases/{_part(seal)}/package")

    def label(self, seal: str) -> bytes:
        """Return what is printed beside a picture: PDF."""
        return self._get(f"/releases/{_part(seal)}/label")

    def pack(self, license: str, *, picture: str = "") -> bytes:
        """Return the compliance pack of a license, or of one picture of it: ZIP."""
        return self._get(f"/licenses/{_part(license)}/pack", picture=picture)

    def where(self, **place: str) -> Iterator[api.OutRow]:
        """Yield every release of a picture of hers (`search`, `brand`, `channel`, `country`,
        `month`), the newest first."""
        return self._all("/where", api.Page[api.OutRow], place)

    def where_summary(self, **place: str) -> api.WhereSaid:
        """Return where she is, summed up by country and month."""
        return api.WhereSaid.model_validate_json(self._get("/where/summary", **place))

    def archive(self) -> bytes:
        """Return every paper, statement and signature of hers in one file: ZIP."""
        return self._get("/papers/archive")

    def preferences(self) -> Preferences:
        """Return what she wants of every license."""
        return Preferences.model_validate_json(self._get("/preferences"))

    def listing(self, twin: str) -> Listing:
        """Return what brands see of a twin of hers."""
        return Listing.model_validate_json(self._get(f"/twins/{_part(twin)}/listing"))

    def landmarks(self, twin: str, name: str) -> api_capture.LandmarksSaid:
        """Return the points of a photograph of a twin of hers."""
        path = f"/twins/{_part(twin)}/photographs/{_part(name)}/landmarks"
        return api_capture.LandmarksSaid.model_validate_json(self._get(path))

    def judge_landmarks(
        self, twin: str, name: str, landmarks: Mapping[str, tuple[int, int] | None]
    ) -> api_capture.LandmarksSaid:
        """Return what a capture would say of points that are moved, and what moves them."""
        path = f"/twins/{_part(twin)}/photographs/{_part(name)}/landmarks"
        said = self._sent("POST", path, {"landmarks": landmarks})
        return api_capture.LandmarksSaid.model_validate_json(said[1])

    def captures(self) -> list[api_capture.CaptureRow]:
        """Return the captures of hers that go on."""
        return TypeAdapter(list[api_capture.CaptureRow]).validate_json(self._get("/captures"))

    def capture(self, capture: int, *, protocol: str = "full") -> api_capture.CaptureSaid:
        """Return how far a capture has come on the way to a protocol."""
        found = self._get(f"/captures/{capture}", protocol=protocol)
        return api_capture.CaptureSaid.model_validate_json(found)

    def capture_photograph(self, capture: int, name: str) -> bytes:
        """Return a photograph of a capture."""
        return self._get(f"/captures/{capture}/photographs/{_part(name)}")

    def retirement(self, twin: str) -> api_capture.RetirementSaid:
        """Return what retiring a twin would come to."""
        return api_capture.RetirementSaid.model_validate_json(
            self._get(f"/twins/{_part(twin)}/retirement")
        )

    def deletion(self, twin: str) -> api_capture.DeletionSaid:
        """Return what deleting a twin would erase."""
        return api_capture.DeletionSaid.model_validate_json(
            self._get(f"/twins/{_part(twin)}/deletion")
        )

    def erasure(self, twin: str) -> api_capture.ErasureSaid:
        """Return the proof that a twin was erased."""
        return api_capture.ErasureSaid.model_validate_json(
            self._get(f"/twins/{_part(twin)}/erasure")
        )

    def agency(self) -> api.AgencySaid:
        """Return how the agency's registration and bond stand."""
        return api.AgencySaid.model_validate_json(self._get("/agency"))

    def agreements(self) -> Iterator[api.AgreementRow]:
        """Yield the agreements between the party and its models, or her agencies."""
        return self._all("/agreements", api.Page[api.AgreementRow], {})

    # The house.

    def parties(self, *, search: str = "", kind: str = "") -> Iterator[api_house.PartyRow]:
        """Yield the parties, the newest first."""
        return self._all("/parties", api.Page[api_house.PartyRow], {"search": search, "kind": kind})

    def party(self, party: str) -> api_house.PartySaid:
        """Return how a party stands, and who and what acts for it."""
        return api_house.PartySaid.model_validate_json(self._get(f"/parties/{_part(party)}"))

    def house(self) -> api_house.AccessSaid:
        """Return who and what acts for the house."""
        return api_house.AccessSaid.model_validate_json(self._get("/house"))

    def history(self, party: str) -> Iterator[api_house.EventRow]:
        """Yield what the log has about a party, the newest first."""
        return self._all(f"/parties/{_part(party)}/history", api.Page[api_house.EventRow], {})

    def operator_acts(self) -> Iterator[api_house.OperatorActRow]:
        """Yield what operators did, the newest first."""
        return self._all("/operator-acts", api.Page[api_house.OperatorActRow], {})

    def cases(self, *, search: str = "", kind: str = "") -> Iterator[api_house.CaseRow]:
        """Yield what is open, the overdue first."""
        return self._all("/cases", api.Page[api_house.CaseRow], {"search": search, "kind": kind})

    def case(self, about: str) -> api_house.CaseSaid:
        """Return what is open about a picture or a license."""
        return api_house.CaseSaid.model_validate_json(self._get(f"/cases/{_part(about)}"))

    def case_history(self, about: str) -> Iterator[api_house.EventRow]:
        """Yield what happened to a picture or a license, the newest first."""
        return self._all(f"/cases/{_part(about)}/history", api.Page[api_house.EventRow], {})

    def invite(self, role: str, *, party: str = "") -> api_house.InvitedSaid:
        """Invite somebody to act for a party, or for the house; the link is in the answer."""
        path = f"/parties/{_part(party)}" if party else "/house"
        return self._act(f"{path}/invitations", {"role": role}, api_house.InvitedSaid)

    def withdraw(self, invitation: str) -> api_house.Ended:
        """End an invitation that nobody used."""
        return self._act(f"/invitations/{_part(invitation)}/withdraw", {}, api_house.Ended)

    def end_session(self, session: int) -> api_house.Ended:
        """Sign somebody out of one browser."""
        return self._act(f"/sessions/{session}/end", {}, api_house.Ended)

    def end_token(self, token: str) -> api_house.Ended:
        """Revoke a token."""
        return self._act(f"/tokens/{_part(token)}/end", {}, api_house.Ended)

    # What is asked before it is done.

    def quote(self, terms: Mapping[str, Any]) -> api.QuoteSaid:
        """Return what terms (`terms/1`) would cost, and what speaks against them."""
        said = self._sent("POST", "/licenses/quote", {"terms": terms})
        return api.QuoteSaid.model_validate_json(said[1])

    def plan(
        self, license: str, plan: Mapping[str, Any], files: Mapping[str, bytes] | None = None
    ) -> api.PlanSaid:
        """Return what a shoot (`shoot/1`) would come to."""
        return self._act("/shoots/plan", _ordered(license, plan, files), api.PlanSaid)

    def release_cost(self, picture: str, **wish: Any) -> ReleaseCost:
        """Return what letting a picture out (`ToRelease`) would cost."""
        return self._act(f"/pictures/{_part(picture)}/releases/quote", wish, ReleaseCost)

    # What is done.

    def draft(self, terms: Mapping[str, Any], *, supersedes: str | None = None) -> api.LicenseRow:
        """Draft a license."""
        return self._act("/licenses", {"terms": terms, "supersedes": supersedes}, api.LicenseRow)

    def step(
        self,
        license: str,
        step: str,
        *,
        note: str = "",
        seen: str = "",
        terms: Mapping[str, Any] | None = None,
    ) -> api.LicenseRow:
        """Take a step in the life of a license: `asked`, `agreed`, `signed`, `revoked` …"""
        body = {"step": step, "note": note, "seen": seen, "terms": terms}
        return self._act(f"/licenses/{_part(license)}/steps", body, api.LicenseRow)

    def answer(self, picture: str, *, yes: bool, note: str = "") -> api.PictureSaid:
        """Answer for a picture, as its model."""
        body = {"yes": yes, "note": note}
        return self._act(f"/pictures/{_part(picture)}/answer", body, api.PictureSaid)

    def change(
        self, picture: str, *, note: str, settings: Mapping[str, str] | None = None
    ) -> api.PictureSaid:
        """Order a picture in place of another."""
        body = {"note": note, "settings": dict(settings or {})}
        return self._act(f"/pictures/{_part(picture)}/changes", body, api.PictureSaid)

    def review(self, picture: str, *, yes: bool, note: str = "") -> api.PictureSaid:
        """Say that the brand takes a picture, or that it does not, and why."""
        body = {"yes": yes, "note": note}
        return self._act(f"/pictures/{_part(picture)}/review", body, api.PictureSaid)

    def ask_release(self, picture: str, **wish: Any) -> ReleasesSaid:
        """Have a picture sealed and let out as the brand wishes (`ToRelease`)."""
        return self._act(f"/pictures/{_part(picture)}/releases", wish, ReleasesSaid)

    def run(self, shoot: str, do: str) -> api.ShootSaid:
        """Have a shoot made (`start`), have it `pause`, or order anew what failed (`retry`)."""
        return self._act(f"/shoots/{_part(shoot)}/run", {"do": do}, api.ShootSaid)

    def order(
        self, license: str, plan: Mapping[str, Any], files: Mapping[str, bytes] | None = None
    ) -> api.ShootSaid:
        """Order a shoot."""
        return self._act("/shoots", _ordered(license, plan, files), api.ShootSaid)

    def taken_down(self, seal: str, *, note: str = "") -> api.TakenDown:
        """Say that what went out under a seal is taken down."""
        return self._act(f"/releases/{_part(seal)}/taken-down", {"note": note}, api.TakenDown)

    def list_twin(self, twin: str, listing: Listing) -> Listing:
        """Say what brands see of a twin."""
        body = {"listing": listing.as_json()}
        return self._act(f"/twins/{_part(twin)}/listing", body, Listing)

    def prefer(self, preferences: Preferences) -> Preferences:
        """Say what she wants of every license."""
        return self._act("/preferences", {"preferences": preferences.as_json()}, Preferences)

    def begin_capture(self, twin: str) -> api_capture.CaptureRow:
        """Begin to capture a twin, or go on with what was begun."""
        return self._act("/captures", {"twin": twin}, api_capture.CaptureRow)

    def add_photograph(
        self, capture: int, name: str, data: bytes, *, slot: str = "", instead: str = ""
    ) -> api_capture.PhotographSaid:
        """Have a photograph judged and kept for a capture."""
        body = {"name": name, "file": b64encode(data).decode(), "slot": slot, "instead": instead}
        return self._act(f"/captures/{capture}/photographs", body, api_capture.PhotographSaid)

    def correct_photograph(
        self,
        capture: int,
        name: str,
        *,
        landmarks: Mapping[str, tuple[int, int] | None] = MappingProxyType({}),
        slot: str = "",
    ) -> api_capture.PhotographSaid:
        """Move points of a photograph of a capture, or say which one it is."""
        body = {"landmarks": dict(landmarks), "slot": slot}
        return self._act(
            f"/captures/{capture}/photographs/{_part(name)}", body, api_capture.PhotographSaid
        )

    def remove_photograph(self, capture: int, name: str) -> api_capture.CaptureRow:
        """Take a photograph out of a capture."""
        path = f"/captures/{capture}/photographs/{_part(name)}/removal"
        return self._act(path, {}, api_capture.CaptureRow)

    def measure(
        self, capture: int, measurements: Mapping[str, float | None]
    ) -> api_capture.CaptureSaid:
        """Keep what a model measured, in centimeters by key; what is left out stays, and ``None``
        takes one away."""
        body = {"measurements": dict(measurements)}
        return self._act(f"/captures/{capture}/measurements", body, api_capture.CaptureSaid)

    def make_version(self, capture: int) -> api_capture.VersionSaid:
        """Make a version of a twin of what is good in a capture."""
        return self._act(f"/captures/{capture}/version", {}, api_capture.VersionSaid)

    def discard_capture(self, capture: int) -> api_capture.CaptureRow:
        """Throw a capture away."""
        return self._act(f"/captures/{capture}/discard", {}, api_capture.CaptureRow)

    def consent(
        self, twin: str, *, scope: str, purpose: str, pay: str, until: date
    ) -> api_capture.ConsentSaid:
        """Consent that a twin may be made."""
        said = {"twin": twin, "scope": scope, "purpose": purpose, "pay": pay, "until": f"{until}"}
        return self._act("/consents", said, api_capture.ConsentSaid)

    def mark(self, twin: str, place: str, words: str, *, plate: str = "") -> api_capture.MarkSaid:
        """Name a mark that is never to be retouched."""
        body = {"place": place, "words": words, "plate": plate}
        return self._act(f"/twins/{_part(twin)}/marks", body, api_capture.MarkSaid)

    def retire(self, twin: str) -> api_capture.RetirementSaid:
        """Retire a twin."""
        return self._act(f"/twins/{_part(twin)}/retirement", {}, api_capture.RetirementSaid)

    def delete(self, twin: str) -> api_capture.ErasureSaid:
        """Delete a twin; returns the proof."""
        return self._act(f"/twins/{_part(twin)}/deletion", {}, api_capture.ErasureSaid)

    def place(self, channel: str, address: str, **more: str) -> api.PlaceSaid:
        """Name a place for what is released on a channel; ``more``: `endpoint`, `region`, `key_id`,
        `secret`, `ending`."""
        return self._act("/places", {"channel": channel, "address": address, **more}, api.PlaceSaid)

    def end_place(self, place: str) -> api.PlaceSaid:
        """Send nothing new to a place."""
        return self._act(f"/places/{_part(place)}/end", {}, api.PlaceSaid)

    def acknowledge(self, errand: int) -> api.ErrandRow:
        """Say that what was delivered to a place was done there."""
        return self._act(f"/errands/{errand}/acknowledged", {}, api.ErrandRow)

    def again(self, errand: int) -> api.ErrandRow:
        """Try what failed again."""
        return self._act(f"/errands/{errand}/again", {}, api.ErrandRow)

    # How.

    def _get(self, path: str, **query: str) -> bytes:
        return self._sent("GET", f"{path}?{urlencode(query)}" if query else path)[1]

    def _all(self, path: str, form: type[api.Page[T]], wanted: Mapping[str, str]) -> Iterator[T]:
        page = form.model_validate_json(self._get(path, **wanted))
        yield from page.items
        while page.next:
            page = form.model_validate_json(self._get(path, **wanted, cursor=page.next))
            yield from page.items

    def _act(self, path: str, body: Mapping[str, Any], form: type[Form]) -> Form:
        """Ask for an act, have it signed, and do it: once, under one key."""
        status, said = self._sent("POST", path, body, key=(key := str(uuid4())))
        if status == 202:
            asked = api.Asked.model_validate_json(said)
            if self._sign is None:
                raise Unsigned(asked)
            signature = {"ticket": asked.ticket, "credential": dict(self._sign(asked))}
            _, said = self._sent("POST", path, {**body, "signature": signature}, key=key)
        return form.model_validate_json(said)

    def _sent(
        self, method: str, path: str, body: object = None, *, key: str = ""
    ) -> tuple[int, bytes]:
        """Send a request until it is answered; raises ``Refused`` where it is refused."""
        for left in reversed(range(self._tries)):
            wait = 0.5 * 2 ** (self._tries - left - 1)
            try:
                status, said, later = self._once(method, path, body, key)
            except (OSError, HTTPException) as error:
                if not left:
                    raise ConnectionError(f"{self._host} does not answer: {error}") from error
            else:
                if status < 300:
                    return status, said
                problem = _problem(status, said)
                if not left or (status not in _AGAIN and problem.code != _IN_PROGRESS):
                    raise Refused(problem)
                wait = max(wait, later)
            self._pause(min(wait, _LONGEST))
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: object, key: str) -> tuple[int, bytes, float]:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "*/*"}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        if key:
            headers["Idempotency-Key"] = key
        connection = self._kind(self._host, self._port, timeout=self._seconds)
        try:
            connection.request(method, f"/api/v1{path}", body=data, headers=headers)
            answer = connection.getresponse()
            later = answer.headers.get("Retry-After", "0")
            wait = float(later) if later.isascii() and later.isdigit() else 0.0
            return answer.status, answer.read(), wait
        finally:
            connection.close()


def _problem(status: int, said: bytes) -> api.Problem:
    """Return a problem, also where something before the server answered in its own words."""
    try:
        return api.Problem.model_validate_json(said)
    except ValidationError:
        text = f"the server answered {status}, and gave no reason"
        reason = api.Said(code="client.unread", text=text)
        return api.Problem(title="", status=status, detail=text, code=reason.code, reasons=[reason])


def _ordered(
    license: str, plan: Mapping[str, Any], files: Mapping[str, bytes] | None
) -> dict[str, Any]:
    sent = {name: b64encode(data).decode() for name, data in (files or {}).items()}
    return {"license": license, "plan": plan, "files": sent}


def _part(id: str) -> str:
    return quote(id, safe="")
