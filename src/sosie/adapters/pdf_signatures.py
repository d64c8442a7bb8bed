"""Signatures on contracts: PAdES B-T (ETSI EN 319 142-1), one for the model, one for the brand.

Whoever signs first certifies the file (DocMDP, form filling only) and both fields are made then;
the second only fills hers. Reading trusts the workspace's root alone, fetches nothing, and takes
no name for an identity: a signer is the UID in a certificate that the root issued.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from asn1crypto.pem import armor
from asn1crypto.x509 import Certificate
from pydantic import ValidationError
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel
from pyhanko.sign.signers import PdfSignatureMetadata
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    PdfSignatureStatus,
    SignatureCoverageLevel,
    validate_pdf_signature,
)
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext

from sosie.adapters.certificates import DOCUMENT_SIGNING, PASSKEY_UNIT
from sosie.adapters.cms_spelling import misspelled, stamper
from sosie.adapters.keys import Keys
from sosie.adapters.pdf_signers import HouseSigner, OneKey, PartySigner, SignerAt
from sosie.adapters.signature_page import BOXES
from sosie.adapters.time_stamps import HouseTime
from sosie.adapters.typesetting import TERMS_NAME, typeset
from sosie.adapters.words import Words
from sosie.core.contract import ContractReading, ContractSignature, TimeStamp, unreadable_because
from sosie.core.ports import PartyKeys
from sosie.core.terms import Terms
from sosie.core.values import BadInput, Digest, Reason, canonical

EVIDENCE = "sosie-evidence "
"""Stands in `/ContactInfo` before the digest of the passkey evidence."""

_DRIFT = timedelta(minutes=10)
"""How far the signer's clock may be from the authority's."""

LARGEST = 2 * 1024 * 1024
"""Bytes; a contract has about 0.1 MB, and a longer file is refused unread."""


class PdfSignatures:
    """Fills the port `ContractSigner`.

    Each signature gets a time stamp: from ``authority``, else from the workspace's own key.
    ``house`` holds that key, if another holder (a token) has the parties'; ``authorities`` are
    the roots (PEM) of the time-stamping authorities that a reader relies on.
    """

    def __init__(
        self,
        keys: PartyKeys,
        authority: TimeStamper | None = None,
        *,
        authorities: Iterable[str] = (),
        house: Keys | None = None,
    ) -> None:
        self._keys = keys
        self._authority = authority
        self._house = house if house is not None or not isinstance(keys, Keys) else keys
        self._authorities = tuple(authorities)

    def sign(
        self,
        pdf: bytes,
        *,
        party: str,
        role: str,
        passphrase: str,
        reason: str,
        now: datetime,
        evidence: Digest | None = None,
        passkey: bytes | None = None,
    ) -> bytes:
        """Add the signature of one party in the field of her role (`model`, `brand`).

        ``evidence`` is the digest of the passkey evidence; it stands in `/ContactInfo`. With the
        public key of that ``passkey`` a key made for this signature alone signs (`OneKey`).

        Raises ``BadInput``: ``contract.role``; ``contract.wrong_party`` if the terms give the role
        to another; ``contract.already_signed``; the first problem's code if the file is no sound
        contract; ``key.passphrase``; ``timestamp.unreachable``. Raises ``LookupError`` if the
        party has no key.
        """
        if role not in BOXES:
            raise BadInput(
                "only the model and the brand sign a contract",
                where=role[:60],
                remedy="give the role `model` or `brand`; an agency advises and never signs",
                code="contract.role",
            )
        reading = self.read(pdf, at=now)
        terms = _signable(reading, role)
        if getattr(terms.parties, role) != party:
            raise BadInput(
                f"the terms name another party as the {role}",
                where=party[:60],
                remedy="sign with the key of the party that the terms name",
                code="contract.wrong_party",
            )
        signer, certificate = self._signer(party, passphrase, passkey, now)
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        first = not reading.signatures
        if first:
            for name, box in BOXES.items():
                spec = fields.SigFieldSpec(sig_field_name=name, on_page=-1, box=box)
                fields.append_signature_field(writer, spec)
        metadata = PdfSignatureMetadata(
            field_name=role,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            reason=reason,
            name=_name(certificate),
            contact_info=EVIDENCE + evidence if evidence else None,
            certify=first,
            docmdp_permissions=fields.MDPPerm.FILL_FORMS,
        )
        stamp = _stamp(role, certificate, now)
        made = SignerAt(metadata, signer, timestamper=self._time(now), stamp_style=stamp)
        made.now = now
        with _quiet():
            return bytes(made.sign_pdf(writer, existing_fields_only=True).getvalue())

    def _signer(
        self, party: str, passphrase: str, passkey: bytes | None, now: datetime
    ) -> tuple[PartySigner, Certificate]:
        """Return who signs for a party, her own key or one on the word of her passkey."""
        pem = self._keys.certificate(party)
        if self._keys.identify(pem, at=now) != party:
            raise BadInput(
                "the certificate kept for this party is another's",
                where=party,
                remedy="restore the folder of keys from a backup",
                code="key.mismatch",
            )
        hers: PartyKeys | OneKey = self._keys
        if passkey is not None and self._house is not None:
            hers = OneKey(self._house, party, passkey, now)
            pem = hers.pem
        certificate = _load(pem)
        return PartySigner(hers, party, passphrase, certificate), certificate

    def seal(self, pdf: bytes, *, reason: str, now: datetime) -> bytes:
        """Add the workspace's own signature, unseen, to a paper that it made.

        Raises ``BadInput``: ``key.passphrase`` (the house's), ``timestamp.unreachable``.
        """
        if self._house is None:
            raise TypeError("a reader without the workspace's keys seals nothing")
        certificate = _load(self._house.house_certificate("record", now=now))
        metadata = PdfSignatureMetadata(
            field_name="house",
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            reason=reason,
            name=_name(certificate),
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        )
        signer = HouseSigner(self._house, certificate)
        made = SignerAt(metadata, signer, timestamper=self._time(now))
        made.now = now
        with _quiet():
            return bytes(made.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf))).getvalue())

    def sealed(self, pdf: bytes, *, at: datetime) -> tuple[Reason, ...]:
        """Return what is wrong with the seal of a paper; empty if the workspace sealed it whole."""
        broken = (Reason("record.altered", "the seal of the workspace does not hold"),)
        if len(pdf) > LARGEST:
            return broken
        with _quiet():
            try:
                (embedded,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
                status, _ = _validated(embedded, self._keys.root_pem, at, self._authorities)
                if status is None:
                    return broken
                whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
                exact = misspelled(pdf, embedded) is None
                record = DOCUMENT_SIGNING.dotted_string in _purposes(embedded.signer_cert)
                house = "user_id" not in embedded.signer_cert.subject.native
            except Exception:  # a file made to harm can raise anything: it is no record
                return broken
        sound = status.intact and status.valid and status.trusted and whole and exact
        return () if sound and record and house else broken

    def _time(self, now: datetime) -> TimeStamper:
        if self._authority is not None:
            return self._authority
        if self._house is None:
            raise TypeError("a token without the workspace's keys needs an authority")
        return HouseTime(self._house, now)

    def read(self, pdf: bytes, *, at: datetime) -> ContractReading:
        """Validate every signature and read the attached terms back. Raises nothing: whatever is
        wrong with the file is a problem with a code ``contract.…``, and then nobody has signed.
        """
        if len(pdf) > LARGEST:
            return _unreadable(f"{len(pdf)} bytes are more than a contract may have")
        with _quiet():
            try:
                return _File(pdf, self._keys, at, self._authorities).reading()
            except Exception:  # a file made to harm can raise anything
                return _unreadable(unreadable_because(pdf))


class _Page(PdfContent):
    """The one page of a small PDF, to be drawn in a box of its size."""

    def __init__(self, pdf: bytes, width: int, height: int) -> None:
        super().__init__(box=BoxConstraints(width=width, height=height))
        self._pdf = pdf

    def render(self) -> bytes:
        reader = PdfFileReader(io.BytesIO(self._pdf))
        self.resources.xobject["/Stamp"] = self._ensure_writer.import_page_as_xobject(reader)
        return b"/Stamp Do"


@dataclass(slots=True)
class _Found:
    """One signature as it stands in the file, and what is wrong with it."""

    embedded: EmbeddedPdfSignature
    party: str = ""
    stamp: TimeStamp | None = None
    whole: bool = False
    """Whether nothing at all was added after it."""
    broken: list[Reason] = field(default_factory=list)
    untrusted: list[Reason] = field(default_factory=list)

    @property
    def role(self) -> str:
        return str(self.embedded.field_name)


class _File:
    """One file that says it is a contract. Its content may raise anything."""

    def __init__(
        self, pdf: bytes, keys: PartyKeys, at: datetime, authorities: tuple[str, ...]
    ) -> None:
        self._pdf, self._keys, self._at, self._authorities = pdf, keys, at, authorities
        self._reader = PdfFileReader(io.BytesIO(pdf))
        root = self._reader.root
        self._fields = root["/AcroForm"]["/Fields"] if "/AcroForm" in root else []
        few = len(self._fields) <= len(BOXES)  # a long list alone costs seconds to walk
        self._embedded = list(self._reader.embedded_signatures) if few else []

    def reading(self) -> ContractReading:
        problems = list(self._form_problems())
        terms, about_terms = self._terms()
        problems += about_terms
        ends = [_end(embedded) for embedded in self._embedded]
        if ends and max(ends) != len(self._pdf):
            problems.append(_altered("something was added after the last signature"))
        found = [self._found(embedded) for embedded in self._embedded]
        sound = not problems and not any(one.broken for one in found)
        for one in found:
            one.broken += self._added_after(one, compare=sound)
            problems += one.broken + one.untrusted
            if terms is not None and not one.untrusted:
                problems += _misplaced(one, Terms.model_validate_json(terms))
        read = tuple(
            ContractSignature(
                role=one.role,
                party=one.party,
                name=_name(one.embedded.signer_cert),
                signed_at=one.embedded.self_reported_timestamp,
                intact=not one.broken and (one.whole or sound),
                trusted=not one.untrusted,
                stamp=one.stamp,
                evidence=_evidence(one.embedded),
                certificate=_described(one.embedded.signer_cert),
                reason=str(one.embedded.sig_object.get("/Reason", "")),
                passkey=_passkey(one.embedded.signer_cert),
            )
            for one in found
        )
        return ContractReading(read, terms, tuple(dict.fromkeys(problems)))

    def _form_problems(self) -> Iterator[Reason]:
        """Yield what is wrong with the fields: either none, or the two that `sign` makes."""
        seen = range(min(len(self._fields), len(BOXES) + 1))
        found = [str(self._fields[number]["/T"]) for number in seen]
        filled = [e.field_name for e in self._embedded]
        if (found and sorted(found) != sorted(BOXES)) or not set(filled) <= set(BOXES):
            text = f"it has other fields than those of a contract: {', '.join(found)[:200]}"
            yield Reason("contract.field_unknown", text)
        elif found and not filled:
            text = "its signature fields were made elsewhere, or their signatures removed"
            yield Reason("contract.altered", text)

    def _terms(self) -> tuple[bytes | None, list[Reason]]:
        """Return the attached terms, which must be the only file attached, and canonical."""
        missing = [Reason("contract.terms_missing", f"no file `{TERMS_NAME}` is attached, alone")]
        root = self._reader.root
        try:
            files, names = root["/AF"], root["/Names"]["/EmbeddedFiles"]["/Names"]
            alone = len(files) == 1 and len(names) == 2
            same = files.raw_get(0) == names.raw_get(1)
            file = files[0]
            named = {str(names[0]), str(file["/UF"]), str(file["/F"])} == {TERMS_NAME}
            contents = file["/EF"]
            data = bytes(contents["/F"].data)
            one = len({repr(contents.raw_get(key)) for key in contents}) == 1
        except (KeyError, ValueError, TypeError, IndexError, AttributeError):
            return None, missing
        if not (alone and same and named and one):
            return None, missing
        try:
            if canonical(json.loads(data)) != data:
                raise ValueError("not canonical")
            Terms.model_validate_json(data)
        except (ValueError, TypeError, RecursionError, ValidationError):
            text = f"the attached `{TERMS_NAME}` is not the canonical JSON of terms"
            return None, [Reason("contract.terms_unreadable", text)]
        return data, []

    def _found(self, embedded: EmbeddedPdfSignature) -> _Found:
        """Judge the signed bytes and the signer, not yet what was added after."""
        found = _Found(embedded)
        status, found.stamp = _validated(embedded, self._keys.root_pem, self._at, self._authorities)
        about = f"the signature in the field `{found.role}`"
        if status is None or not (status.intact and status.valid):
            found.broken.append(_altered(f"the bytes of {about} were changed"))
        elif status.coverage not in _WHOLE:
            found.broken.append(_altered(f"{about} leaves a part of the file unsigned"))
        elif (wrong := misspelled(self._pdf, embedded)) is not None:
            found.broken.append(Reason("contract.signature_invalid", f"{about} {wrong}"))
        found.whole = status is not None and status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        if embedded.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
            text = f"{about} is of another kind than PAdES"
            found.broken.append(Reason("contract.signature_invalid", text))
        if _passkey(embedded.signer_cert) and _evidence(embedded) is None:
            text = f"{about} is on the word of a passkey, and binds no evidence of it"
            found.untrusted.append(Reason("contract.evidence_missing", text))
        found.untrusted += self._stamp_problems(found, about)
        then = found.stamp.at if found.stamp and found.stamp.trusted else self._at
        try:
            found.party = self._keys.identify(_pem(embedded.signer_cert), at=then)
        except BadInput as error:
            codes = {
                "statement.expired": "contract.certificate_expired",
                "key.signs_no_contract": "contract.agency_signed",
            }
            code = codes.get(error.code, "contract.untrusted_signer")
            found.untrusted.append(Reason(code, f"{about}: {error.what}"))
        if not found.untrusted and (status is None or not status.trusted):
            found.untrusted.append(_untrusted(f"{about} does not lead to this workspace's root"))
        signed_at = embedded.self_reported_timestamp
        if signed_at is not None and signed_at > self._at:
            found.untrusted.append(_untrusted(f"{about} says it was made later than {self._at}"))
        return found

    def _stamp_problems(self, found: _Found, about: str) -> Iterator[Reason]:
        stamp, said = found.stamp, found.embedded.self_reported_timestamp
        if stamp is None:
            yield Reason("contract.time_missing", f"{about} has no time stamp")
        elif not stamp.trusted:
            text = f"the time stamp on {about} is by `{stamp.by}`, who is not trusted here"
            yield Reason("contract.time_untrusted", text)
        elif said is None or abs(said - stamp.at) > _DRIFT:
            text = f"{about} says it was made {said}, and its time stamp {stamp.at}"
            yield Reason("contract.time_differs", text)

    def _added_after(self, found: _Found, *, compare: bool) -> Iterator[Reason]:
        """Yield what is wrong with the revisions after a signature.

        Comparing them costs more than all else, so it is left out where the file has a problem.
        """
        if found.whole:
            return
        text = f"the file was changed after the signature in the field `{found.role}`"
        then = self._reader.get_historical_root(found.embedded.signed_revision)
        added = int(self._reader.root["/Pages"]["/Count"]) - int(then["/Pages"]["/Count"])
        if added:
            yield Reason("contract.page_added", f"{text}: {added:+d} pages")
        if compare:
            result = found.embedded.evaluate_modifications(DEFAULT_DIFF_POLICY)
            level = getattr(result, "modification_level", ModificationLevel.OTHER)
            if level.value > ModificationLevel.FORM_FILLING.value:
                yield _altered(text)


_WHOLE = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)


def _altered(text: str) -> Reason:
    return Reason("contract.altered", text)


def _untrusted(text: str) -> Reason:
    return Reason("contract.untrusted_signer", text)


def _misplaced(found: _Found, terms: Terms) -> Iterator[Reason]:
    if getattr(terms.parties, found.role, None) != found.party:
        text = f"`{found.party}` signed as the {found.role}, and the terms name another"
        yield Reason("contract.wrong_party", text)


def _end(embedded: EmbeddedPdfSignature) -> int:
    """Return where the signed bytes end."""
    _, _, start, length = (int(n) for n in embedded.byte_range)
    return start + length


def _validated(
    embedded: EmbeddedPdfSignature, root_pem: str, at: datetime, authorities: tuple[str, ...]
) -> tuple[PdfSignatureStatus | None, TimeStamp | None]:
    """Return the verdict of pyHanko, offline, and the time stamp; None where there is none.

    The stamp is judged at the time of reading; the signer, at the time that the stamp proves.
    """
    root = _load(root_pem)
    others = [one for pem in authorities for one in load_certs_from_pemder_data(pem.encode())]

    def judged(moment: datetime) -> PdfSignatureStatus | None:
        signing = ValidationContext(
            trust_roots=[root], moment=moment, allow_fetching=False, other_certs=[]
        )
        stamping = ValidationContext(
            trust_roots=[root, *others], moment=at, allow_fetching=False, other_certs=[]
        )
        try:
            return validate_pdf_signature(embedded, signing, stamping, skip_diff=True)
        except Exception:  # what the library cannot follow, it does not vouch for
            return None

    stamped = _stamped(embedded)
    status = judged(stamped[0] if stamped and stamped[0] <= at else at)
    validity = status.timestamp_validity if status else None
    if stamped is None or validity is None:
        return status, None
    moment, certificate = stamped
    trusted = bool(validity.valid and validity.intact and validity.trusted) and moment <= at
    stamp = TimeStamp(moment, _name(certificate), certificate.issuer != root.subject, trusted)
    return (status if trusted else judged(at)), stamp


def _stamped(embedded: EmbeddedPdfSignature) -> tuple[datetime, Certificate] | None:
    """Return the time that a stamp says, and the certificate that its authority sent along."""
    for attribute in embedded.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            data = attribute["values"][0]["content"]
            try:
                moment = data["encap_content_info"]["content"].parsed["gen_time"].native
                return moment, stamper(data)
            except (ValueError, KeyError, TypeError, AttributeError):
                return None
    return None


def _evidence(embedded: EmbeddedPdfSignature) -> Digest | None:
    said = str(embedded.sig_object.get("/ContactInfo", ""))
    return Digest(said.removeprefix(EVIDENCE)) if said.startswith(EVIDENCE) else None


def _passkey(certificate: Certificate) -> str:
    unit = str(certificate.subject.native.get("organizational_unit_name", ""))
    return unit.removeprefix(PASSKEY_UNIT) if unit.startswith(PASSKEY_UNIT) else ""


def _described(certificate: Certificate) -> str:
    return f"{certificate.subject.human_friendly}, serial {certificate.serial_number:x}"


def _purposes(certificate: Certificate) -> list[str]:
    value = certificate.extended_key_usage_value
    return [one.dotted for one in value] if value else []


def _signable(reading: ContractReading, role: str) -> Terms:
    """Return the terms of a sound contract that this role has not signed yet."""
    if reading.problems:
        problem = reading.problems[0]
        raise BadInput(
            problem.text,
            where="contract",
            remedy="sign only a contract that this workspace has typeset, unchanged",
            code=problem.code,
        )
    if role in {s.role for s in reading.signatures}:
        raise BadInput(
            f"the {role} has already signed",
            where="contract",
            remedy="nothing more is to be done; a changed contract is a new one",
            code="contract.already_signed",
        )
    if reading.terms is None:
        raise TypeError("a sound contract has terms")
    return Terms.model_validate_json(reading.terms)


def _stamp(role: str, certificate: Certificate, now: datetime) -> StaticStampStyle:
    left, bottom, right, top = BOXES[role]
    moment = now.astimezone(UTC)
    sheet = {
        "width": right - left,
        "height": top - bottom,
        "role": f"the {role}",
        "name": _name(certificate),
        "when": f"{Words('en').day(moment.date())}, {moment:%H:%M} UTC",
        "certificate": f"certificate {certificate.serial_number:x}",
    }
    page = typeset("stamp.typ", sheet, standards=("a-3b",))
    return StaticStampStyle(
        border_width=0,
        background=_Page(page, right - left, top - bottom),
        background_layout=SimpleBoxLayoutRule(
            x_align=AxisAlignment.ALIGN_MID,
            y_align=AxisAlignment.ALIGN_MID,
            margins=Margins(0, 0, 0, 0),
        ),
    )


def _load(pem: str) -> Certificate:
    (certificate,) = load_certs_from_pemder_data(pem.encode())
    return certificate


def _pem(certificate: Certificate) -> str:
    return str(armor("CERTIFICATE", certificate.dump()), "ascii")


def _name(certificate: Certificate) -> str:
    """Return the name in a certificate, for people to read; nothing is decided by it."""
    name = certificate.subject.native.get("common_name", "")
    return str(name)


def _unreadable(what: str) -> ContractReading:
    return ContractReading((), None, (Reason("contract.unreadable", what),))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pyHanko's warnings about broken files, which are said as problems, off the log."""
    loggers = [logging.getLogger(name) for name in ("pyhanko", "pyhanko_certvalidator")]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
