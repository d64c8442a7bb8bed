"""Content credentials: signing and reading C2PA manifests with c2pa-python, offline.

C2PA specification 2.4. What a stranger's file states is hostile: nothing is fetched for it, its
fields are returned only when they are signed, and it is trusted only under the given anchors.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from c2pa import Builder, C2paError, C2paSigningAlg, Context, Reader, Signer
from pydantic import ValidationError

from sosie.adapters import manifest_store
from sosie.adapters.credential_ingredients import Brought, brought
from sosie.core.file_format import FileFormat, format_of
from sosie.core.seal import (
    BYTES_DIFFER,
    FINGERPRINT_ALGORITHM,
    WATERMARK_ALGORITHM,
    Claim,
    Credential,
    CredentialState,
    Ingredient,
    LicenseAssertion,
    parse,
    spell,
)
from sosie.core.terms import PublicTerms
from sosie.core.values import BadInput, Digest

MOST_BYTES = 64 * 1024 * 1024
_LICENSE = "org.sosie.license"
_PREVIEW = "c2pa.thumbnail.claim"
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9.\-]{2,80}")
_UNVOUCHED = "signingCredential.untrusted"
_MINING = ("ai_inference", "ai_generative_training", "ai_training", "data_mining")


class C2pa:
    """The port ``Credentials``.

    ``chain_pem``: the claim certificate and its root; ``sign``: returns the ES256 signature of
    some bytes as r and s, 32 bytes each, or ``None`` when this process only reads, so that the key
    can lie wherever it likes; ``anchors``: PEM roots that are trusted, and no others.
    ``authority``: the address of a time-stamping authority (RFC 3161) that is asked at each
    signature; ``authorities``: PEM roots of those whose time is relied on. Holds no native state,
    so that it survives a fork.
    """

    def __init__(
        self,
        chain_pem: str,
        sign: Callable[[bytes], bytes] | None,
        anchors: str,
        *,
        authority: str | None = None,
        authorities: str = "",
    ) -> None:
        self._chain, self._sign, self._anchors = chain_pem, sign, anchors
        self._authority, self._authorities = authority, authorities

    def __repr__(self) -> str:
        return f"C2pa({'signs and reads' if self._sign else 'reads'})"

    @property
    def chain_pem(self) -> str:
        """The certificate that signs claims, then those up to its root."""
        return self._chain

    def sign(self, data: bytes, claim: Claim) -> bytes:
        """This function will embed a signed manifest into a JPEG, PNG, WebP, AVIF or TIFF, as the
        last thing done to it.

        An authority that gives no time stamp hinders nothing: the claim is then signed without
        one. Raises ``BadInput`` (``credential.sign``) if the file cannot hold a manifest, and what
        the signing callback raised, if anything.
        """
        return self._stated(data, claim, beside=False)

    def sidecar(self, data: bytes, claim: Claim) -> bytes:
        """This function will return a signed manifest store (`.c2pa`) that lies beside a picture
        which may not be changed; raises as ``sign`` does."""
        return self._stated(data, claim, beside=True)

    def read(
        self, data: bytes, *, anchors: str | None = None, manifest: bytes | None = None
    ) -> Credential:
        """This function will read and validate what a file states of itself, offline.

        ``anchors`` (PEM) replaces the workspace's own roots; ``manifest`` is a manifest store that
        lies beside the file and is read instead of the one in it. Whatever the bytes are, it raises
        nothing: a file without a manifest is ``absent``, one that cannot be read ``unreadable``.
        """
        kind = format_of(data)
        if kind is None or len(data) > MOST_BYTES:
            return Credential(CredentialState.ABSENT)
        if manifest is not None and len(manifest) > MOST_BYTES:
            return Credential(CredentialState.UNREADABLE)
        roots = self._anchors if anchors is None else anchors
        found = _found(kind, data, manifest, roots)
        if isinstance(found, Credential):
            return found
        credential = _credential(found)
        if credential.state is CredentialState.TRUSTED and self._authorities.strip():
            # Those who tell the time are asked for in a reading of their own: among the anchors,
            # they could vouch for who signed.
            timed = _found(kind, data, manifest, self._authorities)
            if isinstance(timed, dict):
                return replace(credential, stamped_at=_stamped_at(timed))
        return credential

    def detached(self, store: bytes, *, anchors: str) -> tuple[Credential, bytes | None]:
        """This function will read and validate a manifest store whose file is not at hand, offline.

        All is validated but the hash of the file, which is never the store's: so the best that can
        be found is an ``invalid`` credential whose one problem is that ``bytes_differ``. Only then
        its fields are set, and the second value is the preview in it (``Claim.preview``), if it has
        one whose hash is the one that was signed. Raises nothing, whatever the bytes are.
        """
        if len(store) > MOST_BYTES:
            return Credential(CredentialState.UNREADABLE), None
        try:
            with (
                Context.from_dict(_settings(anchors)) as context,
                Reader("application/c2pa", io.BytesIO(store), context=context) as reader,
            ):
                found = json.loads(reader.json())
                credential = _credential(found)
                known = credential.number is not None
                return credential, _preview(reader, found) if known else None
        except (C2paError, ValueError, RecursionError):
            return Credential(CredentialState.UNREADABLE), None

    def store(self, data: bytes) -> bytes | None:
        """This function will return the manifest store that a picture file holds, as it is;
        ``None`` if there is none."""
        return manifest_store.found_in(data)

    def active(self, store: bytes) -> bytes:
        """This function will return a manifest store that holds the active manifest alone, without
        those of its ingredients; raises ``ValueError`` if it is none."""
        return manifest_store.active(store)

    def _stated(self, data: bytes, claim: Claim, *, beside: bool) -> bytes:
        kind = format_of(data)
        if self._sign is None:
            raise _unsigned(
                "no signing key was given",
                "open the workspace with its passphrase; one on a token: `sosie claim-key`",
            )
        if kind is None:
            raise _unsigned(
                "it is no JPEG, PNG, WebP, AVIF or TIFF", "export the picture as one of them"
            )
        failed: list[Exception] = []
        signing = self._sign

        def call(said: bytes) -> bytes:
            try:
                return signing(said)
            except Exception as error:
                failed.append(error)
                raise

        settings = _settings(self._anchors)
        parts = tuple(brought(item, settings) for item in claim.ingredients)
        bare = tuple(Brought(part.ingredient) for part in parts)
        tries = [(found, asked) for found in (parts, bare) for asked in (self._authority, None)]
        for position, (found, authority) in enumerate(tries):
            if (found, authority) in tries[:position]:
                continue
            try:
                return self._signed(
                    data, kind, claim, found, sign=call, authority=authority, beside=beside
                )
            except C2paError as error:
                if failed:
                    raise failed[0] from None
                why = _plain(error)
        raise _unsigned(why, "encode the picture again")

    def _signed(
        self,
        data: bytes,
        kind: FileFormat,
        claim: Claim,
        parts: tuple[Brought, ...],
        *,
        sign: Callable[[bytes], bytes],
        authority: str | None,
        beside: bool,
    ) -> bytes:
        target = io.BytesIO()
        with (
            Signer.from_callback(sign, C2paSigningAlg.ES256, self._chain, authority) as signer,
            Context.from_dict(_settings(self._anchors)) as context,
            Builder(json.dumps(_manifest(claim, kind, parts)), context=context) as builder,
        ):
            if beside:
                builder.set_no_embed()
            for part in parts:
                part.add(builder)
            if claim.preview:
                builder.add_resource(_PREVIEW, io.BytesIO(claim.preview))
            store = builder.sign(signer, kind.media_type, io.BytesIO(data), target)
        return bytes(store) if beside else target.getvalue()


def _found(
    kind: FileFormat, data: bytes, manifest: bytes | None, roots: str
) -> dict[str, Any] | Credential:
    """Return what the library finds in a file, or in a manifest store beside it, under some roots;
    a credential that says so if there is nothing to be read."""
    try:
        with (
            Context.from_dict(_settings(roots)) as context,
            Reader(kind.media_type, io.BytesIO(data), manifest, context=context) as reader,
        ):
            found = json.loads(reader.json())
            here = manifest is not None or reader.is_embedded()
    except C2paError as error:
        return _no_manifest(error, data, manifest)
    except (ValueError, RecursionError):
        return Credential(CredentialState.UNREADABLE)
    if not here or not isinstance(found, dict):
        return Credential(CredentialState.ABSENT)
    return found


def _settings(anchors: str) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "version": 1,
        "core": {
            "allowed_network_hosts": [],
            "decode_identity_assertions": False,
            "max_decompressed_manifest_size_in_mb": 16,
        },
        "verify": {
            "verify_after_reading": True,
            "verify_after_sign": False,
            "verify_trust": True,
            "ocsp_fetch": False,
            "remote_manifest_fetch": False,
        },
        "builder": {
            "thumbnail": {"enabled": False},
            "actions": {
                "auto_created_action": {"enabled": False},
                "auto_opened_action": {"enabled": False},
                "auto_placed_action": {"enabled": False},
            },
        },
    }
    if anchors.strip():
        settings["trust"] = {"trust_anchors": anchors}
    return settings


def _manifest(claim: Claim, kind: FileFormat, parts: tuple[Brought, ...]) -> dict[str, Any]:
    redacted = [uri for part in parts for uri in part.redacted]
    bindings = [{"alg": FINGERPRINT_ALGORITHM, "value": claim.fingerprint}]
    if claim.watermark is not None:
        bindings.append({"alg": WATERMARK_ALGORITHM, "value": claim.watermark})
    assertions: list[tuple[str, dict[str, Any]]] = [
        ("c2pa.actions.v2", _actions(claim, redacted)),
        *(
            ("c2pa.soft-binding", {"alg": b["alg"], "blocks": [{"scope": {}, "value": b["value"]}]})
            for b in bindings
        ),
        (
            "cawg.training-mining",
            {"entries": {f"cawg.{name}": {"use": "notAllowed"} for name in _MINING}},
        ),
        (_LICENSE, _license(claim)),
    ]
    return {
        "claim_version": 2,
        "claim_generator_info": [
            {"name": "Sosie", "version": _version(), "specVersion": "2.4.0"},
        ],
        "ingredients": [part.definition() for part in parts if part.listed],
        **({"redactions": redacted} if redacted else {}),
        **({"thumbnail": _thumbnail(claim.preview)} if claim.preview else {}),
        "title": claim.title,
        "format": kind.media_type,
        "assertions": [
            {"label": label, "data": data, "created": True} for label, data in assertions
        ],
    }


def _thumbnail(preview: bytes) -> dict[str, str]:
    kind = format_of(preview)
    if kind is None:
        raise ValueError("a preview is a picture file")
    return {"format": kind.media_type, "identifier": _PREVIEW}


def _actions(claim: Claim, redacted: list[str]) -> dict[str, Any]:
    """Return the actions: made from the plate, or opened from the master; then what was done.

    What is opened names its parent alone and no source type, and every change that can be seen has
    one (the C2PA asset rubric, conformance 0.2 for specification 2.4).
    """
    parents = [item for item in claim.ingredients if item.relationship == "parentOf"]
    parts = [item for item in claim.ingredients if item.relationship != "parentOf"]
    if parents:
        done = [{"action": "c2pa.opened", **_of(parents)}]
        done += [{"action": "c2pa.placed", **_of(parts)}] if parts else []
    else:
        done = [{"action": "c2pa.created", "digitalSourceType": claim.source_type, **_of(parts)}]
    done += [
        {
            "action": "c2pa.redacted",
            "reason": "c2pa.PII.present",
            "parameters": {"redacted": uri},
        }
        for uri in redacted
    ]
    for item in claim.actions:
        said = {"action": item.name, "digitalSourceType": item.source_type or claim.source_type}
        done.append({**said, **({"description": item.text} if item.text else {})})
    if claim.watermark is not None:
        done.append({"action": "c2pa.watermarked.bound"})
    return {"actions": done, "allActionsIncluded": True}


def _of(ingredients: list[Ingredient]) -> dict[str, Any]:
    ids = [item.id for item in ingredients]
    return {"parameters": {"ingredientIds": ids}} if ids else {}


def _license(claim: Claim) -> dict[str, Any]:
    said = claim.license
    return {
        "version": 1,
        "number": spell(claim.number),
        "license": said.license,
        "twin_name": said.twin_name,
        **({"brand_name": said.brand_name} if said.brand_name else {}),
        "terms": said.terms.as_json(),
        "terms_digest": said.terms_digest,
        "source_type": claim.source_type,
        **({"earlier": [spell(number) for number in claim.earlier]} if claim.earlier else {}),
    }


def _credential(found: dict[str, Any]) -> Credential:
    results = found.get("validation_results") or {}
    active = results.get("activeManifest") or {}
    failed = [*_codes(active.get("failure")), *_ingredient_failures(results)]
    state = _state(found.get("validation_state"), failed)
    problems = tuple(dict.fromkeys(failed))
    vouched = _UNVOUCHED not in failed and "signingCredential.trusted" in _codes(
        active.get("success")
    )
    only_bytes = set(failed) <= set(BYTES_DIFFER)
    if state is CredentialState.INVALID and not (only_bytes and vouched):
        return Credential(state, problems=problems)
    label = found.get("active_manifest")
    manifest = (found.get("manifests") or {}).get(label) or {}
    return replace(_signed(manifest, state, problems), label=str(label)[:200])


def _state(said: Any, failed: list[str]) -> CredentialState:
    if said not in ("Valid", "Trusted") or set(failed) - {_UNVOUCHED}:
        return CredentialState.INVALID
    if said == "Trusted" and not failed:
        return CredentialState.TRUSTED
    return CredentialState.VALID


def _signed(
    manifest: dict[str, Any], state: CredentialState, problems: tuple[str, ...]
) -> Credential:
    """Return the fields of a manifest whose claim signature and assertion hashes hold.

    Only what the signer itself created counts, not what it gathered; and of a label that is there
    twice, nothing is believed.
    """
    said: dict[str, list[Any]] = {}
    for item in manifest.get("assertions") or []:
        if isinstance(item, dict) and item.get("created") is True:
            said.setdefault(str(item.get("label")), []).append(item.get("data"))
    number, license_ = _read_license(_one(said, _LICENSE))
    signature = manifest.get("signature_info") or {}
    signer = signature.get("common_name") or signature.get("issuer")
    return Credential(
        state,
        number=number,
        license=license_,
        fingerprint=_read_fingerprint(said),
        source_type=_read_source_type(said),
        signer=str(signer)[:200] if signer else None,
        problems=problems,
        earlier=_read_earlier(_one(said, _LICENSE)),
    )


def _preview(reader: Reader, found: dict[str, Any]) -> bytes | None:
    """Return the thumbnail of the active manifest, if its hash is the one in the signed claim."""
    uri = f"self#jumbf=/c2pa/{found['active_manifest']}/c2pa.assertions/{_PREVIEW}"
    held = found["validation_results"]["activeManifest"]["success"]
    if {"assertion.hashedURI.match"} != {item["code"] for item in held if item.get("url") == uri}:
        return None
    target = io.BytesIO()
    reader.resource_to_stream(uri, target)
    return target.getvalue()


def _stamped_at(found: dict[str, Any]) -> datetime | None:
    """Return when the active manifest was signed, if the roots vouch for who told the time."""
    active = (found.get("validation_results") or {}).get("activeManifest") or {}
    if "timeStamp.trusted" not in _codes(active.get("success")):
        return None
    manifest = (found.get("manifests") or {}).get(found.get("active_manifest")) or {}
    try:
        at = datetime.fromisoformat(str((manifest.get("signature_info") or {}).get("time")))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _one(said: dict[str, list[Any]], label: str) -> dict[str, Any]:
    """Return the data of the only assertion with a label; empty if there is not just one."""
    same = [
        data
        for name, items in said.items()
        for data in items
        if re.sub(r"__\d+$", "", name) == label
    ]
    return same[0] if len(same) == 1 and isinstance(same[0], dict) else {}


def _read_license(data: dict[str, Any]) -> tuple[int | None, LicenseAssertion | None]:
    if data.get("version") != 1:
        return None, None
    try:
        number = parse(str(data["number"]))
        terms = PublicTerms.model_validate(data["terms"])
        digest_ = str(data["terms_digest"])
    except (BadInput, ValidationError, KeyError, RecursionError):
        return None, None
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest_):
        return number, None
    names = str(data.get("license"))[:200], str(data.get("twin_name"))[:200]
    brand = str(data.get("brand_name") or "")[:200]
    return number, LicenseAssertion(*names, terms, Digest(digest_), brand)


def _read_earlier(data: dict[str, Any]) -> tuple[int, ...]:
    named = data.get("earlier")
    try:
        return tuple(parse(str(name)) for name in named) if isinstance(named, list) else ()
    except BadInput:
        return ()


def _read_fingerprint(said: dict[str, list[Any]]) -> str | None:
    for label, items in said.items():
        if not label.startswith("c2pa.soft-binding"):
            continue
        for data in items:
            if not isinstance(data, dict) or data.get("alg") != FINGERPRINT_ALGORITHM:
                continue
            blocks = data.get("blocks") or [{}]
            value = blocks[0].get("value") if isinstance(blocks[0], dict) else None
            if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value):
                return value
    return None


def _read_source_type(said: dict[str, list[Any]]) -> str | None:
    actions = (_one(said, "c2pa.actions.v2") or _one(said, "c2pa.actions")).get("actions")
    first = actions[0] if isinstance(actions, list) and actions else None
    value = first.get("digitalSourceType") if isinstance(first, dict) else None
    value = value or _one(said, _LICENSE).get("source_type")
    return value[:200] if isinstance(value, str) else None


def _ingredient_failures(results: dict[str, Any]) -> list[str]:
    """Return what is newly wrong with the manifests of ingredients; a signer of theirs whom the
    anchors do not vouch for is not."""
    found = []
    for delta in results.get("ingredientDeltas") or []:
        found += _codes((delta.get("validationDeltas") or {}).get("failure"))
    return [code for code in found if code != _UNVOUCHED]


def _codes(statuses: Any) -> list[str]:
    """Return the status codes that are words of the specification, nothing that a file worded."""
    said = [str(item.get("code")) for item in statuses or [] if isinstance(item, dict)]
    return [code for code in said if _CODE.fullmatch(code)]


def _no_manifest(error: C2paError, data: bytes, manifest: bytes | None) -> Credential:
    if manifest is not None:
        return Credential(CredentialState.UNREADABLE)
    absent = isinstance(error, C2paError.ManifestNotFound | C2paError.RemoteManifest)
    if absent or b"jumb" not in data:
        return Credential(CredentialState.ABSENT)
    return Credential(CredentialState.UNREADABLE)


def _version() -> str:
    try:
        return version("sosie")
    except PackageNotFoundError:
        return "0"


def _plain(error: C2paError) -> str:
    return (str(error).splitlines() or ["unknown"])[0][:200].lower()


def _unsigned(what: str, remedy: str) -> BadInput:
    return BadInput(
        f"it cannot be signed ({what})", where="picture", remedy=remedy, code="credential.sign"
    )
