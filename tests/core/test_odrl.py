"""Terms as ODRL: all that is said comes back, all that is not is listed, nothing is overlooked."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.namespace import ODRL2

from sosie.core.odrl import UNSAID, read, write
from sosie.core.terms import Terms
from sosie.core.values import BadInput
from tests.core.any_terms import any_terms
from tests.core.test_license import TERMS

ODRL = "http://www.w3.org/ns/odrl/2/"
SOSIE = "https://sosie.org/ns/odrl/1/"
FULL: dict[str, Any] = {
    **TERMS,
    "territories": {"include": ["EU", "US"], "exclude": ["DE"]},
    "accounts": {"instagram": ["@maison.nord"]},
    "renditions": 40,
    "placements": 200,
    "twin_version": 3,
    "category": "knitwear",
    "garments": ["G-101"],
    "collections": ["spring 2027"],
    "excluded_depictions": ["fur", "tobacco"],
    "co_depiction": {"people": "nobody"},
    "approvals": {"each_campaign": True, "answer_days": 5},
    "after_end": {"sell_off_days": 30, "archive": "posts_stay"},
    "exclusivity": {
        "category": "knitwear",
        "territories": {"include": ["EU"]},
        "from": "2026-11-01",
        "until": "2027-04-30",
        "price": "1500.00",
    },
    "credit": "Ines M.",
    "disclosure": {"label": "Made with the digital twin of Ines M."},
    "usage_reports": "quarterly",
    "audit": {"notice_days": 14},
    "storage": {"countries": {"include": ["EU"]}, "delete_within_days": 30},
    "withdrawal": {"take_down_days": 14, "notice": "to the studio of the brand"},
    "sublicense": ["atelier-sud"],
    "governing_law": "France",
}


FULL_DOCUMENT = write(Terms.model_validate(FULL), agreed=True)[0]
FULL_READ = read(FULL_DOCUMENT).terms


def through_json(document: dict[str, Any]) -> Any:
    return json.loads(json.dumps(document))


def without(terms: Terms, unsaid: tuple[str, ...]) -> Terms:
    """Return terms less some clauses."""
    data = terms.model_dump(by_alias=True)
    for path in unsaid:
        *above, last = path.split(".")
        held = data
        for step in above:
            held = held[step]
        del held[last]
    return Terms.model_validate(data)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for held in value.values() if isinstance(value, dict) else value:
        if isinstance(held, dict | list):
            yield from nodes(held)


@settings(max_examples=150)
@given(any_terms(), st.booleans())
def test_what_is_said_comes_back_and_the_rest_is_listed(terms: Terms, agreed: bool) -> None:
    document, unsaid = write(terms, agreed=agreed)
    reading = read(through_json(document))
    assert reading.unknown == ()
    assert reading.assumed == ()
    assert reading.permits
    assert reading.agreed is agreed
    assert reading.terms == without(terms, unsaid)
    for path in unsaid:
        # Each listed clause is one that the terms have and the document does not give back.
        assert attrgetter(path)(terms) != attrgetter(path)(reading.terms)


@settings(max_examples=100)
@given(any_terms(), st.data())
def test_no_change_of_a_document_is_overlooked(terms: Terms, data: st.DataObject) -> None:
    document = through_json(write(terms)[0])
    document.pop("@context")
    limits = [node for node in nodes(document) if "leftOperand" in node]
    spoiled = data.draw(st.sampled_from(limits))
    how = data.draw(st.sampled_from(["operator", "leftOperand", "rightOperand", "more"]))
    spoiled[how] = {"@id": "https://example.org/other"}
    document["@context"] = write(terms)[0]["@context"]
    reading = read(document)
    assert reading.unknown
    assert not reading.permits


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("odrl:derive"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@id", "@list", "@value", "@type", "uid", "leftOperand", "action"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@settings(max_examples=150)
@given(st.data(), JSON)
def test_any_json_is_read_or_refused_in_words(data: st.DataObject, value: Any) -> None:
    document = through_json(FULL_DOCUMENT)
    held = data.draw(st.sampled_from([document, *list(nodes(document))[1:]]))
    key = data.draw(st.sampled_from([*held, "more"]))
    before = held.get(key)
    held[key] = value
    try:
        reading = read(document)
    except BadInput:
        return
    free = key in ("@context", "uid", "@version", "more") or before == value
    assert free or reading.unknown or reading.assumed or reading.terms != FULL_READ


def test_everything_that_is_never_said_is_listed() -> None:
    said = {
        **FULL,
        "parties": {**TERMS["parties"], "mother_agency": "atlas", "studio": "lumen"},
        "language": "fr",
        "expectations": "One session.",
        "mother_agency_share": "0.1",
        "notice_hours": 48,
        "negotiation": {"replaces_work": False},
    }
    assert set(write(Terms.model_validate(said))[1]) == set(UNSAID)
    assert write(Terms.model_validate({**TERMS, "sublicense": [], "accounts": {}}))[1] == (
        "parties.agency",
        "commission",
        "accounts",
        "sublicense",
    )


# An independent processor


@pytest.fixture(scope="module")
def graph() -> rdflib.Graph:
    document, _ = write(Terms.model_validate(FULL), agreed=True)
    return rdflib.Graph().parse(data=json.dumps(document), format="json-ld")


def test_the_core_of_odrl_is_there_as_triples(graph: rdflib.Graph) -> None:
    ask = """
    PREFIX odrl: <http://www.w3.org/ns/odrl/2/>
    PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
    PREFIX sosie: <https://sosie.org/ns/odrl/1/>
    PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
    PREFIX iso: <http://cvx.iptc.org/iso4217a/>
    ASK { ?policy a odrl:Agreement ; odrl:uid ?uid ; odrl:conflict odrl:prohibit ;
            odrl:profile <https://sosie.org/ns/odrl/1> ;
            odrl:permission ?may ; odrl:prohibition ?never ; odrl:obligation ?must .
          %s }
    """
    may = "?may odrl:target <urn:sosie:twin:ines> ; odrl:action ?make ."
    held = (
        may + "?may odrl:assigner <urn:sosie:party:ines> ; "
        "odrl:assignee <urn:sosie:party:maison-nord> .",
        may + "?make rdf:value odrl:derive ; odrl:refinement [ odrl:leftOperand odrl:count ; "
        "odrl:operator odrl:lteq ; odrl:rightOperand 12 ] .",
        may + "?may odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ; "
        'odrl:rightOperand "2027-04-30"^^xsd:date ] .',
        may + "?may odrl:constraint [ odrl:leftOperand odrl:spatial ; odrl:operator odrl:isPartOf ;"
        " odrl:rightOperand (<https://sosie.org/ns/odrl/1/territory/EU> "
        "<https://sosie.org/ns/odrl/1/territory/US>) ] .",
        may + "?may odrl:duty [ odrl:action [ rdf:value odrl:compensate ; odrl:refinement "
        "[ odrl:leftOperand odrl:payAmount ; odrl:operator odrl:eq ; odrl:unit iso:EUR ; "
        "odrl:rightOperand 180.00 ] ] ] .",
        may + "?may odrl:duty [ odrl:consentingParty <urn:sosie:party:ines> ; "
        "odrl:action [ rdf:value odrl:obtainConsent ] ] .",
        "?never odrl:action sosie:train .",
        "?must odrl:action odrl:ensureExclusivity ; odrl:assignee <urn:sosie:party:ines> .",
        "?must odrl:action [ rdf:value odrl:delete ] .",
        "?must odrl:informedParty <urn:sosie:party:ines> .",
    )
    for pattern in held:
        assert graph.query(ask % pattern).askAnswer, pattern
    wrong = (
        "?may odrl:action sosie:train .",
        "?never odrl:action odrl:sell .",
        "?must odrl:action odrl:ensureExclusivity ; odrl:assignee <urn:sosie:party:maison-nord> .",
    )
    for pattern in wrong:
        assert not graph.query(ask % pattern).askAnswer, pattern


def names_in(graph: rdflib.Graph, start: str) -> set[str]:
    terms = {str(term) for triple in graph for term in triple if isinstance(term, rdflib.URIRef)}
    return {term.removeprefix(start) for term in terms if term.startswith(start)}


def test_every_odrl_word_is_a_word_of_odrl(graph: rdflib.Graph) -> None:
    used = names_in(graph, ODRL)
    assert len(used) > 40
    known = {name.removeprefix(ODRL) for name in map(str, dir(ODRL2))}
    assert used - known == {"or"}  # which a class of Python cannot name
    made_up = rdflib.Graph().parse(
        data=json.dumps({"@context": {"@vocab": ODRL}, "@id": "urn:x", "payPer": 1}),
        format="json-ld",
    )
    assert names_in(made_up, ODRL) - known == {"payPer"}


# Documents of others

CONTEXT = "http://www.w3.org/ns/odrl.jsonld"


def foreign() -> dict[str, Any]:
    """A document that says what terms say, as another program would spell it."""
    return {
        "@context": [CONTEXT],
        "type": "odrl:Agreement",
        "uid": "http://example.org/policy/7",
        "profile": "https://sosie.org/ns/odrl/1",
        "http://purl.org/dc/terms/title": "Capsule",
        "permission": {
            "uid": "http://example.org/rule/1",
            "@type": "Permission",
            "assigner": {"@id": "urn:sosie:party:ines"},
            "assignee": "urn:sosie:party:nord",
            "target": "urn:sosie:twin:ines",
            "action": [{"@id": "odrl:derive"}, "http://www.w3.org/ns/odrl/2/distribute", "display"],
            "constraint": {
                "leftOperand": "odrl:purpose",
                "operator": {"@id": "odrl:isAnyOf"},
                "rightOperand": {"@list": [{"@id": SOSIE + "purpose/campaign"}]},
            },
        },
    }


def test_another_spelling_is_the_same_and_what_is_stricter_here_is_named() -> None:
    reading = read(foreign())
    assert reading.unknown == ()
    assert reading.permits
    assert reading.terms is not None
    assert reading.terms.purposes == ("campaign",)
    assert any("sosie:train" in said for said in reading.assumed)
    assert any("obtainConsent" in said for said in reading.assumed)


def _limit(left: str, operator: str = "eq", right: Any = "x") -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


@pytest.mark.parametrize(
    ("path", "spoil"),
    [
        ("permission[0].constraint[1]", lambda d: d["permission"].update(
            constraint=[d["permission"]["constraint"], _limit("odrl:fileFormat")])),
        ("permission[0].constraint[1]", lambda d: d["permission"].update(
            constraint=[d["permission"]["constraint"], {"xone": [_limit("version")]}])),
        ("permission[0].constraint[1]", lambda d: d["permission"].update(
            constraint=[d["permission"]["constraint"], {"@id": "http://example.org/elsewhere"}])),
        ("permission[0].constraint[0]", lambda d: d["permission"]["constraint"].update(
            rightOperand={"@list": [{"@id": "http://example.org/purpose/any"}]})),
        ("profile", lambda d: d.update(profile="http://example.org/profile")),
        ("conflict", lambda d: d.update(conflict="perm")),
        ("inheritFrom", lambda d: d.update(inheritFrom="http://example.org/policy/1")),
        ("permission[1]", lambda d: d.update(
            permission=[d["permission"], {"action": "sell", "target": "urn:x"}])),
        ("permission[0].duty", lambda d: d["permission"].update(
            duty=[{"action": "http://example.org/dance"}])),
        ("permission[0].action", lambda d: d["permission"].update(action="derive")),
        ("permission[0].remedy", lambda d: d["permission"].update(remedy={"action": "pay"})),
        ("prohibition[0]", lambda d: d.update(prohibition=[{"action": "print"}])),
        ("obligation", lambda d: d.update(obligation=[{"action": "watermark"}])),
        ("@type", lambda d: d.update(type="Set")),
        ("@context[0]", lambda d: d.update({"@context": "http://example.org/own.jsonld"})),
        ("@context[1].derive", lambda d: d.update(
            {"@context": [CONTEXT, {"derive": "http://www.w3.org/ns/odrl/2/read"}]})),
        ("permission[0].target", lambda d: d["permission"].update(target="http://example.org/asset")),
        ("permission[0].assignee", lambda d: d["permission"].update(assignee=["urn:a", "urn:b"])),
        ("title", lambda d: d.pop("http://purl.org/dc/terms/title")),
    ],
)  # fmt: skip
def test_what_is_foreign_is_named_and_permits_nothing(path: str, spoil: Any) -> None:
    document = copy.deepcopy(foreign())
    spoil(document)
    reading = read(document)
    assert not reading.permits
    assert any(unknown.path.startswith(path) for unknown in reading.unknown), reading.unknown
    assert all(unknown.what and unknown.remedy for unknown in reading.unknown)


def test_a_prohibition_without_our_limit_is_wider_and_unknown() -> None:
    document = through_json(FULL_DOCUMENT)
    inner = [r for r in document["prohibition"] if r.get("constraint")]
    assert len(inner) == 2
    for rule in inner:
        spoiled = through_json(document)
        (twin,) = (r for r in spoiled["prohibition"] if r == rule)
        spoiled["prohibition"].insert(0, {**twin, "constraint": []})
        twin["dcterms:description"] = "the same, told in other words"
        reading = read(spoiled)
        assert {u.path for u in reading.unknown} >= {"prohibition[0].constraint"}
        assert not reading.permits


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda _: [], ("no JSON object",)),
        (lambda d: {k: v for k, v in d.items() if k != "@context"}, ("$", "@context")),
        (lambda d: {k: v for k, v in d.items() if k != "type"}, ("$", "@type")),
        (lambda d: {**d, "permission": ["urn:rule"]}, ("$.permission[0]", "no object")),
        (lambda d: {**d, "x": json.loads("[" * 30 + "]" * 30)}, ("nested deeper",)),
    ],
)
def test_what_is_no_document_is_refused_with_its_path(spoil: Any, words: tuple[str, ...]) -> None:
    with pytest.raises(BadInput) as caught:
        read(spoil(foreign()), where="terms.jsonld")
    assert caught.value.where.startswith("terms.jsonld")
    for word in words:
        assert word in str(caught.value)


def test_values_that_terms_refuse_are_placed() -> None:
    document = through_json(write(Terms.model_validate(FULL))[0])
    document["permission"][0]["action"][0]["refinement"][0]["rightOperand"] = 0
    with pytest.raises(BadInput) as caught:
        read(document)
    assert "permission[0].action[0].refinement[0]" in caught.value.where
    assert "pictures" in caught.value.what
    document = through_json(write(Terms.model_validate(FULL))[0])
    for limit in document["permission"][0]["constraint"]:
        if limit.get("leftOperand") == "dateTime" and limit["operator"] == "lteq":
            limit["rightOperand"]["@value"] = "2020-01-01"
    with pytest.raises(BadInput, match="before it starts"):
        read(document)
