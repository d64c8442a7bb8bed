"""What she decides about her twin on its pages: never, retired, deleted; signed by passkey."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from sosie import verifying
from sosie.core.erasure import Erasure
from sosie.core.preferences import Preferences
from sosie.core.roles import Role
from sosie.services import erasure, preferences, release, twin, workspace
from sosie.store.models import License, SignedAct, TwinFile
from tests.services.conftest import LATER, SECRETS, granted
from tests.web.conftest import OWN, Person, Shown
from tests.web.test_signing import answered, lets_sign


@pytest.fixture(scope="module")
def ines(shown: Shown) -> Person:
    found = Person(Role.MODEL, OWN)
    lets_sign(found, "ines")
    return found


def words(answer: Any) -> str:
    text = unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return " ".join(text.split())


def test_she_changes_what_she_never_does(shown: Shown, ines: Person) -> None:
    before = {"sosie": "preferences/1", "brands_never": ["sud"], "longest_days": 200}
    wanted = Preferences.model_validate({**before, "channels_never": ["tiktok"]})
    known: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    granted(preferences.put(shown.outside, preferences=wanted, **known))
    page = ines.client.get("/twins/ines/never").content.decode()
    assert re.search('value="tiktok"[^>]* checked', page)
    assert "checked" not in page.split('value="instagram"')[1][:60]

    same = ines.client.post("/twins/ines/never", {"channels_never": ["tiktok"]})
    assert "nothing was changed" in words(same)
    asked = ines.client.post(
        "/twins/ines/never",
        {"depictions_excluded": ["fur"], "categories_never": "Fragrance, watches, fragrance"},
    )
    text = words(asked)
    assert "Fur: never from now on" in text
    assert "TikTok: not excluded any more" in text
    assert "What I never do, and what I want of every license" in text
    done = ines.client.post("/twins/ines/never", answered(ines, asked), follow=True)
    assert "Signed. Each new request is held against it." in words(done)
    now = preferences.of("ines")
    assert now is not None
    assert now.categories_never == ("fragrance", "watches")
    assert now.depictions_excluded == ("fur",)
    assert (now.channels_never, now.brands_never, now.longest_days) == ((), ("sud",), 200)
    assert workspace.fsck(shown.outside) == ()


def test_preferences_of_a_party_of_the_same_name_are_not_of_the_twin(shown: Shown) -> None:
    plan = granted(erasure.plan("ines", "ines"))
    hers = SignedAct.objects.filter(party="ines", act__in=twin.ACTS, subject__startswith="ines")
    assert SignedAct.objects.filter(party="ines", subject__startswith="ines/").exists()
    assert plan.statements == hers.count()


def test_no_country_or_list_that_is_none_is_taken(ines: Person) -> None:
    answer = ines.client.post("/twins/ines/never", {"territories_never": ["XX"]})
    assert answer.status_code == 200
    assert "Select a valid choice" in words(answer)
    assert "What you sign" not in words(answer)


def test_she_reads_what_retiring_comes_to_and_signs_it(shown: Shown, ines: Person) -> None:
    page = words(ines.client.get("/twins/ines"))
    assert "Retire it instead" in page
    asked = ines.client.get("/twins/ines/retire")
    text = words(asked)
    assert shown.license in text
    assert "I retire the twin ines" in text
    assert "Licenses that run, run on." in text
    done = ines.client.post("/twins/ines/retire", answered(ines, asked), follow=True)
    assert "The twin is retired." in words(done)
    assert "Retired: nothing new is agreed on" in words(done)
    assert twin.retired("ines") is not None
    again = ines.client.get("/twins/ines/retire")
    assert again.status_code == 409
    assert License.objects.get(pk=shown.license).revocation is None


def test_she_deletes_it_and_takes_the_proof(shown: Shown, ines: Person, tmp_path: Path) -> None:
    assert ines.client.get("/twins/ines/erasure.json").status_code == 404
    asked = ines.client.get("/twins/ines/delete")
    text = words(asked)
    assert "Erased 4 photographs" in text
    assert "I withdraw my consent to the twin ines" in text
    assert TwinFile.objects.filter(twin="ines", erased_at=None).count() == 4  # nothing is done yet
    done = ines.client.post("/twins/ines/delete", answered(ines, asked), follow=True)
    assert "It is erased. Keep the proof." in words(done)
    assert not TwinFile.objects.filter(twin="ines", erased_at=None).exists()
    kept = ines.client.get("/twins/ines/erasure.json")
    proof = Erasure.parse(kept.content, where="proof")
    assert len(proof.record.erased) == 4
    assert erasure.check(shown.outside, proof) == ()
    trust = tmp_path / "trust.json"
    trust.write_bytes(release.trust(shown.outside).dump())
    assert verifying.erasure(proof, trust=trust) == ()
    alone = replace(proof, allowed=None)  # the control: nobody said that this passkey is hers
    for found in (erasure.check(shown.outside, alone), verifying.erasure(alone, trust=trust)):
        assert {reason.code for reason in found} == {"erasure.not_hers"}
    assert json.loads(kept.content)["sosie"] == "erasure/1"
    assert ines.client.get("/twins/ines/delete").status_code == 409
    page = ines.client.get("/twins/ines").content.decode()
    assert "/twins/ines/erasure.json" in page
    assert "/twins/ines/delete" not in page
