"""Acts by passkey: what was asked is signed, by her, here, now, once; all else is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from sosie.adapters.passkeys import Passkeys
from sosie.core.life import Standing, Step
from sosie.core.passkey import Evidence, Intent
from sosie.core.ports import Outside
from sosie.core.values import STATEMENT_TAG, BadInput, Digest, Refusal, SignedStatement, digest
from sosie.services import change, contract, life, passkey, signing, workspace
from sosie.services import license as licenses
from sosie.services import picture as pictures
from sosie.store.models import ActEvidence, Passkey, SignedAct, SigningEvidence
from tests.adapters.test_passkeys import ORIGIN, Authenticator
from tests.services.conftest import (
    LATER,
    NOW,
    draft,
    granted,
    made,
    memo_accepted,
    on_the_table,
    refused,
    signed,
    take,
    terms,
)
from tests.services.test_passkeys import enrolled


@dataclass
class Her:
    """A party with a device, in front of a page."""

    outside: Outside
    device: Authenticator

    def asked(self, call: signing.Call[Any]) -> signing.Asked:
        return granted(signing.ask(self.outside, call))

    def does(self, call: signing.Call[Any], asked: signing.Asked, **more: Any) -> Any:
        answer = more.pop("answer", None) or self.device.sign(asked.intent.challenge, **more)
        among = [self.device.id]
        return signing.act(self.outside, call, asked=asked, among=among, answer=answer)

    def signs(self, call: signing.Call[Any]) -> Any:
        return self.does(call, self.asked(call))


@pytest.fixture
def ines(captured: Outside) -> Her:
    return Her(captured, enrolled(captured, "ines"))


def agrees(license: str, by: str = "ines") -> signing.Call[Any]:
    known: dict[str, Any] = {"license": license, "by": by, "passphrase": "", "now": NOW}
    return lambda outside: life.take(outside, step=Step.AGREED, seen=on_the_table(license), **known)


def declines(license: str, note: str = "") -> signing.Call[Any]:
    known: dict[str, Any] = {"license": license, "by": "ines", "passphrase": "", "now": NOW}
    return lambda outside: life.take(outside, step=Step.DECLINED, note=note, **known)


def signs(license: str, role: str, by: str) -> signing.Call[Any]:
    return lambda outside: contract.sign(
        outside, license=license, role=role, by=by, passphrase="", now=NOW
    )


@pytest.fixture
def offered(captured: Outside) -> str:
    row = draft(captured, terms())
    take(captured, row.id, Step.ASKED, "nord")
    return str(row.id)


def test_what_she_is_asked_is_what_is_kept(ines: Her, offered: str) -> None:
    call = agrees(offered)
    asked = ines.asked(call)
    said = json.loads(asked.statement)
    assert (said["act"], said["party"], said["terms"]) == (
        "license.agreed",
        "ines",
        on_the_table(offered),
    )
    assert not SignedAct.objects.filter(act="license.agreed").exists()  # asking does nothing
    row = granted(ines.does(call, asked))
    assert life.standing(row, now=NOW) is Standing.AGREED
    kept = SignedAct.objects.get(act="license.agreed")
    assert bytes(kept.body).decode() == asked.statement
    evidence = Evidence.parse(bytes(kept.signature))
    document = digest(STATEMENT_TAG + bytes(kept.body))
    intent = Intent(document, "ines", "license.agreed", asked.nonce)
    assert (evidence.preimage, kept.certificate) == (intent.preimage, "")
    assert ines.outside.passkeys.check(evidence, intent) == ines.device.counter
    assert kept.evidence.passkey.party_id == "ines"
    assert workspace.fsck(ines.outside) == ()


def test_the_key_of_a_party_vouches_for_no_statement_of_a_passkey(ines: Her, offered: str) -> None:
    granted(ines.signs(agrees(offered)))
    kept = SignedAct.objects.get(act="license.agreed")
    statement = SignedStatement(bytes(kept.body), bytes(kept.signature), kept.certificate)
    with pytest.raises(BadInput) as error:
        ines.outside.keys.check(statement, at=NOW)
    assert error.value.code == "statement.certificate"


def test_both_sign_a_contract_by_passkey_alone(ines: Her, offered: str) -> None:
    brand = Her(ines.outside, enrolled(ines.outside, "nord"))
    granted(ines.signs(agrees(offered)))
    made_ready = granted(contract.make(ines.outside, license=offered, now=NOW))
    shown = ines.asked(signs(offered, "model", "ines"))
    assert (shown.document, shown.statement) == (made_ready.contract, "")
    granted(ines.does(signs(offered, "model", "ines"), shown))
    row = granted(brand.signs(signs(offered, "brand", "nord")))
    assert life.standing(row, now=NOW) is Standing.IN_FORCE
    reading = ines.outside.contracts.read(ines.outside.blobs.get(Digest(row.contract)), at=LATER)
    assert reading.problems == ()
    assert reading.signers == {"ines", "nord"}
    for role, her in (("model", ines), ("brand", brand)):
        (found,) = [each for each in reading.signatures if each.role == role]
        kept = SigningEvidence.objects.get(signature__license=offered, signature__role=role)
        key = Passkey.objects.get(credential_id=her.device.id)
        assert found.evidence == kept.file
        assert digest(bytes(key.public_key)).removeprefix("sha256:").startswith(found.passkey)
        assert len(found.passkey) == 32
    assert workspace.fsck(ines.outside) == ()
    with connection.cursor() as cursor:  # her evidence, said to be of the brand's signature
        cursor.execute("DROP TRIGGER store_signingevidence_no_update")
        files = list(SigningEvidence.objects.order_by("id").values_list("file", flat=True))
        cursor.execute("UPDATE store_signingevidence SET file = %s", [files[0]])
    assert [each.code for each in passkey.faults(ines.outside)] == ["contract.signature_invalid"]


def test_a_signature_on_the_word_of_a_passkey_without_its_evidence_is_none(
    ines: Her, offered: str
) -> None:
    granted(ines.signs(agrees(offered)))
    row = granted(contract.make(ines.outside, license=offered, now=NOW))
    pdf = ines.outside.blobs.get(Digest(row.contract))
    key = bytes(Passkey.objects.get(party="ines").public_key)
    known: dict[str, Any] = {"party": "ines", "role": "model", "passphrase": "", "reason": "x"}
    sign = ines.outside.contracts.sign
    bare = sign(pdf, now=NOW, passkey=key, **known)
    problems = ines.outside.contracts.read(bare, at=LATER).problems
    assert [each.code for each in problems] == ["contract.evidence_missing"]
    bound = sign(pdf, now=NOW, passkey=key, evidence=digest(b"shown"), **known)
    assert ines.outside.contracts.read(bound, at=LATER).problems == ()  # the control


def test_she_answers_asks_for_another_and_revokes(ines: Her) -> None:
    license = signed(ines.outside)
    (picture,) = made(ines.outside, license, "three-quarter")
    known: dict[str, Any] = {"by": "ines", "passphrase": "", "now": LATER}
    another = ines.signs(
        lambda outside: change.order(
            outside, picture=picture, settings={}, note="no shadow", **known
        )
    )
    assert granted(another).change_of_id == picture
    row = granted(
        ines.signs(
            lambda outside: pictures.answer(
                outside, picture=picture, yes=True, note="lovely", **known
            )
        )
    )
    assert (row.status, pictures.note_of(row.answer)) == ("approved", "lovely")
    row = granted(ines.signs(lambda outside: licenses.revoke(outside, license=license, **known)))
    assert life.standing(row, now=LATER) is Standing.REVOKED
    assert workspace.fsck(ines.outside) == ()
    assert ActEvidence.objects.count() == 3
    assert passkey.of("ines")[0]["signed"] == 3


Attack = Callable[[Her, str], Any]


def again(her: Her, license: str) -> Any:
    """The same answer twice."""
    call = declines(license)
    asked = her.asked(call)
    answer = her.device.sign(asked.intent.challenge)
    granted(her.does(call, asked, answer=answer))
    return signing.act(
        her.outside,
        lambda outside: passkey_only(outside, asked),
        asked=asked,
        among=[her.device.id],
        answer=answer,
    )


def passkey_only(outside: Outside, asked: signing.Asked) -> Evidence:
    """Sign the very same once more, whatever the facts say by now."""
    assert outside.hand
    document = STATEMENT_TAG + asked.statement.encode()
    return outside.hand.sign(document, party=asked.party, role=asked.role)


def elsewhere(her: Her, license: str) -> Any:
    """An answer that another site was given."""
    call = declines(license)
    return her.does(call, her.asked(call), origin="https://elsewhere.example")


def other_answer(her: Her, license: str) -> Any:
    """The answer to another question: another nonce."""
    call = declines(license)
    other = replace(her.asked(call), nonce="00" * 16)
    return her.does(call, her.asked(call), answer=her.device.sign(other.intent.challenge))


def without_her(her: Her, license: str) -> Any:
    """A device that did not ask who holds it."""
    call = declines(license)
    return her.does(call, her.asked(call), flags=0x01)


def no_json(her: Her, license: str) -> Any:
    """No answer of a device at all."""
    call = declines(license)
    return her.does(call, her.asked(call), answer="{")


@pytest.mark.parametrize("attack", [again, elsewhere, other_answer, without_her, no_json])
def test_an_answer_that_does_not_hold_is_refused(ines: Her, offered: str, attack: Attack) -> None:
    with pytest.raises(BadInput) as error:
        attack(ines, offered)
    assert error.value.code == "passkey.assertion"
    assert SignedAct.objects.filter(act="license.declined").count() == (attack is again)


def other_note(her: Her, license: str) -> Any:
    """Another statement than the one that was shown."""
    return her.does(declines(license, "and never again"), her.asked(declines(license)))


def stale(her: Her, license: str) -> Any:
    """The terms changed between the page and the signature."""
    asked = her.asked(agrees(license))
    take(her.outside, license, Step.COUNTERED, "nord", terms(pictures=40))
    return her.does(agrees(license), asked)


def other_act(her: Her, license: str) -> Any:
    """Her no in place of her yes."""
    return her.does(agrees(license), her.asked(declines(license)))


@pytest.mark.parametrize("attack", [other_note, stale, other_act])
def test_what_was_not_shown_is_not_signed(ines: Her, offered: str, attack: Attack) -> None:
    assert refused(attack(ines, offered)) == {"act.changed"}
    assert not SignedAct.objects.filter(act__in=["license.declined", "license.agreed"]).exists()
    granted(ines.signs(declines(offered)))  # the control


def test_a_passkey_signs_for_its_party_alone(ines: Her, offered: str) -> None:
    brand = Her(ines.outside, enrolled(ines.outside, "nord"))
    call = declines(offered)
    asked = ines.asked(call)
    answer = brand.device.sign(asked.intent.challenge)
    # Signed in as herself: it is none of her passkeys.
    assert refused(ines.does(call, asked, answer=answer)) == {"passkey.unknown"}
    # Signed in as the brand: it is none of the party that the act is of.
    assert refused(brand.does(call, asked, answer=answer)) == {"passkey.unknown"}
    stranger = Her(ines.outside, Authenticator())
    assert refused(stranger.signs(call)) == {"passkey.unknown"}
    granted(ines.signs(call))  # the control


def test_what_the_service_refuses_is_not_asked(ines: Her, offered: str) -> None:
    said = signing.ask(ines.outside, agrees(offered, by="atlas"))
    assert refused(said) == {"life.agency_cannot"}
    with pytest.raises(TypeError, match="signs nothing"):
        signing.ask(ines.outside, lambda outside: contract.unsigned)


def test_evidence_is_kept_as_it_was_signed(ines: Her, offered: str) -> None:
    granted(ines.signs(declines(offered)))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ActEvidence.objects.update(counter=0)
    by_key = SignedAct.objects.exclude(certificate="").first()
    assert by_key
    with pytest.raises(DatabaseError, match="by a key or by a passkey"), transaction.atomic():
        ActEvidence.objects.create(act=by_key, passkey=Passkey.objects.get(), counter=9)
    assert passkey.faults(ines.outside) == ()
    moved = replace(ines.outside, passkeys=Passkeys("sosie.example", "https://sosie.example"))
    assert passkey.faults(moved) == ()
    with connection.cursor() as cursor:  # somebody with the file of the database in her hands
        cursor.execute("DROP TRIGGER store_signedact_no_update")
        changed = b'{"act":"license.agreed"}'
        cursor.execute(
            "UPDATE store_signedact SET body = %s WHERE act = 'license.declined'", [changed]
        )
    assert [each.code for each in passkey.faults(ines.outside)] == ["statement.signature"]


def test_a_passkey_that_signs_in_is_made_hers_by_her_own_key(captured: Outside) -> None:
    device = Authenticator()
    challenge = b"c" * 32
    credential = captured.passkeys.registered(device.register(challenge), challenge)
    known: dict[str, Any] = {"by": "ines", "made": credential, "name": "phone", "now": NOW}
    with pytest.raises(BadInput) as error:
        passkey.adopt(captured, passphrase="not hers at all", **known)
    assert error.value.code == "key.passphrase"
    granted(passkey.adopt(captured, passphrase="only ines knows this", **known))
    again = passkey.adopt(captured, passphrase="only ines knows this", **known)
    assert refused(again) == {"passkey.known"}
    assert isinstance(again, Refusal)
    assert ORIGIN.endswith(":8000")
    her = Her(captured, device)
    row = draft(captured, terms())
    take(captured, row.id, Step.ASKED, "nord")
    granted(her.signs(agrees(row.id)))
    memo_accepted(captured, row.id)
