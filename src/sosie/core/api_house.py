"""What the API answers those who run the house, as forms: parties, who acts for them, and cases."""

from __future__ import annotations

from datetime import date, datetime

from sosie.core.api import FindingSaid, Form


class PartyRow(Form):
    """A party in a list."""

    party: str
    kind: str
    name: str
    place: str
    joined: date
    registration: str
    """Of an agency: its number, or `exempt`."""
    registered_until: date | None
    bond_usd: int | None
    bond_until: date | None
    against: list[str]
    """What law says against its registration and bond."""
    passkeys: int
    people: int
    """How many sign in for it."""
    programs: int


class PasskeySaid(Form):
    """A passkey that signs for a party."""

    name: str
    since: datetime


class MemberSaid(Form):
    """Somebody who signs in."""

    name: str
    role: str
    since: datetime
    seen: datetime | None
    """When she signed in last."""


class SessionSaid(Form):
    """A browser in which somebody is signed in."""

    session: int
    name: str
    device: str
    """As the browser calls itself."""
    since: datetime


class InvitationSaid(Form):
    """An invitation that nobody used yet."""

    invitation: str
    party: str
    """Empty for the house."""
    role: str
    until: datetime


class InvitedSaid(InvitationSaid):
    """An invitation as it is made: its link is told to whoever made it."""

    link: str


class TokenSaid(Form):
    """A program."""

    token: str
    party: str
    """Empty for the house."""
    name: str
    scopes: list[str]
    until: date
    used: date | None
    stands: bool


class ListenerSaid(Form):
    """An address that is told what happens."""

    url: str
    since: datetime


class OperatorActRow(Form):
    """What an operator did."""

    act: int
    at: datetime
    operator: str
    what: str
    party: str
    """Whom it was about; empty: the house."""
    about: str


class AccessSaid(Form):
    """Who and what acts for a party, or for the house."""

    members: list[MemberSaid]
    sessions: list[SessionSaid]
    invitations: list[InvitationSaid]
    programs: list[TokenSaid]
    hooks: list[ListenerSaid]
    acts: list[OperatorActRow]
    """What operators did about it lately."""


class PartySaid(PartyRow):
    """A party: how it stands, and who and what acts for it."""

    address: str
    died_on: date | None
    keys: list[PasskeySaid]
    findings: list[FindingSaid]
    """What law says of an agency."""
    access: AccessSaid


class EventRow(Form):
    """One entry of the log."""

    index: int
    at: datetime
    act: str
    by: str
    """The id of a party; empty where the house did it, in nobody's name."""
    about: dict[str, str]
    """Ids, by what they are of: license, picture, shoot, seal, twin."""


class CaseRow(Form):
    """One matter that is open."""

    kind: str
    """`undecided`, `still_out`, `suspended`."""
    about: str
    seal: str
    license: str
    model: str
    brand: str
    since: str
    """The day since which it is open, or on which it is due."""
    overdue: bool
    waits_for: str
    text: str


class CaseSaid(Form):
    """What is open about a picture or a license."""

    about: str
    license: str
    model: str
    brand: str
    open: list[CaseRow]


class Ended(Form):
    """That an invitation, a session or a token leads nowhere any more."""

    ended: str
