"""Acts on the pages: signed by the passkey of whoever is signed in, as it was shown, once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes as unspelled

from sosie.core.life import Standing, Step
from sosie.core.preferences import Preferences
from sosie.core.roles import Role
from sosie.core.values import BadInput, Digest
from sosie.services import license as licenses
from sosie.services import life, preferences, workspace
from sosie.services import picture as pictures
from sosie.store.models import ActEvidence, License, LogEntry, Picture, SignedAct
from sosie.web import signing
from tests.services.conftest import LATER, SECRETS, draft, granted, made, take, terms
from tests.web.conftest import OTHER, OWN, Person, Shown


@pytest.fixture(scope="module")
def people(shown: Shown) -> dict[Role, Person]:
    """One of each role, whose passkey signs."""
    found = {role: Person(role, OWN) for role in Role}
    for role, party in (
        (Role.MODEL, "ines"),
        (Role.LEGAL, "nord"),
        (Role.PRODUCER, "nord"),
        (Role.BOOKER, "atlas"),
    ):
        lets_sign(found[role], party)
    return found


def lets_sign(person: Person, party: str, passphrase: str = "") -> Any:
    said = {"passphrase": passphrase or SECRETS[party], "next": "/requests"}
    return person.client.post(f"/account/signature/{party}", said)


@pytest.fixture
def ines(people: dict[Role, Person]) -> Person:
    return people[Role.MODEL]


@pytest.fixture
def offered(shown: Shown) -> str:
    row = draft(shown.outside, terms(title="Winter", pictures=3))
    take(shown.outside, row.id, Step.ASKED, "nord")
    return str(row.id)


def asked(person: Person, address: str, **said: str) -> dict[str, Any]:
    """Open the page that asks for an act; return what comes back with her answer."""
    page = person.client.post(address, said)
    assert page.status_code == 200, words(page)
    return answered(person, page)


def answered(person: Person, page: Any, **how: Any) -> dict[str, Any]:
    text = page.content.decode()
    form = text.split('data-passkey="get"')[1].split("</form>")[0]
    fields = {
        unescape(each.split('name="')[1].split('"')[0]): unescape(
            each.split('value="')[1].split('"')[0]
        )
        for each in form.split("<input ")[1:]
        if 'value="' in each
    }
    options = json.loads(unescape(form.split('data-options="')[1].split('"')[0]))
    challenge = unspelled(options["publicKey"]["challenge"])
    assert options["publicKey"]["userVerification"] == "required"
    return {**fields, "credential": person.device.sign(challenge, **how)}


def words(page: Any) -> str:
    return " ".join(unescape(re.sub(r"</?bdi[^>]*>", "", page.content.decode())).split())


def plain(page: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def does(person: Person, address: str, **said: str) -> Any:
    return person.client.post(address, asked(person, address, **said))


def stands(license: str) -> Standing:
    return life.standing(License.objects.get(pk=license), now=timezone.now())


def test_she_agrees_accepts_and_signs_and_the_brand_signs(
    shown: Shown, ines: Person, people: dict[Role, Person], offered: str
) -> None:
    here = f"/licenses/{offered}"
    assert "Winter" in words(ines.client.get("/requests"))
    page = words(ines.client.get(here))
    for part in ("Until when", "For how much", "Since your last deal", "Yes to these terms"):
        assert part in page, part
    digest = License.objects.get(pk=offered).terms_digest
    shown_first = words(ines.client.post(f"{here}/agree", {"terms": digest}))
    assert f"I agree to license {offered} on the terms {digest[7:15]}" in shown_first
    leaves = LogEntry.objects.count()
    assert does(ines, f"{here}/agree", terms=digest).status_code == 302
    # Deal memo and contract follow on the second yes, by themselves.
    assert LogEntry.objects.count() == leaves + 3
    assert ines.client.get(f"{here}/contract")["Content-Type"] == "application/pdf"
    assert ines.client.get(f"{here}/deal-memo").content.startswith(b"%PDF-")
    assert does(ines, f"{here}/memo").status_code == 302
    assert does(ines, f"{here}/sign").status_code == 302
    assert stands(offered) is Standing.AGREED
    signed = words(ines.client.get(here))
    assert "You signed. The final copy comes when both have." in signed
    assert "Sign the contract" not in signed
    legal = people[Role.LEGAL]
    assert does(legal, f"{here}/sign").status_code == 302
    stands_now = words(legal.client.get(here))
    assert "You signed, as the last of both: the contract stands" in stands_now
    assert "when both have" not in stands_now
    assert stands(offered) is Standing.IN_FORCE
    contract = License.objects.get(pk=offered).contract
    pdf = shown.outside.blobs.get(Digest(contract))
    reading = shown.outside.contracts.read(pdf, at=timezone.now())
    assert reading.problems == ()
    assert reading.signers == {"ines", "nord"}
    assert all(each.evidence and each.passkey for each in reading.signatures)
    assert workspace.fsck(shown.outside) == ()


def test_what_is_made_and_expected_is_told_before_each_yes(
    shown: Shown, ines: Person, people: dict[Role, Person]
) -> None:
    changes = {
        "scope": "Lingerie, on a bed.\nNo <b>knits</b>",
        "expectations": "Ten days in Oslo",
        "credit": "Ines M., twin",
        "governing_law": "Law of Norway",
        "incurred_expenses": [{"what": "hotel", "amount": "90.00", "borne_by": "model"}],
    }
    row = draft(shown.outside, terms(title="Night", **changes))
    take(shown.outside, row.id, Step.ASKED, "nord")
    here = f"/licenses/{row.pk}"
    told = (
        *("Lingerie, on a bed. No &lt;b&gt;knits&lt;/b&gt;", "Ten days in Oslo", "Ines M., twin"),
        *("Law of Norway", "Within 30 days after each act", "90.00", "Hotel"),
    )
    digest = row.terms_digest

    def tells(page: Any, *, language: str = "") -> None:
        text = " ".join(page.content.decode().split())
        assert [part for part in told if part not in text] == [], language
        assert '<dd class="own" lang="" dir="auto">Lingerie' in text

    for reader in (ines, people[Role.BOOKER], people[Role.LEGAL]):
        tells(reader.client.get(here))
    since = words(ines.client.get(here)).split("Since your last deal")[1].split("</section>")[0]
    was = "<q>still pictures of the spring capsule</q>"
    now = "<q>Lingerie, on a bed. No <b>knits</b></q>"
    assert f"The scope: {now} instead of {was}" in since
    assert "What is expected of her: <q>" in since
    tells(ines.client.post(f"{here}/agree", {"terms": digest}))
    assert does(ines, f"{here}/agree", terms=digest).status_code == 302
    tells(ines.client.post(f"{here}/memo"))
    tells(ines.client.post(f"{here}/sign"))
    french = ines.client.get(here, headers={"accept-language": "fr"}).content.decode()
    assert "Ce qui est réalisé" in french
    assert "Lingerie, on a bed." in french


TURNED = "Knits \u202e emit yb detimil ton \u202c end"


def test_what_turns_the_words_is_signed_nowhere(
    shown: Shown, ines: Person, people: dict[Role, Person], offered: str
) -> None:
    here = f"/licenses/{offered}"
    acts = SignedAct.objects.count()
    for person, act in ((ines, "decline"), (people[Role.BOOKER], "advise")):
        page = person.client.post(f"{here}/{act}", {"note": TURNED})
        assert page.status_code == 409
        said = plain(page)
        assert "note : it holds a character that nobody sees (U+202E)" in said
        assert "delete it, or type the text anew" in said
    countered = {"channels": "instagram", "purposes": "campaign", "note": TURNED}
    page = ines.client.post(f"{here}/counter", countered)
    assert "This holds a character that nobody sees (U+202E)" in words(page)
    with pytest.raises(BadInput, match=r"terms\.scope.*U\+202E"):
        draft(shown.outside, terms(scope=TURNED))
    other = terms(credit="\u2066Ines")
    with pytest.raises(BadInput, match=r"terms\.credit.*U\+2066"):
        take(shown.outside, offered, Step.COUNTERED, "ines", terms=other)
    assert SignedAct.objects.count() == acts
    # What was written before it was refused is spelled, and set apart.
    License.objects.filter(pk=offered).update(terms=terms(scope=TURNED, title="T\u202e").as_json())
    old = ines.client.get(here).content.decode()
    assert "\u202e" not in old.split("<title>")[1].split("</title>")[1]
    assert "Knits [U+202E] emit yb detimil ton [U+202C] end" in old
    assert '<h1><bdi lang="">T[U+202E]</bdi></h1>' in old


def test_a_change_is_asked_for_in_words_and_agreed_to(
    ines: Person, people: dict[Role, Person], offered: str
) -> None:
    here = f"/licenses/{offered}"
    form = {
        "per_picture": "240",
        "per_release": "60",
        "pictures": "3",
        "until": "2027-04-30",
        "channels": "instagram",
        "purposes": ["organic_social", "campaign"],
        "note": "no posters",
    }
    page = ines.client.post(f"{here}/counter", form)
    for part in ("the fee for each picture: €240.00 instead of", "no more: out of home"):
        assert part in words(page).replace("The fee", "the fee"), part
    answer = {**answered(ines, page), "purposes": form["purposes"]}
    assert ines.client.post(f"{here}/counter", answer).status_code == 302
    row = License.objects.get(pk=offered)
    assert row.terms["channels"] == ["instagram"]
    assert row.terms["purposes"] == ["organic_social", "campaign"]
    legal = people[Role.LEGAL]
    assert "“no posters”" in words(legal.client.get(here))
    assert does(legal, f"{here}/agree", terms=row.terms_digest).status_code == 302
    assert stands(offered) is Standing.AGREED
    bad = ines.client.post(f"{here}/counter", form)
    assert bad.status_code == 409


def test_other_terms_that_cannot_be_are_said_at_the_form(ines: Person, offered: str) -> None:
    form = {"pictures": "3", "until": "2020-01-01", "channels": "instagram", "purposes": "print"}
    page = ines.client.post(f"/licenses/{offered}/counter", form)
    assert page.status_code == 200
    assert "ends (1 January 2020) before it starts" in words(page)


def test_an_agency_advises(people: dict[Role, Person], ines: Person, offered: str) -> None:
    booker, here = people[Role.BOOKER], f"/licenses/{offered}"
    page = words(booker.client.get(here))
    assert "Only the model says yes" in page
    assert "Yes to these terms" not in page
    assert does(booker, f"{here}/advise", note="ask for more").status_code == 302
    assert "Atlas advises: “ask for more”" in words(ines.client.get(here))
    for role in (Role.LEGAL, Role.PRODUCER):  # what is said to her is not said to them
        assert "ask for more" not in words(people[role].client.get(here))
    for act in ("agree", "decline", "sign", "memo", "revoke"):
        assert booker.client.post(f"{here}/{act}").status_code == 403
    assert does(ines, f"{here}/decline", note="not now").status_code == 302
    assert stands(offered) is Standing.DECLINED


def test_a_brand_is_not_told_what_she_wants_and_what_others_pay(
    shown: Shown, ines: Person, people: dict[Role, Person]
) -> None:
    wants = {"sosie": "preferences/1", "longest_days": 30, "purposes_never": ["campaign"]}
    wanted = Preferences.model_validate(wants)
    known: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    granted(preferences.put(shown.outside, preferences=wanted, **known))
    parties = {"model": "ines", "brand": "sud"}
    elsewhere = terms(title="For another house", parties=parties, commission="0")
    row = draft(shown.outside, elsewhere, "ines")
    here = f"/licenses/{row.pk}"
    hers = words(ines.client.get(here))
    assert "Since your last deal" in hers
    assert "Unusual for you" in hers
    assert "she never does it" in hers
    theirs = words(Person(Role.LEGAL, OTHER).client.get(here))
    assert "For another house" in theirs
    assert "last deal" not in theirs
    assert "Unusual" not in theirs
    assert people[Role.LEGAL].client.get(here).status_code == 404


def test_she_answers_one_picture_at_a_time(shown: Shown, ines: Person) -> None:
    (second,) = made(shown.outside, shown.license, "front-half")
    first = ines.client.get("/approvals")
    assert first["Location"] == f"/approvals/{shown.picture}"
    page = words(ines.client.get(first["Location"]))
    for part in ("1 of 2 that wait", "Nord", "Instagram, France", "30 April 2027", "Next"):
        assert part in page, part
    asking = words(ines.client.post(f"/approvals/{second}/answer", {"say": "yes"}))
    assert f"Yes: the picture {second}" in asking
    known = f"/approvals/{shown.picture}/answer"
    assert does(ines, known, say="yes", note="lovely")["Location"] == "/approvals"
    assert does(ines, f"/approvals/{second}/answer", say="no").status_code == 302
    assert [Picture.objects.get(pk=each).status for each in (shown.picture, second)] == [
        "approved",
        "refused",
    ]
    assert pictures.note_of(Picture.objects.get(pk=shown.picture).answer) == "lovely"
    assert "Nothing waits" in words(ines.client.get("/approvals"))
    late = ines.client.post(known, {"say": "no"})
    assert late.status_code == 409
    assert "nothing to answer" in words(late)


def test_a_brand_asks_for_another_picture(
    shown: Shown, people: dict[Role, Person], ines: Person
) -> None:
    producer = people[Role.PRODUCER]
    page = producer.client.get(f"/picture/{shown.picture}/change")
    assert "What should be different" in words(page)
    asking = producer.client.post(f"/picture/{shown.picture}/change", {"note": "warmer"})
    assert f"in place of {shown.picture}" in words(asking)
    answer = producer.client.post(f"/picture/{shown.picture}/change", answered(producer, asking))
    assert answer.status_code == 302
    assert Picture.objects.filter(change_of=shown.picture).count() == 1
    full = producer.client.post(f"/picture/{shown.picture}/change", {"note": "warmer still"})
    refused = producer.client.post(f"/picture/{shown.picture}/change", answered(producer, full))
    assert refused.status_code == 409  # the license is for two pictures
    assert ines.client.get(f"/picture/{shown.picture}/change").status_code == 403


class Attacks:
    """Every way to have signed what she did not sign; each is refused, and her own yes is not."""

    @pytest.fixture
    def address(self, offered: str) -> str:
        return f"/licenses/{offered}/decline"

    @pytest.fixture(autouse=True)
    def _nothing_came_of_it(self, ines: Person, address: str) -> Iterator[None]:
        before = ActEvidence.objects.count()
        yield
        assert ActEvidence.objects.count() == before
        assert does(ines, address).status_code == 302  # the control
        assert ActEvidence.objects.count() == before + 1


class TestAttacks(Attacks):
    def test_the_answer_of_another_site(self, ines: Person, address: str) -> None:
        page = ines.client.post(address)
        said = answered(ines, page, origin="https://elsewhere.example")
        refused = ines.client.post(address, said)
        assert refused.status_code == 409
        assert "does not hold" in words(refused)

    def test_a_device_that_did_not_ask_who_holds_it(self, ines: Person, address: str) -> None:
        page = ines.client.post(address)
        assert ines.client.post(address, answered(ines, page, flags=1)).status_code == 409

    def test_another_note_than_the_one_shown(self, ines: Person, address: str) -> None:
        said = asked(ines, address, note="not now")
        refused = ines.client.post(address, {**said, "note": "never"})
        assert refused.status_code == 409
        assert "changed since you read it" in words(refused)
        assert "My note: “never”" in words(refused)  # which she reads now, and may sign

    def test_an_answer_to_another_page(self, ines: Person, address: str, offered: str) -> None:
        said = asked(ines, address)
        digest = License.objects.get(pk=offered).terms_digest
        agree = address.replace("decline", "agree")
        assert ines.client.post(agree, {**said, "terms": digest}).status_code == 409

    def test_facts_that_changed_meanwhile(
        self, shown: Shown, ines: Person, address: str, offered: str
    ) -> None:
        agree = address.replace("decline", "agree")
        digest = License.objects.get(pk=offered).terms_digest
        said = asked(ines, agree, terms=digest)
        take(shown.outside, offered, Step.COUNTERED, "nord", terms(title="Winter", pictures=90))
        assert ines.client.post(agree, said).status_code == 409

    def test_the_passkey_of_another_account_of_the_same_brand(
        self, people: dict[Role, Person], address: str
    ) -> None:
        legal, producer = people[Role.LEGAL], people[Role.PRODUCER]
        page = legal.client.post(address)
        said = answered(legal, page) | {"credential": answered(producer, page)["credential"]}
        refused = legal.client.post(address, said)
        assert refused.status_code == 409
        assert "Another passkey answered" in words(refused)

    def test_a_passkey_that_lets_in_and_does_not_sign(self, address: str) -> None:
        newcomer = Person(Role.MODEL, OWN)
        page = newcomer.client.post(address)
        assert "does not sign for you yet" in words(page)
        assert "data-passkey" not in page.content.decode()
        said = asked_of(newcomer, page)
        assert newcomer.client.post(address, said).status_code == 409

    def test_a_page_that_waited_too_long(
        self, ines: Person, address: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = asked(ines, address)
        with monkeypatch.context() as patch:
            patch.setattr(signing, "MINUTES", 0)
            assert ines.client.post(address, said).status_code == 409

    def test_a_server_that_is_to_be_read(
        self, ines: Person, address: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = asked(ines, address)
        with monkeypatch.context() as patch:
            patch.setattr(settings, "HOUSE_PASSPHRASE", "")
            assert "nothing is signed here" in words(ines.client.post(address))
            assert ines.client.post(address, said).status_code == 409

    def test_no_answer_at_all(self, ines: Person, address: str) -> None:
        for credential in ("", "{", "{}", json.dumps({"id": "x"})):
            said = {**asked(ines, address), "credential": credential}
            assert ines.client.post(address, said).status_code == 409


def asked_of(person: Person, page: Any) -> dict[str, Any]:
    """Return an answer of hers to a page that gave her no options."""
    del page
    return {"nonce": "00" * 16, "credential": person.device.sign(b"c" * 32)}


def test_an_answer_counts_once(ines: Person, offered: str) -> None:
    address = f"/licenses/{offered}/decline"
    said = asked(ines, address)
    other = ines.browser()
    assert other.post(address, said).status_code == 409  # another session was not asked
    assert ines.client.post(address, said).status_code == 302
    again = ines.client.post(address, said)
    assert again.status_code == 409
    assert SignedAct.objects.filter(subject__startswith=f"{offered}/", party="ines").count() == 1


def test_a_passkey_signs_once_its_party_says_so(shown: Shown) -> None:
    newcomer = Person(Role.MODEL, OWN)
    page = words(newcomer.client.get("/account"))
    assert "does not sign yet" in page
    wrong = lets_sign(newcomer, "ines", "not her passphrase")
    assert wrong.status_code == 200
    assert "passphrase" in words(wrong).lower()
    assert "does not sign yet" in words(newcomer.client.get("/account"))
    assert lets_sign(newcomer, "ines")["Location"] == "/requests"
    assert "your passkey signs" in words(newcomer.client.get("/account"))
    other = Person(Role.MODEL, OTHER)
    assert lets_sign(other, "ines").status_code == 404
    last = [lets_sign(Person(Role.MODEL, OWN), "ines", "guessed once more") for _ in range(4)]
    assert [each.status_code for each in last] == [200, 200, 200, 429]
    elsewhere = newcomer.client.post(
        "/account/signature/ines", {"passphrase": "x", "next": "https://elsewhere.example"}
    )
    assert "elsewhere.example" not in words(elsewhere)


def test_she_takes_it_back(shown: Shown, ines: Person, offered: str) -> None:
    page = ines.client.get(f"/licenses/{shown.license}/revoke")
    for part in ("You need no reason", "What must happen then", "I take license"):
        assert part in words(page), part
    answer = ines.client.post(f"/licenses/{shown.license}/revoke", answered(ines, page))
    assert answer.status_code == 302
    assert stands(shown.license) is Standing.REVOKED
    row = granted(licenses.find(shown.license))
    assert row.revocation
    assert row.revocation.evidence.passkey.party_id == "ines"
    told = words(ines.client.get(f"/licenses/{shown.license}"))
    assert "Revoked on" in told
    assert timezone.now() - row.revocation.at < timedelta(hours=1)
