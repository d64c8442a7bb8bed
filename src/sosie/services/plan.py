"""Plans that were laid on a page: checked, priced, kept until they are ordered or thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sosie.core.ports import Outside
from sosie.core.studio import ShootPlan
from sosie.core.values import Digest, Refusal
from sosie.services import making
from sosie.services import shoot as shoots
from sosie.store.models import Shoot
from sosie.store.studio import ShootDraft


def keep(
    outside: Outside, *, license: str, plan: ShootPlan, files: Mapping[str, bytes], now: datetime
) -> ShootDraft | Refusal:
    """Check and price a plan and keep it, in place of the one before; ``files`` are those that it
    lists, by name."""
    proposal = shoots.propose(outside, license=license, plan=plan, files=files, now=now)
    if isinstance(proposal, Refusal):
        return proposal
    said = {
        "plan": plan.model_dump(mode="json", by_alias=True),
        "files": {name: outside.blobs.put(data) for name, data in files.items()},
        "told": proposal.as_dict(),
        "checked_at": now,
    }
    row, _ = ShootDraft.objects.update_or_create(license_id=license, defaults=said)
    return row


def of(license: str) -> ShootDraft | None:
    """Return the plan that lies on the page of a license, if there is one."""
    return ShootDraft.objects.filter(license=license).first()


def order(
    outside: Outside, *, draft: ShootDraft, by: str, passphrase: str, now: datetime
) -> Shoot | Refusal:
    """Order what a kept plan asks for, as the brand, and have a worker make it."""
    if draft.told["reasons"]:
        return Refusal.because("plan.refused", "this plan was refused: lay down another")
    row = shoots.order(
        outside,
        license=draft.license_id,
        plan=ShootPlan.model_validate(draft.plan),
        files={name: outside.blobs.get(Digest(file)) for name, file in draft.files.items()},
        by=by,
        passphrase=passphrase,
        now=now,
        looked=True,
    )
    if isinstance(row, Refusal):
        return row
    draft.delete()
    return making.start(row.pk)


def discard(license: str) -> None:
    """Throw a kept plan away; its files are erased when the workspace is swept."""
    ShootDraft.objects.filter(license=license).delete()
