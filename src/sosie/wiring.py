"""Settings into adapters and engines: the one place that knows which fills which port."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.adapters import worker
from sosie.adapters.blobs import FolderBlobs, replace_file
from sosie.adapters.certificates import roots_in
from sosie.adapters.credentials import C2pa
from sosie.adapters.deliveries import FolderDeliveries
from sosie.adapters.index import ExactIndex, TableIndex
from sosie.adapters.isolated_pictures import IsolatedPictures
from sosie.adapters.keys import Keys, check_origin
from sosie.adapters.log_files import FolderLogFiles
from sosie.adapters.passkeys import Passkeys
from sosie.adapters.pdf_signatures import PdfSignatures
from sosie.adapters.pictures import PillowPictures
from sosie.adapters.protocol_file import full
from sosie.adapters.terms_file import read_plan
from sosie.adapters.time_stamps import HttpTime
from sosie.adapters.twin_keys import FolderTwinKeys
from sosie.adapters.typesetting import Typst
from sosie.core.ports import Blobs, Engine, Outside
from sosie.core.protocol import BASIC, Protocol
from sosie.core.studio import ShootPlan
from sosie.core.values import BadInput, Reason

if TYPE_CHECKING:
    from sosie.adapters.token import TokenKey

DATABASE = "sosie.sqlite3"
ABOUT = "workspace.json"
URL = "SOSIE_DATABASE_URL"
"""The setting that names a database of PostgreSQL."""


def is_workspace(folder: Path) -> bool:
    """Return whether a folder holds a workspace."""
    if not (folder / ABOUT).exists():
        return False
    return _on_postgresql(_about(folder)) or (folder / DATABASE).exists()


def found(folder: Path, name: str, passphrase: str, *, now: datetime) -> Outside:
    """Lay a new workspace: keys, tables, an empty log.

    Raises ``BadInput`` if the folder or the database holds something already, and for a name that
    its log cannot have.
    """
    check_origin(name)
    if any((folder / name).exists() for name in ("keys", DATABASE, ABOUT)):
        raise BadInput(
            "the folder holds a workspace already",
            where=str(folder),
            remedy="name a new folder",
            code="workspace.present",
        )
    Keys.found(folder / "keys", name, passphrase, now=now)
    make_web_key(folder)
    about = {"sosie": "workspace/1", "name": name, "founded": now.isoformat()}
    about |= {"database": "postgresql"} if os.environ.get(URL) else {}
    try:
        _set_up(folder)
        from sosie.services import workspace  # noqa: PLC0415 - Django is set up just above

        workspace.lay_tables(new=True)
    except BadInput:
        shutil.rmtree(folder / "keys")
        raise
    replace_file(folder / ABOUT, json.dumps(about, indent=2).encode() + b"\n")
    return opened(folder, passphrase)


def make_web_key(folder: Path) -> None:
    """Make what links and sessions of the pages are signed with, once, readable to its owner only.

    It opens no other key. Settings read it, so it is made before the workspace is opened."""
    path = folder / "keys" / "web.key"
    if not path.exists():
        replace_file(path, secrets.token_hex(32).encode(), mode=0o600)


def opened(
    folder: Path, passphrase: str, *, strangers: Callable[[str], None] | None = None
) -> Outside:
    """Open a workspace: what services are handed. Nothing is decrypted before it is needed.

    Tables that a workspace of an older version lacks are added. With ``strangers``, pictures may
    come from anyone and are decoded in a process of their own; it is told why one was not.
    """
    about = _about(folder)
    _check_database(folder, about)
    _set_up(folder)
    from sosie.services import workspace  # noqa: PLC0415 - Django is set up just above

    workspace.bring_up_to_date()
    outside = assembled(folder, about["name"], passphrase)
    return replace(outside, pictures=IsolatedPictures(refused=strangers)) if strangers else outside


def move(folder: Path, passphrase: str, url: str) -> tuple[dict[str, int], tuple[Reason, ...]]:
    """Move the tables of a workspace from SQLite to an empty PostgreSQL at an address, and check
    them there; return how many rows each has, and what is wrong.

    Files, keys and log stay where they are. Unless something is wrong the workspace is in
    PostgreSQL from then on, and its SQLite file is kept beside under another name. Raises
    ``BadInput`` if the workspace is not in SQLite or the database is not empty.
    """
    outside = opened(folder, passphrase)
    about = _about(folder)
    if _on_postgresql(about):
        raise BadInput(
            "the tables of this workspace are in PostgreSQL already",
            where=str(folder),
            remedy="to move them elsewhere use `pg_dump`",
            code="workspace.database",
        )
    _check_driver()
    from django.db import connections  # noqa: PLC0415 - Django is set up just above

    from sosie.services import move  # noqa: PLC0415
    from sosie.settings import database  # noqa: PLC0415

    named = {move.TARGET: database(url), "default": connections.settings["default"]}
    connections.settings[move.TARGET] = connections.configure_settings(named)[move.TARGET]
    counts = move.copy()
    wrong = move.check(outside)
    if not wrong:
        kept = json.dumps({**about, "database": "postgresql"}, indent=2).encode() + b"\n"
        replace_file(folder / ABOUT, kept)
        connections["default"].close()
        (folder / DATABASE).rename(folder / f"{DATABASE}.moved")
    return counts, wrong


def assembled(folder: Path, name: str, passphrase: str) -> Outside:
    """Return adapters and engines on a folder, each in its port."""
    keys = Keys(folder / "keys", passphrase)
    return Outside(
        workspace=name,
        blobs=_blobs(folder),
        keys=keys,
        twin_keys=FolderTwinKeys(folder / "keys" / "twins", passphrase),
        place_keys=FolderTwinKeys(folder / "keys" / "places", passphrase),
        contracts=_contracts(keys),
        passkeys=_passkeys(),
        typesetter=Typst(),
        pictures=PillowPictures(),
        credentials=_credentials(keys, passphrase),
        log_key=keys.log_key(name),
        mark_key=keys.mark_key,
        log_files=FolderLogFiles(folder / "log"),
        deliveries=FolderDeliveries(folder / "releases"),
        fingerprints=ExactIndex(),
        features=TableIndex(),
        engines=Engines(),
        random=secrets.token_bytes,
    )


def _blobs(folder: Path) -> Blobs:
    """Return where files are kept: in the workspace, or in the bucket that `SOSIE_BLOBS` names."""
    named = os.environ.get("SOSIE_BLOBS")
    if not named:
        return FolderBlobs(folder / "blobs")
    try:
        from sosie.adapters.s3 import Bucket, S3Blobs  # noqa: PLC0415 - an extra that few install
    except ModuleNotFoundError:
        raise BadInput(
            "what speaks to S3 is not installed",
            where="SOSIE_BLOBS",
            remedy="install `sosie[s3]`, or unset it to keep files in the workspace",
            code="s3.library",
        ) from None
    return S3Blobs(Bucket(named))


def worker_present(folder: Path) -> AbstractContextManager[None]:
    """Be known as a worker of a workspace, for as long as the context lasts."""
    return worker.present(folder)


def worker_is_present(folder: Path) -> bool:
    """Return whether a worker is there, which does what is asked for on the pages."""
    return worker.is_present(folder)


def private_places() -> bool:
    """Return whether releases may be sent to this machine and to private networks:
    `SOSIE_PRIVATE_PLACES=yes`."""
    return os.environ.get("SOSIE_PRIVATE_PLACES") == "yes"


def plan_of(text: str, *, where: str) -> ShootPlan:
    """Return the shoot plan in the text of a YAML file.

    Raises ``BadInput`` that names line and column.
    """
    return read_plan(text, where=where)


def protocols() -> tuple[Protocol, ...]:
    """Return the protocols of a capture from which pictures are made, the fullest first."""
    return full(), BASIC


def _passkeys() -> Passkeys:
    """Return the relying party of passkeys: `SOSIE_RELYING_PARTY` (a domain) and `SOSIE_ORIGIN`;
    with `SOSIE_PASSKEYS=demanded` no contract is signed without one."""
    party = os.environ.get("SOSIE_RELYING_PARTY", "localhost")
    origin = os.environ.get("SOSIE_ORIGIN", "http://localhost:8000")
    demanded = os.environ.get("SOSIE_PASSKEYS") == "demanded"
    return Passkeys(party, origin, demanded=demanded)


def make_claim_key(folder: Path, passphrase: str, *, now: datetime) -> str:
    """Make the key of content credentials on the token that `SOSIE_CLAIM_KEY` names, once; return
    its certificate (PEM) under the workspace's root.

    Raises ``BadInput``: ``token.unnamed``, ``token.uri``, ``token.absent``, ``token.library``,
    ``key.passphrase``.
    """
    named = os.environ.get("SOSIE_CLAIM_KEY")
    if not named:
        raise BadInput(
            "no token is named",
            where="SOSIE_CLAIM_KEY",
            remedy="set it to `pkcs11:token=LABEL;object=NAME?module-path=LIBRARY`",
            code="token.unnamed",
        )
    key = _on_token(named, passphrase)
    return Keys(folder / "keys", passphrase).house_certificate(
        "claim-token", now=now, made=key.make
    )


def _on_token(named: str, passphrase: str) -> TokenKey:
    """Return the key that `SOSIE_CLAIM_KEY` names."""
    try:
        from sosie.adapters.token import TokenKey  # noqa: PLC0415 - an extra that few install
    except ModuleNotFoundError:
        raise BadInput(
            "what speaks to tokens is not installed",
            where="SOSIE_CLAIM_KEY",
            remedy="install `sosie[pkcs11]`, or unset it to use the key in the workspace",
            code="token.library",
        ) from None
    return TokenKey(named, passphrase)


def _credentials(keys: Keys, passphrase: str) -> C2pa:
    """Return the signer of content credentials, with the same authorities as for contracts. Its
    key may lie on a token (`SOSIE_CLAIM_KEY`) whose PIN is the house passphrase."""
    address, authorities = _time()
    chain: str = keys.claim_chain_pem
    sign: Callable[[bytes], bytes] | None = keys.claim_sign
    if named := os.environ.get("SOSIE_CLAIM_KEY"):
        try:
            chain, sign = keys.claim_token_chain_pem, _on_token(named, passphrase).sign
        except LookupError:
            chain, sign = "", None
    return C2pa(
        chain,
        sign,
        keys.root_pem,
        authority=address,
        authorities="".join(authorities),
    )


def _contracts(keys: Keys) -> PdfSignatures:
    """Return the signer of contracts."""
    address, authorities = _time()
    return PdfSignatures(keys, HttpTime(address) if address else None, authorities=authorities)


def _time() -> tuple[str | None, tuple[str, ...]]:
    """Return who tells the time: `SOSIE_TSA` is the address of a time-stamping authority,
    `SOSIE_TSA_ROOTS` a file of the roots (PEM) of those that are relied on."""
    address, roots = os.environ.get("SOSIE_TSA"), os.environ.get("SOSIE_TSA_ROOTS")
    if not roots:
        return address or None, ()
    return address or None, (roots_in(Path(roots), where=f"SOSIE_TSA_ROOTS {roots}"),)


class Engines(Mapping[str, Engine]):
    """Every installed image engine by name (entry point group `sosie.engines`): each is loaded
    when it is asked for, so that one that is broken stops nobody else.

    Asking for one that cannot be loaded raises ``BadInput`` (``engine.unloadable``).
    """

    def __init__(self) -> None:
        self._entries = {entry.name: entry for entry in entry_points(group="sosie.engines")}
        self._loaded: dict[str, Engine] = {}

    def __getitem__(self, name: str) -> Engine:
        """Return an engine, always the same one; raises ``KeyError`` if none has this name."""
        if name not in self._loaded:
            entry = self._entries[name]
            try:
                self._loaded[name] = entry.load()()
            except Exception as error:  # whatever goes wrong in the package of a stranger
                raise BadInput(
                    f"this engine cannot be loaded ({type(error).__name__}: {error})",
                    where=f"engine {name}",
                    remedy=f"install again what brings `{entry.value}`, or name another engine",
                    code="engine.unloadable",
                ) from error
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names, of what can be loaded and what cannot."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return how many are installed."""
        return len(self._entries)


def _about(folder: Path) -> dict[str, Any]:
    """Return what a workspace says of itself."""
    about: dict[str, Any] = json.loads((folder / ABOUT).read_bytes())
    return about


def _on_postgresql(about: Mapping[str, Any]) -> bool:
    return about.get("database") == "postgresql"


def _check_database(folder: Path, about: Mapping[str, Any]) -> None:
    """Raise ``BadInput`` unless the tables are sought where this workspace has them."""
    kept, sought = _on_postgresql(about), bool(os.environ.get(URL))
    if kept == sought:
        return
    raise BadInput(
        f"the tables of this workspace are {'in PostgreSQL' if kept else 'a file in its folder'}",
        where=str(folder),
        remedy=f"set `{URL}` to their address" if kept else f"unset `{URL}`",
        code="workspace.database",
    )


def _check_driver() -> None:
    if find_spec("psycopg") is None:
        raise BadInput(
            "what speaks to PostgreSQL is not installed",
            where=URL,
            remedy="install `sosie[postgres]`",
            code="database.library",
        )


def _set_up(folder: Path) -> None:
    """Point Django at the workspace; one process works on one."""
    os.environ["SOSIE_WORKSPACE"] = str(folder.absolute())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sosie.settings")
    import django  # noqa: PLC0415 - verifying a file needs no web framework
    from django.conf import settings  # noqa: PLC0415

    if os.environ.get(URL):
        _check_driver()
    django.setup()
    if folder.absolute() != settings.WORKSPACE:
        raise RuntimeError("this process is bound to another workspace already")
