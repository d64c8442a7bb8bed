"""The words of a contract and of a deal memo, as the values that their documents print.

The first page is in the language that the model asked for; the legal text in English, and in
French too where she asked for French.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sosie.adapters.clauses import LEGAL, clauses
from sosie.adapters.first_page import key_terms, memo, plain, stand_alone
from sosie.adapters.words import Words
from sosie.core.contract import Contract, Row
from sosie.core.values import BadInput


def sheet(contract: Contract) -> dict[str, Any]:
    """Return everything that the contract prints, as plain JSON values.

    Raises ``BadInput`` (``contract.name_missing``) for a party without a name and
    (``pay.amount``) for an amount that its currency cannot say.
    """
    terms = contract.terms
    w = Words(terms.language or "en")
    model, brand, agency = _names(contract)
    legal = [w.language] if w.language in LEGAL and w.language != "en" else []
    return {
        **_head(w, contract),
        "plain": [row._asdict() for row in plain(w, terms, model, brand)],
        "key_terms": [row._asdict() for row in key_terms(w, contract)],
        "legal": [
            {
                "language": language,
                "title": Words(language)("The license"),
                "clauses": [
                    asdict(clause)
                    for clause in clauses(Words(language), contract, model, brand, agency)
                ],
            }
            for language in ("en", *legal)
        ],
        "signatories": [
            {"role": w("The model"), "name": model, "id": terms.parties.model},
            {"role": w("The brand"), "name": brand, "id": terms.parties.brand},
        ],
        "words": _labels(w),
    }


def first_page_words(contract: Contract, language: str = "") -> list[Row]:
    """Return the rows of the first page, as `sheet` has them, in the language of the contract or in
    another; raises as it."""
    model, brand, _ = _names(contract)
    w = Words(language or contract.terms.language or "en")
    return plain(w, contract.terms, model, brand)


def memo_sheet(contract: Contract) -> dict[str, Any]:
    """Return everything that the deal memo prints, as plain JSON values; raises as `sheet`."""
    w = Words(contract.terms.language or "en")
    return {
        **_head(w, contract),
        "rows": [row._asdict() for row in memo(w, contract)],
        "words": {
            "kind": w("Deal memo"),
            "term": w("Term"),
            "says": w("What it says"),
            "running": w("Deal memo of license {license}", license=contract.license),
            "note": w(
                "This memo sums up the license; it is delivered to the model before any work and "
                "counts once the model has accepted it. The contract says the rest."
            ),
        },
    }


def _head(w: Words, contract: Contract) -> dict[str, Any]:
    terms, parties = contract.terms, contract.terms.parties
    model, brand, agency = _names(contract)
    people = [(w("Model"), parties.model, model), (w("Brand"), parties.brand, brand)]
    if parties.agency is not None and agency is not None:
        people.append((w("Agency, advising"), parties.agency, agency))
    return {
        "language": w.language,
        "title": terms.title,
        "license": contract.license,
        "dated": w.day(contract.dated),
        "date": [contract.dated.year, contract.dated.month, contract.dated.day],
        "digest": terms.digest().removeprefix("sha256:"),
        "parties": [
            {"role": role, "id": party, "name": name, "address": contract.addresses.get(party, "")}
            for role, party, name in people
        ],
        "stand_alone": stand_alone(w, agency),
    }


def _labels(w: Words) -> dict[str, str]:
    return {
        "kind": w("License of a digital twin"),
        "plain": w("In plain words"),
        "question": w("Question"),
        "answer": w("Answer"),
        "key_terms": w("Key terms"),
        "term": w("Term"),
        "says": w("What it says"),
        "signatures": w("Signatures"),
        "running": w("License"),
        "party": w("party"),
        "signing": w(
            "Each party signs for itself, in its own field, with a key that only it can open. The "
            "model’s signature is the model’s consent to exactly what this document says. Whoever "
            "changes the file after a signature breaks that signature."
        ),
        "governs": ""
        if w.language == "en"
        else w("Where this page and the English text of the license differ, the English counts."),
    }


def _names(contract: Contract) -> tuple[str, str, str | None]:
    parties = contract.terms.parties
    agency = None if parties.agency is None else _name(contract, parties.agency)
    return _name(contract, parties.model), _name(contract, parties.brand), agency


def _name(contract: Contract, party: str) -> str:
    name = contract.names.get(party, "").strip()
    if not name:
        raise BadInput(
            "the contract has no name for this party",
            where=party,
            remedy="give the legal or professional name of each party",
            code="contract.name_missing",
        )
    return name
