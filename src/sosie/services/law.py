"""What law says of a license, with all that the tables know of its parties and its course."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sosie.core import law
from sosie.core.life import Step
from sosie.core.terms import Alteration
from sosie.core.values import Reason, Refusal
from sosie.services import agreement, life
from sosie.services import license as licenses
from sosie.store.models import License, Party


def findings(
    license: License,
    *,
    now: datetime,
    act: law.Trigger | None = None,
    signature: law.Signature | None = None,
) -> tuple[law.Finding, ...]:
    """Return what stands against a license by law and completeness, with all that the tables
    know."""
    return law.check(
        licenses.terms_of(license), facts(license, now=now, act=act, signature=signature)
    )


def everything_said(
    license: License, *, now: datetime, act: law.Trigger | None = None
) -> tuple[law.Finding, ...]:
    """Return what every rule says of a license, kept and unknown ones too."""
    return law.findings(facts(license, now=now, act=act))


def facts(
    license: License,
    *,
    now: datetime,
    act: law.Trigger | None = None,
    signature: law.Signature | None = None,
    trains: bool = False,
) -> law.Facts:
    """Return the facts that the rules of law read; what the tables do not tell stays unknown."""
    today = life.day_of(license, now)
    representation, attorney = (
        agreement.current(license.model_id, license.agency_id, kind, on=today)
        for kind in (agreement.REPRESENTATION, agreement.ATTORNEY)
    )
    terms = licenses.terms_of(license)
    signed = license.signatures.filter(role="model").first()
    working = act in (law.Trigger.GENERATE, law.Trigger.PUBLISH)
    first_act = license.pictures.order_by("made_at").filter(made_at__isnull=False).first()
    return law.Facts(
        on=today,
        terms=terms,
        act=act,
        signatures=(signature,) if signature else (),
        representation=agreement.facts_of(representation) if representation else None,
        power_of_attorney=agreement.facts_of(attorney) if attorney else None,
        consent=law.Consent(
            given=signed is not None if working else None,
            signed_at=signed.signed_at if signed else now,
            nothing_done=not license.pictures.exists(),
            first_act_at=first_act.made_at if first_act else None,
            **_OWN_PAPER,
        ),
        agency_makes=False,  # only the brand orders (`shoot.order`)
        agency=license.agency is not None,
        places=law.Places(
            model_lives=license.model.place,
            brand_in=license.brand.place,
            agency_in=license.agency.place if license.agency else None,
            published_in=terms.territories.include if terms.territories else None,
        ),
        registration=registration(license.agency, on=today),
        person=law.Person(
            born=license.model.born,
            alive=license.model.died_on is None,
            died_on=license.model.died_on,
            domicile_at_death=license.model.place if license.model.died_on else None,
            estate_consent=False,  # none can be recorded here yet, and silence is never yes
        ),
        papers=_papers(license, now) if working else law.Papers(),
        content=law.Content(
            nude=False,
            intimate=False,  # no terms allow it (H06, `alteration.nudity`)
            protected_change=None if Alteration.SKIN_TONE in terms.alterations else False,
        ),
        data_consent=_DATA_CONSENT if signed else law.DataConsent(),
        withdrawn=_withdrawn(license),
        advertisement=law.Advertisement(generated=True, recognizable=True, known=True),
        marking=law.Marking(manifest=True, time_stamped=False)  # marks: where there is a key
        if working
        else law.Marking(),
        label=_LABELED if act is law.Trigger.PUBLISH else law.Label(),
        asks=law.Asks(
            trains=trains,
            training_allowed=licenses.training_allowed(license),
            notice=_notice(license, now),
        ),
    )


_OWN_PAPER = {"stand_alone": True, "own_signature": True, "in_representation": False}
"""The contract is a document of its own with a signature field of hers, whatever the terms say."""
_DATA_CONSENT = law.DataConsent(
    explicit=True, specific=True, separate=True, plain=True, provable=True, withdrawal_told=True
)
"""What her signature under a contract of ours says: its clauses are made from the terms alone, the
first page is in plain words, and both tell her how to withdraw."""
_LABELED = law.Label(present=True, clear=True, at_first_exposure=True, accessible=True)
"""Each package for a channel holds the words and the text alternative that go with a picture."""


def registration(agency: Party | None, *, on: date) -> law.Registration:
    """Return what an agency told of its registration and bond; a number that nobody told is none,
    and so is a bond that is over."""
    if agency is None:
        return law.Registration()
    number = agency.registration
    return law.Registration(
        number=number,
        expires=agency.registered_until,
        exempt=agency.registration_exempt,
        in_contract=bool(number) or None,
        staff=agency.staff,
        bond_usd=0 if agency.bond_until and agency.bond_until < on else agency.bond_usd,
    )


def of_agency(agency: Party, *, on: date) -> tuple[law.Finding, ...]:
    """Return what the law of New York says of an agency's registration and bond on a day, kept or
    not (R01, R02, R04)."""
    facts = law.Facts(
        on=on,
        act=law.Trigger.ONBOARD_AGENCY,
        agency=True,
        places=law.Places(agency_in=agency.place),
        registration=registration(agency, on=on),
    )
    return tuple(each for each in law.findings(facts) if each.rule.id in _OF_AGENCY)


_OF_AGENCY = frozenset({"R01", "R02", "R04"})


def _withdrawn(license: License) -> law.Withdrawn:
    """Return whether she took back the license or the consent to her twin."""
    if license.revocation:
        day = life.day_of(license, license.revocation.at)
        return law.Withdrawn(withdrew=True, since=day, as_easy=True)
    live = licenses.consent_is_live(license.twin)
    return law.Withdrawn(withdrew=not live, as_easy=True)


def _papers(license: License, now: datetime) -> law.Papers:
    """Return what became of the deal memo, as work begins now."""
    steps = {row.step: row.at for row in license.steps.order_by("id")}
    return law.Papers(
        memo_delivered=Step.MEMO_DELIVERED in steps,
        memo_delivered_at=steps.get(Step.MEMO_DELIVERED),
        memo_accepted=Step.MEMO_ACCEPTED in steps,
        memo_accepted_at=steps.get(Step.MEMO_ACCEPTED),
        work_starts=now,
    )


def _notice(license: License, now: datetime) -> timedelta | None:
    """Return how long the model has had the newest offer, or had it when she signed."""
    offers = (Step.ASKED, Step.COUNTERED, Step.PROPOSED)
    last = license.steps.filter(step__in=offers).order_by("-id").first()
    signed = license.signatures.filter(role="model").first()
    return None if last is None else (signed.signed_at if signed else now) - last.at


def lawful(
    license: License, *, act: law.Trigger, now: datetime, trains: bool = False
) -> Refusal | None:
    """Return why the law, as it reaches this license, refuses an act; nothing if it does not."""
    known = facts(license, now=now, act=act, trains=trains)
    against = refusals(law.check(licenses.terms_of(license), known))
    return Refusal(against) if against else None


def open_points(found: tuple[law.Finding, ...]) -> tuple[law.Finding, ...]:
    """Return each rule in force that could refuse the act and whose facts nobody has told.

    They stand against nothing: what is not known is not broken. A person looks at them.
    """
    gate = (law.Effect.REFUSE, law.Effect.REQUIRE)
    return tuple(
        finding
        for finding in found
        if finding.kept is None
        and finding.set_off
        and finding.in_force
        and finding.applies is not False
        and finding.rule.outcome in gate
    )


def refusals(found: tuple[law.Finding, ...]) -> tuple[Reason, ...]:
    """Return a reason for each finding that refuses: broken rules, and requirements not met."""
    gate = (law.Effect.REFUSE, law.Effect.REQUIRE)
    return tuple(
        Reason(
            "law.broken",
            finding.text if finding.rule.order is not law.Order.NORMS else _with_basis(finding),
            clause=finding.clause,
            rule=finding.rule.id,
            citation=finding.rule.citation,
        )
        for finding in found
        if (finding.bites and finding.rule.outcome in gate) or finding.broke
    )


def _with_basis(finding: law.Finding) -> str:
    return f"{finding.text} ({finding.basis})"


def warnings(license: License, *, now: datetime) -> tuple[Reason, ...]:
    """Return what law and norms warn of, to be said before a yes; it refuses nothing."""
    return tuple(
        Reason(
            "law.warns",
            _with_basis(finding),
            clause=finding.clause,
            rule=finding.rule.id,
            citation=finding.rule.citation,
        )
        for finding in findings(license, now=now)
        if finding.bites and finding.rule.outcome in (law.Effect.WARN, law.Effect.FLAG)
    )
