"""A workspace: one folder with a database, files, keys and the published log."""

from __future__ import annotations

from pathlib import Path
from pkgutil import iter_modules

from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from sosie.core.ports import Outside
from sosie.core.values import BadInput, Digest, Reason
from sosie.services import capture, log, passkey, twin, twin_weights
from sosie.store.models import (
    Agreement,
    License,
    LicenseStep,
    Opening,
    Paper,
    Picture,
    Seal,
    Shoot,
    SignedAct,
    SigningEvidence,
    TwinFile,
)
from sosie.store.postgresql import laying_tables
from sosie.store.studio import ShootDraft


def lay_tables(*, new: bool = False) -> None:
    """Create the tables of a workspace, or bring an older one's up to date.

    Raises ``BadInput`` if it is ``new`` and the database holds tables already."""
    if new and _laid():
        raise BadInput(
            "the database holds a workspace already",
            where="SOSIE_DATABASE_URL",
            remedy="name an empty one",
            code="workspace.present",
        )
    with laying_tables(connection):
        call_command("migrate", verbosity=0, interactive=False)


def bring_up_to_date() -> None:
    """Create the tables that a workspace of an older version lacks; nothing else is changed.

    Raises ``BadInput`` if the database is empty: then it is not the one of this workspace."""
    laid = _laid()
    if not laid:
        raise BadInput(
            "the database of this workspace holds no tables",
            where=str(connection.settings_dict["NAME"]),
            remedy="name the right one, or restore it from a backup",
            code="database.empty",
        )
    if _shipped() - laid:
        lay_tables()


def _laid() -> set[tuple[str, str]]:
    """Return every migration that was applied; raises ``BadInput`` if no database answers."""
    try:
        return set(MigrationRecorder(connection).applied_migrations())
    except OperationalError as error:
        raise BadInput(
            f"the database does not answer ({str(error).splitlines()[0]})",
            where=str(connection.settings_dict["NAME"]),
            remedy="start it, or correct its address",
            code="database.unreachable",
        ) from error


def _shipped() -> set[tuple[str, str]]:
    """Return every migration of every app, by app and name; none is loaded for it."""
    return {
        (app.label, module.name)
        for app in apps.get_app_configs()
        for module in iter_modules([str(Path(app.path) / "migrations")])
        if module.name[0] != "_"
    }


def fsck(outside: Outside) -> tuple[Reason, ...]:
    """Check the log and what passkeys signed, and re-hash every file that a row names; name what is
    absent or changed."""
    reasons = [*log.fsck(outside), *passkey.faults(outside)]
    for digest, owner in files().items():
        try:
            outside.blobs.get(digest)
        except LookupError:
            text = f"the file of {owner} is absent ({digest}); restore it from a backup"
            reasons.append(Reason("file.absent", text))
        except BadInput as error:
            if error.code != "file.changed":  # where they are kept does not answer
                raise
            reasons.append(Reason("file.changed", f"the file of {owner} changed: {error.what}"))
    return tuple(reasons)


def sweep(outside: Outside) -> int:
    """Erase files that no row names, left by an act that did not finish; returns how many."""
    kept = files()
    strays = [digest for digest in outside.blobs.all() if digest not in kept]
    for digest in strays:
        outside.blobs.delete(digest)
    return len(strays)


def files() -> dict[Digest, str]:
    """Return the digest of every file that the workspace must hold, with what it belongs to."""
    found: dict[Digest, str] = {}
    withdrawn = SignedAct.objects.filter(act=twin.WITHDRAW).values("subject")
    for file in TwinFile.objects.filter(erased_at=None).exclude(twin__in=withdrawn):
        found[Digest(file.digest)] = f"a file ({file.kind}) of twin `{file.twin_id}`"
    found |= capture.files()
    found |= twin_weights.files()
    for license in License.objects.exclude(contract=""):
        found[Digest(license.contract)] = f"the contract of `{license.id}`"
    for step in LicenseStep.objects.exclude(file=""):
        found[Digest(step.file)] = f"the paper of step `{step.step}` of `{step.license_id}`"
    for paper in Paper.objects.all():
        found[Digest(paper.file)] = f"paper `{paper.title}` of `{paper.party_id}`"
    for agreement in Agreement.objects.exclude(file=""):
        found[Digest(agreement.file)] = f"the paper of agreement {agreement.pk}"
    for evidence in SigningEvidence.objects.all():
        found[Digest(evidence.file)] = "the evidence of a signature"
    found |= {
        Digest(file): f"file `{name}` of shoot `{shoot.id}`"
        for shoot in Shoot.objects.all()
        for name, file in shoot.files.items()
    }
    found |= {
        Digest(file): f"file `{name}` of the plan for `{plan.license_id}`"
        for plan in ShootDraft.objects.all()
        for name, file in plan.files.items()
    }
    for picture in Picture.objects.exclude(digest=""):
        found[Digest(picture.digest)] = f"picture `{picture.id}`"
    for seal in Seal.objects.all():
        found[Digest(seal.file)] = f"seal `{seal.number}`"
    sealed = Seal.objects.values("entry")
    for opening in Opening.objects.filter(entry__in=sealed, record__has_key="manifest"):
        found[Digest(opening.record["manifest"])] = f"the manifest of {opening.record['number']}"
    return found
