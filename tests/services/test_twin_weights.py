"""Weights of a twin: allowed by her alone, kept encrypted, used under a grant, erased."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from django.db import IntegrityError, transaction

from sosie.core import grant
from sosie.core.ports import Cancelled, Outside, Progress, TwinKeys
from sosie.core.studio import Assets, EngineCard, Order, Pixels, Result, Stopped
from sosie.core.training import LEAST_PHOTOS, Trained, Trainer, TrainingSettings
from sosie.core.values import Digest, Reason, digest
from sosie.engines.atelier import Atelier
from sosie.services import erasure, picture, twin_weights, workspace
from sosie.services import license as licenses
from sosie.store.models import DecisionRecord, LogEntry, Opening, Picture
from sosie.store.weights import TwinWeights
from tests.services.conftest import LATER, SECRETS, granted, ordered, refused

SECRET = b"what was learned of her face"
BASE = digest(b"the base")


class Learner(Atelier):
    """`atelier`, with weights that it learned: the smallest engine that trains."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Assets] = []
        self.resumed: list[bytes | None] = []
        self.at_step: Callable[[int], None] = lambda step: None

    def base(self) -> str:
        return BASE

    def family(self) -> str:
        return "learner"

    def untrainable(self, photos: int) -> tuple[Reason, ...]:
        few = Reason("engine.training", "too few photographs")
        return () if photos >= LEAST_PHOTOS else (few,)

    def train(
        self,
        photos: Sequence[Pixels],
        settings: TrainingSettings,
        *,
        resume: bytes | None,
        keep: Callable[[bytes], None],
        progress: Progress,
        cancelled: Cancelled,
    ) -> Trained:
        del photos, settings
        self.resumed.append(resume)
        for step in range(int(resume or b"0"), 4):
            if cancelled():
                raise Stopped("stopped")
            progress(step / 4, "learning")
            self.at_step(step)
            keep(str(step + 1).encode())
        return Trained(SECRET, BASE, {"steps": 4.0}, {"settings": "few"})

    def run(self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled) -> Result:
        self.seen.append(assets)
        return super().run(order, assets, progress, cancelled)


class Private(Learner):
    """Its weights are for no commercial use."""

    def describe(self) -> EngineCard:
        return replace(super().describe(), commercial_use=False, weights="w", weights_license="NC")


@pytest.fixture
def learner() -> Learner:
    return Learner()


@pytest.fixture
def outside(captured: Outside, learner: Learner) -> Outside:
    return replace(captured, engines={"atelier": learner})


def allow(outside: Outside, license: str, by: str = "ines") -> object:
    return twin_weights.allow(outside, license=license, by=by, passphrase=SECRETS[by], now=LATER)


def forbid(outside: Outside, license: str) -> object:
    return twin_weights.forbid(
        outside, license=license, by="ines", passphrase=SECRETS["ines"], now=LATER
    )


def train(outside: Outside, license: str, cancelled: Cancelled = lambda: False) -> object:
    return twin_weights.train(
        outside,
        license=license,
        engine="atelier",
        progress=lambda share, what: None,
        cancelled=cancelled,
        now=LATER,
    )


def delete(outside: Outside) -> object:
    return erasure.delete(outside, twin="ines", by="ines", passphrase=SECRETS["ines"], now=LATER)


def revoke(outside: Outside, license: str) -> object:
    return licenses.revoke(
        outside, license=license, by="ines", passphrase=SECRETS["ines"], now=LATER
    )


ENDS: Mapping[str, Callable[[Outside, str], object]] = {
    "deleted": lambda outside, _: delete(outside),
    "taken back": forbid,
    "revoked": revoke,
}


def everything_on_disk() -> bytes:
    """Return every byte of the workspace."""
    from django.db import connection

    folder = Path(connection.settings_dict["NAME"]).parent
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_license_allows_training_by_itself(
    outside: Outside, learner: Learner, agreed: Callable[..., str]
) -> None:
    license = agreed()
    assert refused(train(outside, license)) == {"training.forbidden"}
    assert refused(allow(outside, license, by="nord")) == {"license.not_hers"}
    assert refused(train(outside, license)) == {"training.forbidden"}
    assert learner.resumed == []  # the engine saw nothing
    granted(allow(outside, license))
    granted(train(outside, license))
    assert list(DecisionRecord.objects.filter(act="train").values_list("outcome", flat=True)) == [
        *["refused"] * 2,
        *["allowed"] * 2,
    ]


def test_they_are_encrypted_logged_by_hash_and_used_under_a_grant(
    outside: Outside, learner: Learner, agreed: Callable[..., str]
) -> None:
    license = agreed()
    assert isinstance(learner, Trainer)
    granted(allow(outside, license))
    row = granted(train(outside, license))
    assert isinstance(row, TwinWeights)
    assert (row.status, row.digest, row.checkpoint) == ("trained", digest(SECRET), "")
    assert SECRET not in everything_on_disk()
    assert workspace.fsck(outside) == ()
    said = LogEntry.objects.order_by("index").last()
    assert said is not None
    assert refused(train(outside, license)) == {"training.done"}
    shoot = granted(ordered(outside, license, "front-half"))
    (id,) = picture.pending(shoot.pk)
    granted(
        picture.make(
            outside, picture=id, progress=lambda s, w: None, cancelled=lambda: False, now=LATER
        )
    )
    (seen,) = learner.seen
    assert seen.weights is not None
    assert seen.weights.data == SECRET
    assert seen.grant is not None
    known = grant.read(seen.grant, outside.keys.grant_public)
    assert known.assets["weights"] == digest(SECRET)
    made = Picture.objects.get(pk=id).recipe or {}
    assert made["inputs"]["weights"] == digest(SECRET)
    other = replace(seen, weights=replace(seen.weights, digest=digest(b"others")))
    order = Order.model_validate(Picture.objects.get(pk=id).order)
    with pytest.raises(grant.Ungranted, match="`weights` is not what the grant names"):
        grant.run(
            learner,
            order,
            other,
            license=known.license,
            twin=known.twin,
            picture=known.picture,
            public=outside.keys.grant_public,
            at=LATER,
            progress=lambda s, w: None,
            cancelled=lambda: False,
        )
    assert len(learner.seen) == 1


def test_they_serve_the_license_that_they_are_for_alone(
    outside: Outside, agreed: Callable[..., str]
) -> None:
    license, other = agreed(), agreed()
    granted(allow(outside, license))
    granted(train(outside, license))
    assert twin_weights.opened(outside, license=license, engine="atelier") is not None
    assert twin_weights.opened(outside, license=other, engine="atelier") is None
    assert refused(train(outside, other)) == {"training.forbidden"}


def test_a_stopped_training_goes_on_from_its_checkpoint(
    outside: Outside, learner: Learner, agreed: Callable[..., str]
) -> None:
    license = agreed()
    granted(allow(outside, license))
    before = set(outside.blobs.all())

    def killed(step: int) -> None:
        if step == 2 and len(learner.resumed) == 1:
            raise KeyboardInterrupt

    learner.at_step = killed
    with pytest.raises(KeyboardInterrupt):
        train(outside, license)
    assert len(set(outside.blobs.all()) - before) == 1  # one checkpoint, not two
    assert workspace.sweep(outside) == 0
    granted(train(outside, license))
    assert learner.resumed == [None, b"2"]
    assert len(set(outside.blobs.all()) - before) == 1  # the weights alone


@pytest.mark.parametrize("how", ["deleted", "taken back", "revoked"])
def test_erased_means_gone(outside: Outside, agreed: Callable[..., str], how: str) -> None:
    license = agreed()
    granted(allow(outside, license))
    row = granted(train(outside, license))
    assert isinstance(row, TwinWeights)
    copy = outside.blobs.get(Digest(row.file))
    assert outside.twin_keys.decrypt("ines", copy) == SECRET  # the control
    granted(ENDS[how](outside, license))
    row.refresh_from_db()
    assert (row.status, row.file, row.digest) == ("erased", "", digest(SECRET))
    assert twin_weights.opened(outside, license=license, engine="atelier") is None
    assert SECRET not in everything_on_disk()
    with pytest.raises(LookupError):
        outside.blobs.get(digest(copy))
    if how == "deleted":  # a copy from a backup opens no more
        with pytest.raises(LookupError):
            outside.twin_keys.decrypt("ines", copy)
    assert workspace.fsck(outside) == ()
    newest = Opening.objects.filter(record__weights=digest(SECRET)).latest("entry_id").record
    assert newest == {"twin": "ines", "license": license, "weights": digest(SECRET)}
    assert refused(train(outside, license)) & {
        "training.forbidden",
        "creation_consent.missing",
        "license.revoked",
    }
    assert refused(allow(outside, license)) == {"training.answered"}


def test_a_revocation_erases_the_weights_of_its_license_alone(
    outside: Outside, agreed: Callable[..., str]
) -> None:
    license, other = agreed(), agreed()
    for each in (license, other):
        granted(allow(outside, each))
        granted(train(outside, each))
    granted(revoke(outside, license))
    assert twin_weights.opened(outside, license=other, engine="atelier") is not None
    assert twin_weights.opened(outside, license=license, engine="atelier") is None


def test_a_revocation_erases_the_checkpoint_of_a_training_that_was_killed(
    outside: Outside, learner: Learner, agreed: Callable[..., str]
) -> None:
    license, before = agreed(), set(outside.blobs.all())
    granted(allow(outside, license))
    learner.at_step = killed
    with pytest.raises(KeyboardInterrupt):
        train(outside, license)
    assert set(outside.blobs.all()) - before  # the control: a checkpoint lies there
    granted(revoke(outside, license))
    assert set(outside.blobs.all()) == before


def killed(step: int) -> None:
    if step == 2:
        raise KeyboardInterrupt


def test_weights_are_opened_for_no_picture_once_the_license_is_over(
    outside: Outside, learner: Learner, agreed: Callable[..., str]
) -> None:
    license = agreed()
    granted(allow(outside, license))
    granted(train(outside, license))
    one, two = picture.pending(granted(ordered(outside, license, "front-half", "walking")).pk)
    opened: list[str] = []
    decrypt = outside.twin_keys.decrypt

    class Watched:
        """The keys of twins, and a note of each that is used."""

        def decrypt(self, twin: str, data: bytes) -> bytes:
            opened.append(twin)
            return decrypt(twin, data)

    watched = replace(outside, twin_keys=cast("TwinKeys", Watched()))

    def make(id: str, now: datetime) -> object:
        return picture.make(
            watched, picture=id, progress=lambda s, w: None, cancelled=lambda: False, now=now
        )

    granted(make(one, LATER))
    assert (opened, len(learner.seen)) == (["ines"], 1)  # the control
    over = datetime(2027, 5, 1, 12, tzinfo=UTC)
    assert refused(make(two, over)) == {"period.ended"}
    again = picture.replay(watched, picture=one, progress=lambda s, w: None, now=over)
    assert refused(again) == {"period.ended"}
    assert (opened, len(learner.seen)) == (["ines"], 1)


@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize("how", ["revoked", "taken back"])
def test_what_she_takes_back_meanwhile_is_not_kept(
    outside: Outside, learner: Learner, agreed: Callable[..., str], how: str, step: int
) -> None:
    license = agreed()
    granted(allow(outside, license))

    def take_back(at: int) -> None:
        if at == step and how == "revoked":
            granted(
                licenses.revoke(
                    outside, license=license, by="ines", passphrase=SECRETS["ines"], now=LATER
                )
            )
        elif at == step:
            granted(forbid(outside, license))

    learner.at_step = take_back
    with pytest.raises(Stopped):
        train(outside, license)
    assert not TwinWeights.objects.filter(status="trained").exists()
    assert SECRET not in everything_on_disk()


def test_weights_for_no_commercial_use_learn_nothing(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license, private = agreed(), Private()
    outside = replace(captured, engines={"atelier": private})
    granted(allow(outside, license))
    assert refused(train(outside, license)) == {"engine.weights_license"}
    assert private.resumed == []


def test_an_engine_that_trains_nothing_is_named(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    plain = replace(captured, engines={"atelier": Atelier()})
    assert refused(train(plain, agreed())) == {"engine.training"}


def test_the_database_holds_what_a_status_says(
    outside: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    granted(allow(outside, license))
    row = granted(train(outside, license))
    assert isinstance(row, TwinWeights)
    for wrong in ({"status": "erased"}, {"file": ""}, {"status": "training"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TwinWeights.objects.filter(pk=row.pk).update(**wrong)
    fields = {"twin_id": "ines", "license_id": license, "engine": "atelier", "base": BASE}
    with pytest.raises(IntegrityError), transaction.atomic():
        TwinWeights.objects.create(**fields, started_at=LATER)
