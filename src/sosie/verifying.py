"""The verifier behind `sosie.verify`: core and adapters; no database unless a workspace is named,
no network unless a remote Sosie is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sosie.adapters.credentials import C2pa
from sosie.adapters.pictures import PillowPictures
from sosie.core.assessment import assess
from sosie.core.file_format import format_of
from sosie.core.package import Package, TrustFile, json_object
from sosie.core.seal import (
    FINGERPRINT_ALGORITHM,
    WATERMARK_ALGORITHM,
    Evidence,
    Record,
    Remote,
    RemoteState,
    Report,
    Trust,
    TrustSource,
    plain,
    spell,
)
from sosie.core.terms import Channel, Purpose
from sosie.core.values import STATEMENT_TAG, BadInput, Reason, digest
from sosie.core.verification import Anchors, Question, gather

if TYPE_CHECKING:
    # Loaded where it is used: a picture is verified offline in half the time.
    from sosie.adapters.resolution import Resolver
    from sosie.core.contract import ContractReading
    from sosie.core.erasure import Erasure
    from sosie.core.note import Checkpoint
    from sosie.core.pack import Check, Contents, Statement
    from sosie.core.ports import Outside
    from sosie.core.resolution import Told
    from sosie.core.studio import Pixels
    from sosie.core.values import SignedStatement
    from sosie.services.verification import Examined

_Known = TypeVar("_Known", bound=StrEnum)
T = TypeVar("T")

SIDECAR = ".sosie.json"
TRUST = "trust.json"
CREDENTIAL = ".c2pa"
MOST_READ = 256 * 2**20
"""Bytes of a file that are read: those of the largest pack, four times those of a picture."""
MOST_TOLD = 4
"""Seals that a remote is asked about for one way of asking."""


def verify(
    path: str | Path,
    *,
    trust: str | Path | None = None,
    workspace: str | Path | None = None,
    where: str | None = None,
    channel: str | None = None,
    on: date | str | None = None,
    purpose: str | None = None,
    time_roots: str | Path | None = None,
    remote: str | None = None,
    send_picture: bool = False,
) -> Report:
    """This function will say what can be known of a picture file: offline, unless a ``remote`` is
    named, and without a database, unless a ``workspace`` is.

    ``trust`` is the trust file of the workspace that you choose to rely on; one that merely lies
    beside the picture is named in the answer and counts as nothing. ``where`` is an ISO 3166-1
    code or group, ``channel`` and ``purpose`` words of the terms language, ``on`` a day, also as
    ISO text (default: today, where the terms count their days), ``time_roots`` a PEM file with the
    roots of time-stamping authorities that you rely on. What lies beside the picture is read too:
    its package (`NAME.jpg.sosie.json`) and, if the file carries no credential, its manifest store
    (`NAME.c2pa`). A package that cannot be read is told as a step of the report.

    With ``workspace``, its folder, any copy of a picture that was sealed there is known by its
    pixels, as by `sosie verify --workspace DIR`. It has roots of its own, so ``trust``,
    ``time_roots`` and ``remote`` are not named beside it; one process works on one workspace.

    ``remote`` is the address of a Sosie (`https://…`) that is asked by the mark and the fingerprint
    of the picture; with ``send_picture`` it is sent the file if it knows neither. What it says is
    proved and compared here, under ``trust``, which must be given then. One that cannot be reached
    or answers nonsense changes nothing but a step of the report.

    Raises ``BadInput`` (``sosie.BadInput``) for a file that cannot be read, an unknown channel, a
    bad trust file, a bad address or a folder that is no workspace.
    """
    path = Path(path)
    question = Question(
        _day(on) or _now(), where, _named(Channel, channel), _named(Purpose, purpose)
    )
    if workspace is not None:
        folder = Path(workspace)
        alone(folder, trust, time_roots, remote, send_picture)
        return _off_the_loop(lambda: examine(path, folder, question).report)
    resolver = admit(remote, trust, send_picture=send_picture)
    data = read(path)
    anchors = chosen(Path(trust)) if trust is not None else _beside(path)
    package, unread = _package(path)
    clocks = roots_of_time(Path(time_roots)) if time_roots else ""
    evidence = gather(
        data,
        pictures=PillowPictures(),
        credentials=C2pa("", None, anchors.root_pem if anchors else "", authorities=clocks),
        anchors=anchors,
        package=package,
        question=question,
        where=str(path),
        manifest=manifest_beside(path),
    )
    evidence = replace(evidence, unread=unread)
    if anchors is None and (beside := path.parent / TRUST).exists():
        evidence = replace(evidence, trust=Trust(TrustSource.NONE, where=str(beside)))
    if resolver is not None and anchors is not None:
        picture = Picture(data, str(path), send=send_picture)
        evidence = asked(evidence, picture, resolver, anchors=anchors, question=question)
    return assess(evidence)


def examine(path: Path, workspace: Path, question: Question) -> Examined:
    """This function will verify a picture file in a workspace, and return the original that it was
    held against beside the report. Raises ``BadInput`` for a file that cannot be read and a folder
    that is no workspace."""
    outside = opened(workspace)
    from sosie.services import verification  # noqa: PLC0415 - its tables are known from here on

    return verification.examine(
        outside,
        data=read(path),
        where=str(path),
        question=question,
        manifest=manifest_beside(path),
    )


@cache
def opened(workspace: Path) -> Outside:
    """This function will open a workspace, once; raises ``BadInput`` for a folder that is none.
    Verifying opens no private key, so no passphrase is asked for."""
    from sosie import wiring  # noqa: PLC0415 - a file is verified without it in half the time

    if not wiring.is_workspace(workspace):
        raise BadInput(
            "there is no workspace in this folder",
            where=str(workspace),
            remedy="name one that `sosie init` made",
            code="workspace.absent",
        )
    return wiring.opened(workspace, "")


def _off_the_loop(call: Callable[[], T]) -> T:
    """Call where no event loop runs: in a notebook one does, and the tables refuse to be read on
    its thread."""
    import asyncio  # noqa: PLC0415 - needed in a workspace only
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return call()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file, for a remote that is asked about it."""

    data: bytes = field(repr=False)
    where: str
    send: bool = False
    """Whether the file may leave this machine."""


def asked(
    evidence: Evidence,
    picture: Picture,
    resolver: Resolver,
    *,
    anchors: Anchors,
    question: Question,
) -> Evidence:
    """This function will add to the evidence about a file what a remote knows of it.

    It is asked by what the file states and by its marks, then by its fingerprint, and only then,
    if that is allowed, by the file itself; the first way that leads somewhere ends it.
    """
    from sosie.core.resolution import weighed  # noqa: PLC0415 - as above

    ways = _ways(evidence, picture)
    if not ways:
        text = "was not asked: no mark and no fingerprint can be read"
        return replace(evidence, remote=Remote(RemoteState.UNASKED, resolver.host, text))
    pixels = PillowPictures().decode(picture.data, where=picture.where)
    told: dict[str, Told] = {}
    preview = cache(partial(_preview, resolver, anchors.root_pem))
    found = evidence
    try:
        for ask in ways:
            new = [label for label in ask(resolver)[:MOST_TOLD] if label not in told]
            told |= {label: resolver.evidence(label) for label in new}
            if new or found.remote is None:
                found = weighed(
                    evidence,
                    told,
                    pixels,
                    anchors=anchors,
                    question=question,
                    host=resolver.host,
                    preview=preview,
                )
            if found.remote is not None and found.remote.state is RemoteState.FOUND:
                break
    except BadInput as error:
        lost = error.code == "remote.unreached"
        state = RemoteState.UNREACHED if lost else RemoteState.UNSOUND
        words = "was not reached" if lost else "gave no sound answer"
        text = f"{words}: {error.what}"
        return replace(evidence, remote=Remote(state, resolver.host, text))
    return found


def _preview(resolver: Resolver, root_pem: str, label: str, record: Record) -> Pixels | str:
    """Return the preview of a seal that a remote serves, or why there is none that counts."""
    from sosie.core.preview import vouched  # noqa: PLC0415 - as above

    try:
        store = resolver.manifest(label)
    except BadInput as error:
        if error.code == "remote.unreached":
            raise
        return f"serves no manifest of it: {error.what}"
    read = C2pa("", None, root_pem)
    found = vouched(store, record, root_pem=root_pem, credentials=read, pictures=PillowPictures())
    return f"serves a manifest that {found}" if isinstance(found, str) else found


def _ways(evidence: Evidence, picture: Picture) -> list[Callable[[Resolver], tuple[str, ...]]]:
    """Return the ways to ask about a picture, in their order."""
    from sosie.adapters.resolution import Resolver  # noqa: PLC0415 - as above
    from sosie.core.resolution import names  # noqa: PLC0415

    ways: list[Callable[[Resolver], tuple[str, ...]]] = [
        partial(Resolver.by_binding, algorithm=WATERMARK_ALGORITHM, value=f"{number:016x}")
        for number in names(evidence)
    ]
    if evidence.fingerprint is not None:
        value = evidence.fingerprint
        ways.append(partial(Resolver.by_binding, algorithm=FINGERPRINT_ALGORITHM, value=value))
    kind = format_of(picture.data)
    if picture.send and kind is not None:
        media_type = kind.media_type
        ways.append(partial(Resolver.by_content, data=picture.data, media_type=media_type))
    return ways


def alone(workspace: Path, *others: object) -> None:
    """This function will refuse what is named beside a workspace, if anything is: raises
    ``BadInput``. Under another root than its own its revocations would count as nothing."""
    if any(others):
        raise BadInput(
            "a workspace is its own answer to whom to trust and whom to ask",
            where=str(workspace),
            remedy="name the workspace alone, or leave it out",
            code="workspace.alone",
        )


def admit(
    remote: str | None, trust: str | Path | None, *, send_picture: bool = False
) -> Resolver | None:
    """This function will return whom to ask, if a remote is named; raises ``BadInput`` for a bad
    address, and where what it says could not count."""
    if remote is None:
        if send_picture:
            raise BadInput(
                "there is nobody to send the picture to",
                where="send_picture",
                remedy="name a remote Sosie too (`--remote URL`)",
                code="remote.absent",
            )
        return None
    from sosie.adapters.resolution import Resolver  # noqa: PLC0415 - as above

    resolver = Resolver(remote)
    if trust is None:
        raise BadInput(
            "what a remote says counts only under a root and a log key that you chose",
            where=remote[:80],
            remedy="give the trust file of that workspace too (`--trust PATH`)",
            code="remote.trust",
        )
    return resolver


def erasure(proof: Erasure, *, trust: Path) -> tuple[Reason, ...]:
    """This function will return every reason why a proof that a twin was erased does not hold,
    offline, under the trust file that you choose to rely on. Raises ``BadInput`` for a bad one."""
    from sosie.adapters.keys import Anchor  # noqa: PLC0415 - as above
    from sosie.adapters.passkeys import verify_evidence  # noqa: PLC0415
    from sosie.core.erasure import verify as verify_erasure  # noqa: PLC0415
    from sosie.core.statements import signer  # noqa: PLC0415

    file = TrustFile.parse(read(trust), where=str(trust))
    try:
        hers = signer(
            proof.withdrawal,
            allowed=(proof.allowed,) if proof.allowed else (),
            check=partial(Anchor(file.root).check, at=proof.logged_at),
            holds=verify_evidence,
        )
    except BadInput:
        hers = None
    return verify_erasure(proof, log=file.log, signer=hers)


MOST_OF_A_PACK = MOST_READ
"""Bytes of all that is packed, unpacked."""


def packed(path: Path, *, trust: Path | None) -> tuple[Contents, tuple[Check, ...], TrustSource]:
    """This function will check a compliance pack offline: each thing that was looked at, and whose
    keys it was held against: those of the trust file that you chose, else those that merely lie in
    the pack. Raises ``BadInput`` for what is no pack, and for a bad trust file."""
    from sosie.core import pack  # noqa: PLC0415 - as above

    files = _unpacked(path)
    contents = pack.contents_of(files, where=str(path))
    data = files.get(pack.TRUST, b"") if trust is None else read(trust)
    keys = TrustFile.parse(data, where=str(trust or pack.TRUST))
    found = list(pack.checked(files, contents, log=keys.log))
    if pack.CONTRACT in files:
        found.append(_contract_of(files[pack.CONTRACT], keys.root, contents.made_at))
    found.append(_said(pack.statements_of(files), keys.root))
    return contents, tuple(found), TrustSource.BESIDE if trust is None else TrustSource.GIVEN


def _unpacked(path: Path) -> dict[str, bytes]:
    """Return the files of an archive by name; nothing is written anywhere."""
    import io  # noqa: PLC0415 - as above
    import zipfile  # noqa: PLC0415

    try:
        with zipfile.ZipFile(io.BytesIO(read(path))) as bundle:
            found = bundle.infolist()
            names = {each.filename for each in found}
            if len(names) != len(found) or sum(e.file_size for e in found) > MOST_OF_A_PACK:
                raise ValueError("it holds a name twice, or more than 256 MB")
            return {each.filename: bundle.read(each) for each in found}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        raise BadInput(
            f"this is no compliance pack ({str(error).lower()})",
            where=str(path),
            remedy="take the file that `sosie pack make` wrote",
            code="pack.format",
        ) from None


def _contract_of(pdf: bytes, root: str, at: datetime) -> Check:
    """Check who signed a contract."""
    from sosie.adapters.keys import Anchor  # noqa: PLC0415 - as above
    from sosie.adapters.pdf_signatures import PdfSignatures  # noqa: PLC0415
    from sosie.core.pack import Check  # noqa: PLC0415

    try:
        reading = PdfSignatures(Anchor(root)).read(pdf, at=at)
    except BadInput as error:
        return Check("signatures", held=False, text=f"the contract cannot be read: {error.what}")
    if reading.problems:
        return Check("signatures", held=False, text=reading.problems[0].text)
    signed = ", ".join(sorted(f"`{party}`" for party in reading.signers))
    both = len(reading.signers) == len(reading.signatures) > 0
    return Check("signatures", held=both, text=f"the contract is signed by {signed or 'nobody'}")


def _said(statements: Sequence[Statement], root: str) -> Check:
    """Check who signed each statement: a key of the house's root, or a passkey that its party
    registered with such a key."""
    from sosie.adapters.keys import Anchor  # noqa: PLC0415 - as above
    from sosie.core.pack import Check  # noqa: PLC0415

    anchor = Anchor(root)
    registered: set[tuple[object, ...]] = set()
    for each in statements:
        said: dict[str, object] = {}
        try:
            said = json_object(each.signed.body, "statement")
            if each.signed.certificate_pem:
                party = anchor.check(each.signed, at=each.at)
            else:
                party = _by_passkey(each.signed, said, registered)
        except BadInput as error:
            text = f"the statement `{said.get('act')}` on `{said.get('on')}`: {error.what}"
            return Check("statements", held=False, text=text)
        if party != said.get("party"):
            text = f"`{said.get('act')}` on `{said.get('on')}` is not signed by whom it names"
            return Check("statements", held=False, text=text)
        if said.get("act") == "passkey.add":
            registered.add((party, said.get("credential"), said.get("public_key")))
    return Check("statements", held=True, text=f"{len(statements)} statements are signed")


def _by_passkey(
    signed: SignedStatement, said: dict[str, object], registered: set[tuple[object, ...]]
) -> str:
    """Return who signed a statement with a passkey that was registered before; raises
    ``BadInput``."""
    from sosie.adapters.passkeys import verify_evidence  # noqa: PLC0415 - as above
    from sosie.core.passkey import Evidence, Intent  # noqa: PLC0415

    evidence = Evidence.parse(signed.signature)
    intent = Intent.read(evidence.preimage)
    verify_evidence(evidence, intent)
    made = evidence.credential
    known = (intent.party, made.id.hex(), digest(made.public_key)) in registered
    document = digest(STATEMENT_TAG + signed.body)
    if not known or intent.document != document or intent.role != said.get("act"):
        remedy = "ask the house for another pack"
        raise BadInput("no passkey of its party signed it", where="statement", remedy=remedy)
    return intent.party


def logged(path: Path, *, key: str, seen: Path | None = None) -> tuple[str, tuple[Reason, ...]]:
    """This function will say what a proof from a log shows, and every reason why it does not hold
    under the log's key (its verifier line), offline.

    ``path`` is a file of the form `proof/1`, `seal-package/1` or `consistency/1`, or a folder with
    the published files of a log, which are then checked as a whole. ``seen`` is a checkpoint that
    was seen before; `consistency/1` needs one, and a folder must still contain it. Raises
    ``BadInput`` for what cannot be read.
    """
    from sosie.core import transparency  # noqa: PLC0415 - as above

    earlier = None if seen is None else transparency.open_checkpoint(read(seen), key)
    if path.is_dir():
        return _published_log(path, key, earlier)
    found = json_object(read(path), str(path))
    if found.get("sosie") == "seal-package/1":
        package = Package.read(found, where=str(path))
        finding = package.finding(package.record.file, key)
        text = f"entry {package.proof.index} is the seal {spell(package.record.number)}"
        return text, () if finding.reason is None else (finding.reason,)
    if found.get("sosie") == "consistency/1":
        grown = transparency.Consistency.from_dict(found, where=str(path))
        if earlier is None:
            raise BadInput(
                "this proves that a log has only grown since a checkpoint that you kept",
                where=str(path),
                remedy="name that checkpoint by `--seen PATH`",
                code="log.unseen",
            )
        text = f"the log of {grown.old} entries is the beginning of that of {grown.size}"
        return text, transparency.verify_growth(grown, earlier, key)
    proof = transparency.Proof.from_dict(found, where=str(path))
    text = f"entry {proof.index} is in the log of {proof.size} entries"
    return text, transparency.verify_proof(proof, key)


def _published_log(
    folder: Path, key: str, earlier: Checkpoint | None
) -> tuple[str, tuple[Reason, ...]]:
    from sosie.adapters.log_files import CHECKPOINT, FolderLogFiles  # noqa: PLC0415 - as above
    from sosie.core import transparency  # noqa: PLC0415

    files = FolderLogFiles(folder)
    try:
        checkpoint = transparency.open_checkpoint(files.read(CHECKPOINT), key)
        entries = list(transparency.read_entries(checkpoint.size, files.read))
    except LookupError as error:
        raise BadInput(
            f"`{error.args[0]}` of the log is not in this folder",
            where=str(folder),
            remedy="fetch every file that the log publishes, in its own folders",
            code="log.file_missing",
        ) from None
    remembered = () if earlier is None else (earlier,)
    wrong = transparency.fsck(entries, checkpoint, files.read, remembered=remembered)
    return f"{checkpoint.size} entries lead to the root of the checkpoint", wrong


def manifest_beside(path: Path) -> bytes | None:
    """This function will return the manifest store beside a picture, as C2PA names it: the same
    name, ending in `.c2pa`."""
    beside = path.with_suffix(CREDENTIAL)
    return read(beside) if beside != path and beside.is_file() else None


def contract(path: Path, *, trust: Path, at: datetime) -> ContractReading:
    """This function will validate a contract file offline, under the root in a trust file.

    Raises ``BadInput`` for a file that cannot be read or a bad trust file.
    """
    from sosie.adapters.keys import Anchor  # noqa: PLC0415 - as above
    from sosie.adapters.pdf_signatures import PdfSignatures  # noqa: PLC0415

    anchors = chosen(trust)
    return PdfSignatures(Anchor(anchors.root_pem)).read(read(path), at=at)


def read(path: Path) -> bytes:
    """This function will return the bytes of a file; raises ``BadInput`` naming it."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_READ + 1)
    except OSError as error:
        what = (error.strerror or "it cannot be read").lower()
        raise BadInput(what, where=str(path), remedy="name a file that can be read") from None
    if len(data) > MOST_READ:
        raise BadInput(
            f"it has more than the {MOST_READ // 1024**2} MB that are read",
            where=str(path),
            remedy="name a picture, a contract, or what lies beside one",
            code="file.size",
        )
    return data


def chosen(trust: Path) -> Anchors:
    """This function will return what a trust file that somebody chose makes certain; raises
    ``BadInput`` for a bad one."""
    return _anchors(trust, TrustSource.GIVEN)


def roots_of_time(path: Path) -> str:
    """This function will return the roots (PEM) of time-stamping authorities in a file; raises
    ``BadInput`` (``roots.unreadable``) if it holds none."""
    from sosie.adapters.certificates import roots_in  # noqa: PLC0415 - as above

    return roots_in(path, where=str(path))


def _day(on: date | str | None) -> date | None:
    if not isinstance(on, str):
        return on
    try:
        return date.fromisoformat(on)
    except ValueError:
        raise BadInput(
            f"`{on}` is no day", where="on", remedy="write it as 2027-04-30", code="day.unreadable"
        ) from None


def _now() -> datetime:
    """Return the time of this act: UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def _package(path: Path) -> tuple[Package | None, Reason | None]:
    """Return the package beside a picture, or why it cannot be read."""
    sidecar = path.with_name(path.name + SIDECAR)
    try:
        if not sidecar.exists():
            return None, None
    except OSError:  # its name would be longer than names may be
        return None, None
    try:
        return Package.parse(read(sidecar), where=str(sidecar)), None
    except BadInput as error:
        text = f"the record beside it cannot be read: {plain(error.what)}; {error.remedy}"
        return None, Reason("seal.record.unreadable", text)


def _beside(path: Path) -> Anchors | None:
    """Return what a trust file that merely lies beside a picture says; one that cannot be read
    says as little as none."""
    beside = path.parent / TRUST
    try:
        return _anchors(beside, TrustSource.BESIDE) if beside.exists() else None
    except BadInput:
        return None


def _anchors(path: Path, source: TrustSource) -> Anchors:
    file = TrustFile.parse(read(path), where=str(path))
    trust = Trust(source, file.workspace, file.root_fingerprint, str(path))
    return Anchors(trust, file.root, file.log, file.mark)


def _named(kind: type[_Known], name: str | None) -> _Known | None:
    """Return the member of a kind that a name is of, or nothing for none."""
    try:
        return kind(name) if name else None
    except ValueError:
        what = f"there is no such {kind.__name__.lower()}"
        remedy = f"name one of {', '.join(kind)}"
        raise BadInput(what, where=str(name), remedy=remedy) from None
