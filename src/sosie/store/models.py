"""The tables. The database holds the invariants: checks, uniqueness, and triggers that refuse
UPDATE and DELETE on append-only tables (`migrations/0002_append_only.py`)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Index, Q
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

import sosie.store.asking
import sosie.store.capture
import sosie.store.history
import sosie.store.places
import sosie.store.studio
import sosie.store.weights  # noqa: F401 - their tables are loaded with these
from sosie.store.digests import Digests as Digests  # noqa: PLC0414 - so in migrations

_SLUG = r"^[a-z0-9][a-z0-9-]{0,39}$"


class Party(models.Model):
    """A model, an agency or a brand; its private key is kept outside the database."""

    class Kind(models.TextChoices):
        MODEL = "model"
        AGENCY = "agency"
        BRAND = "brand"

    id = models.SlugField(primary_key=True, max_length=40)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=200)
    shown_as = models.CharField(max_length=120, null=True)
    """The name under which a brand chose to appear in its pictures; it is not named without."""
    address = models.CharField(max_length=300, blank=True)
    place = models.CharField(max_length=6, help_text="ISO 3166 code: US-NY, FR")
    born = models.DateField(null=True, blank=True)
    registration = models.CharField(max_length=40, blank=True)
    """An agency's number at the Department of Labor of New York; empty while it has none."""
    registered_until = models.DateField(null=True, blank=True)
    registration_exempt = models.BooleanField(default=False)
    staff = models.PositiveIntegerField(null=True, blank=True)
    """Of an agency: people who work from New York or on New York models."""
    bond_usd = models.PositiveIntegerField(null=True, blank=True)
    """Its surety bond there; absent while it has said of none."""
    bond_until = models.DateField(null=True, blank=True)
    died_on = models.DateField(null=True, blank=True)
    certificate = models.TextField()
    joined_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id__regex=_SLUG), name="party_id_is_slug"),
            models.CheckConstraint(
                condition=Q(kind__in=["model", "agency", "brand"]), name="party_kind_known"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="party_named"),
        ]


class Agreement(models.Model):
    """A representation agreement or a power of attorney between a model and her agency, as the
    facts that the rules of law read."""

    model = models.ForeignKey(Party, models.PROTECT, related_name="agreements")
    agency = models.ForeignKey(Party, models.PROTECT, related_name="roster")
    facts = models.JSONField()
    file = Digests(blank=True, default="")
    """The signed paper itself, if it was handed in."""
    imported = models.BooleanField(default=False)
    """Whether it was made elsewhere: recorded whatever the law says of it."""
    recorded_at = models.DateTimeField()


class SignedAct(models.Model):
    """A statement that one party signed with her own key: consents, answers, revocations."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="signed_acts")
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    body = models.BinaryField()
    signature = models.BinaryField()
    certificate = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party", "act", "subject"],
                condition=~Q(act__in=("picture.accept", "picture.decline")),
                name="said_once",
            ),
        ]
        indexes: ClassVar = [
            Index(fields=["subject", "act"], name="acts_about"),
            Index(fields=["act", "subject"], name="acts_of_a_kind"),
            Index(fields=["party", "-at", "-id"], name="acts_of_a_party"),
        ]


class Twin(models.Model):
    """The digital replica of one model, owned by her."""

    id = models.SlugField(primary_key=True, max_length=40)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="twins")
    shown_as = models.CharField(max_length=120)
    consent = models.OneToOneField(SignedAct, models.PROTECT)
    measurements = models.JSONField(default=dict)
    """Those of the newest version."""
    made_at = models.DateTimeField()


class TwinVersion(models.Model):
    """One capture of a twin. A new one is a new version; what was made of an older one keeps it."""

    twin = models.ForeignKey(Twin, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    protocol = models.CharField(max_length=40, blank=True, default="")
    """The fullest protocol that the capture met; empty where nobody asked."""
    measurements = models.JSONField(default=dict)
    captured_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["twin", "number"], name="version_numbered_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="versions_from_one"),
        ]


class TwinFile(models.Model):
    """A file that belongs to a twin and is erased with it: photographs, templates, weights, entries
    of an index. Whatever is kept of a twin has a row here, or it would outlive her consent."""

    class Kind(models.TextChoices):
        PLATE = "plate"
        TEMPLATE = "template"
        WEIGHTS = "weights"
        INDEX = "index"

    twin = models.ForeignKey(Twin, models.PROTECT, related_name="files")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    digest = Digests()
    added_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["twin", "digest"], name="belongs_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["plate", "template", "weights", "index"]),
                name="twin_file_kind_known",
            ),
        ]


class TwinMark(models.Model):
    """A mark on the model's body that is never to be retouched, as she signed it."""

    twin = models.ForeignKey(Twin, models.PROTECT, related_name="marks")
    number = models.PositiveIntegerField()
    place = models.CharField(max_length=80)
    words = models.CharField(max_length=200)
    plate = models.CharField(max_length=40, blank=True, default="")
    region = models.JSONField(null=True)
    """Left, top, right, bottom on that plate; a point is a region without a size."""
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["twin", "number"], name="mark_numbered_once"),
            models.CheckConstraint(condition=~Q(place="") & ~Q(words=""), name="mark_has_words"),
            models.CheckConstraint(
                condition=~Q(plate="") | Q(region__isnull=True), name="region_on_a_plate"
            ),
        ]


class Plate(models.Model):
    """One approved capture photograph with its landmark card."""

    twin = models.ForeignKey(Twin, models.PROTECT, related_name="plates")
    version = models.PositiveIntegerField(default=1)
    name = models.SlugField(max_length=40)
    digest = Digests()
    card = models.JSONField()
    quality = models.JSONField()
    captured_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["twin", "version", "name"], name="plate_once_a_version"
            ),
        ]


class Preference(models.Model):
    """What a model wants of every license, as she signed it; the newest counts."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="preferences")
    body = models.JSONField()
    statement = models.OneToOneField(SignedAct, models.PROTECT)


def _said(output: models.Field[Any, Any], clause: str, part: str) -> models.GeneratedField:
    """Return a column that the database itself keeps equal to what the terms of a license say:
    what lists read of thousands of them without reading the terms."""
    said = KeyTextTransform(part, KeyTransform(clause, "terms") if clause else "terms")
    return models.GeneratedField(
        expression=Cast(said, output), output_field=output, db_persist=True
    )


class License(models.Model):
    """A license: its terms change with each counter offer until its contract is made, and never
    after; what happens to it is recorded beside it."""

    id = models.CharField(primary_key=True, max_length=20)
    model = models.ForeignKey(Party, models.PROTECT, related_name="given_licenses")
    brand = models.ForeignKey(Party, models.PROTECT, related_name="held_licenses")
    agency = models.ForeignKey(Party, models.PROTECT, null=True, related_name="advised_licenses")
    twin = models.ForeignKey(Twin, models.PROTECT, related_name="licenses")
    terms = models.JSONField()
    terms_digest = Digests()
    drafted_at = models.DateTimeField()
    contract = Digests(blank=True, default="")
    """The newest contract file: unsigned, then with one signature, then with both."""
    revocation = models.OneToOneField(
        SignedAct, models.PROTECT, null=True, related_name="revoked_license"
    )
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="successors")
    title = _said(models.TextField(), "", "title")
    first_day = _said(models.CharField(max_length=10, null=True), "period", "from")
    """ISO 8601; nothing where the terms name no days."""
    last_day = _said(models.CharField(max_length=10, null=True), "period", "until")
    time_zone = _said(models.TextField(null=True), "period", "time_zone")
    sell_off_days = _said(models.IntegerField(null=True), "after_end", "sell_off_days")
    take_down_days = _said(models.IntegerField(null=True), "withdrawal", "take_down_days")


class LicenseOffer(models.Model):
    """One set of terms that was on the table."""

    license = models.ForeignKey(License, models.PROTECT, related_name="offers")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    terms_digest = Digests()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["license", "number"], name="offer_numbered_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="offers_from_one"),
        ]


class LicenseStep(models.Model):
    """One step in the life of a license (`core/life.py`)."""

    license = models.ForeignKey(License, models.PROTECT, related_name="steps")
    step = models.CharField(max_length=20)
    role = models.CharField(max_length=8, blank=True, default="")
    party = models.ForeignKey(Party, models.PROTECT, null=True)
    offer = models.PositiveIntegerField()
    note = models.TextField(blank=True, default="")
    file = Digests(blank=True, default="")
    """The paper that the step made or handed over."""
    statement = models.OneToOneField(SignedAct, models.PROTECT, null=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            Index(fields=["license", "step"], name="steps_of_a_license"),
            Index(fields=["step", "license"], name="licenses_with_a_step"),
        ]


class Paper(models.Model):
    """One paper in the hands of a party, made here or elsewhere: hers forever."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    file = Digests()
    license = models.ForeignKey(License, models.PROTECT, null=True, related_name="papers")
    dated = models.DateField()
    imported = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["party", "file"], name="paper_kept_once"),
        ]
        indexes: ClassVar = [Index(fields=["party", "-dated", "-id"], name="papers_of_a_party")]


class ContractSignature(models.Model):
    """A signature on the contract that was validated after it was made."""

    license = models.ForeignKey(License, models.PROTECT, related_name="signatures")
    party = models.ForeignKey(Party, models.PROTECT)
    role = models.CharField(max_length=8)
    contract = Digests()
    witness = models.CharField(max_length=200, blank=True, default="")
    """Who was present where it was signed on another's device; empty where nobody was named."""
    signed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["license", "role"], name="signed_once_a_role"),
            models.CheckConstraint(condition=Q(role__in=["model", "brand"]), name="role_signs"),
        ]


class Passkey(models.Model):
    """A passkey that a party registered: only its public part is here."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="passkeys")
    credential_id = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    counter = models.BigIntegerField()
    """The sign counter at registration; the newest evidence, of either kind, holds the last one."""
    name = models.CharField(max_length=80)
    statement = models.OneToOneField(SignedAct, models.PROTECT)
    registered_at = models.DateTimeField()


class SigningEvidence(models.Model):
    """What shows offline that a passkey signed a contract: the bytes lie under their digest."""

    signature = models.OneToOneField(ContractSignature, models.PROTECT, related_name="evidence")
    passkey = models.ForeignKey(Passkey, models.PROTECT, related_name="evidence")
    file = Digests()
    counter = models.BigIntegerField()


class ActEvidence(models.Model):
    """That a passkey signed a statement: without a certificate; its `signature` is the evidence."""

    act = models.OneToOneField(SignedAct, models.PROTECT, related_name="evidence")
    passkey = models.ForeignKey(Passkey, models.PROTECT, related_name="acts")
    counter = models.BigIntegerField()


class Shoot(models.Model):
    """One order of pictures under a license."""

    id = models.CharField(primary_key=True, max_length=20)
    license = models.ForeignKey(License, models.PROTECT, related_name="shoots")
    engine = models.CharField(max_length=40)
    use = models.JSONField(help_text="purpose, channel and territories the pictures are meant for")
    files = models.JSONField(default=dict)
    """The digest of each file that its orders name."""
    paused = models.BooleanField(default=False)
    """Whether whoever makes its pictures is to stop."""
    ordered_at = models.DateTimeField()


class Picture(models.Model):
    """One output: ordered (its place in the volume is reserved), made, answered, sealed."""

    class Status(models.TextChoices):
        ORDERED = "ordered"
        FAILED = "failed"
        UNDECIDED = "undecided"
        """Made, and not certain to show her: she looks first."""
        MADE = "made"
        REFUSED = "refused"
        APPROVED = "approved"
        SEALED = "sealed"

    id = models.CharField(primary_key=True, max_length=24)
    shoot = models.ForeignKey(Shoot, models.PROTECT, related_name="pictures")
    license = models.ForeignKey(License, models.PROTECT, related_name="pictures")
    number = models.PositiveIntegerField()
    """Its place in the shoot, from 1."""
    plate = models.ForeignKey(Plate, models.PROTECT)
    order = models.JSONField()
    change_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="changes")
    """The picture that it was asked for in place of."""
    change = models.OneToOneField(
        SignedAct, models.PROTECT, null=True, related_name="changed_picture"
    )
    """Who asked for the change, and with which words."""
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ORDERED)
    digest = Digests(blank=True, default="")
    pixels = Digests(blank=True, default="")
    """Digest of the bare pixels: what a replay must reproduce."""
    recipe = models.JSONField(null=True)
    grade = models.CharField(max_length=8, blank=True, default="")
    metrics = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    failure = models.JSONField(default=list)
    made_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)
    """How long its engine took."""
    machine = models.CharField(max_length=16, blank=True, default="")
    """Where: a name that only tells machines apart."""
    doubts = models.JSONField(default=list)
    """Why it is not certain to show her."""
    recognized = models.OneToOneField(
        SignedAct, models.PROTECT, null=True, related_name="recognized_picture"
    )
    """Her own word that it does."""
    answer = models.OneToOneField(SignedAct, models.PROTECT, null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=["ordered", "failed"])
                | (~Q(digest="") & Q(made_at__isnull=False)),
                name="made_has_pixels",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "sealed", "refused"])
                | Q(answer__isnull=False),
                name="answered_by_the_model",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["ordered", "failed", "undecided", "refused"])
                | Q(doubts=[])
                | Q(recognized__isnull=False),
                name="doubts_are_hers_to_end",
            ),
            models.CheckConstraint(
                condition=Q(change_of__isnull=True, change__isnull=True)
                | Q(change_of__isnull=False, change__isnull=False),
                name="change_is_signed",
            ),
            models.UniqueConstraint(fields=["shoot", "number"], name="picture_numbered_once"),
        ]
        indexes: ClassVar = [
            Index(fields=["license", "status", "made_at", "id"], name="pictures_of_a_license"),
        ]


class DecisionRecord(models.Model):
    """What was decided, with its reasons and the hash of what it was made from."""

    license = models.ForeignKey(License, models.PROTECT, related_name="decisions")
    picture = models.ForeignKey(Picture, models.PROTECT, null=True, related_name="decisions")
    act = models.CharField(max_length=10)
    use = models.JSONField()
    outcome = models.CharField(max_length=10)
    reasons = models.JSONField()
    inputs = Digests()
    on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome__in=["allowed", "refused", "undecided"]),
                name="outcome_known",
            ),
        ]


class LogEntry(models.Model):
    """One leaf of the transparency log, as it was appended."""

    index = models.BigIntegerField(primary_key=True)
    leaf = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(index__gte=0), name="index_from_zero"),
        ]


class Opening(models.Model):
    """What a leaf's commitment was made from: erasable, while the leaf stays."""

    entry = models.OneToOneField(LogEntry, models.PROTECT, primary_key=True)
    salt = models.BinaryField()
    record = models.JSONField()


class Seal(models.Model):
    """The seal of one file: a master, or a rendition of one."""

    number = models.CharField(primary_key=True, max_length=20)
    picture = models.ForeignKey(Picture, models.PROTECT, related_name="seals")
    master = models.ForeignKey("self", models.PROTECT, null=True, related_name="renditions")
    channel = models.CharField(max_length=20, blank=True, default="")
    file = Digests(unique=True)
    fingerprint = models.CharField(max_length=64)
    entry = models.OneToOneField(LogEntry, models.PROTECT)
    decision = models.OneToOneField(DecisionRecord, models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["picture"], condition=Q(master__isnull=True), name="one_master_a_picture"
            ),
            models.CheckConstraint(
                condition=(Q(master__isnull=True) & Q(channel=""))
                | (Q(master__isnull=False) & ~Q(channel="")),
                name="rendition_has_channel",
            ),
        ]


class SealFeatures(models.Model):
    """The local features of a sealed file (`core/features.py`), by which a part of it is found."""

    seal = models.OneToOneField(Seal, models.PROTECT, related_name="features")
    kind = models.CharField(max_length=40)
    body = models.BinaryField()


class SealManifest(models.Model):
    """The identifier of the manifest of a seal, by which others ask for it."""

    seal = models.OneToOneField(Seal, models.PROTECT, primary_key=True, related_name="manifest")
    label = models.CharField(max_length=200, unique=True)


class Release(models.Model):
    """A sealed rendition going out on a channel."""

    seal = models.OneToOneField(Seal, models.PROTECT, primary_key=True)
    license = models.ForeignKey(License, models.PROTECT, null=True, related_name="releases")
    """Of its picture: so that what went out under a license is found without every picture."""
    purpose = models.CharField(max_length=20)
    channel = models.CharField(max_length=20)
    territories = models.JSONField()
    account = models.CharField(max_length=100, blank=True, default="")
    placements = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [Index(fields=["license", "at"], name="releases_of_a_license")]


class LedgerEntry(models.Model):
    """One balanced entry; its postings sum to zero in every currency."""

    id = models.CharField(primary_key=True, max_length=60)
    body = models.JSONField()
    on = models.DateField()
    at = models.DateTimeField()


class Posting(models.Model):
    """One leg of an entry, in whole minor units."""

    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="postings")
    account = models.CharField(max_length=40)
    party = models.ForeignKey(Party, models.PROTECT, related_name="postings")
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    on = models.DateField(null=True)
    """Of its entry, as the next two: so that what a party earned is summed without reading it."""
    license = models.CharField(max_length=20, null=True)
    release = models.CharField(max_length=20, null=True)
    """The seal number of what went out; none in a payment."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(minor=0), name="posting_not_nil"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="currency_iso"),
        ]
        indexes: ClassVar = [
            Index(
                fields=["party", "account", "on", "currency", "minor", "entry"],
                name="postings_of_a_party",
            ),
            Index(
                fields=["release", "account", "party", "currency", "minor"],
                name="postings_of_a_release",
                condition=Q(release__isnull=False),
            ),
            Index(fields=["license", "account"], name="postings_of_a_license"),
            Index(fields=["account", "entry"], name="postings_on_an_account"),
        ]


class CaptureDay(models.Model):
    """One day of capture: work, with its hours, and the entry by which it is paid."""

    twin = models.SlugField(max_length=40)
    """Paid whether or not a twin came of it."""
    model = models.ForeignKey(Party, models.PROTECT, related_name="days")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    facts = models.JSONField()
    statement = models.OneToOneField(SignedAct, models.PROTECT)
    entry = models.OneToOneField(LedgerEntry, models.PROTECT)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="day_ends_after_it_starts"
            ),
        ]
