"""European Union: the AI Act (R46, R49 to R53) and the GDPR (R55 to R59)."""

from __future__ import annotations

from datetime import date
from functools import partial

from sosie.core.law.answers import answer, by, month_after, must, unknown
from sosie.core.law.facts import Facts, Trigger, Withdrawn
from sosie.core.law.rule import Answer, Confidence, Effect, Order, Reach, Rule, Test

ARTICLE_50 = date(2026, 8, 2)
"""Article 50 of the AI Act applies from here."""
LEGACY_UNTIL = date(2026, 12, 2)
"""Until the day before, systems that were offered before article 50 applied are spared 50(2)."""
NUDIFIER_BAN = date(2026, 12, 2)
GDPR = date(2018, 5, 25)
BIPA = date(2008, 10, 3)
_AI_ACT = "https://eur-lex.europa.eu/eli/reg/2024/1689/oj"
_OMNIBUS = "https://eur-lex.europa.eu/eli/reg/2026/1744/oj"
_GDPR = "https://eur-lex.europa.eu/eli/reg/2016/679/oj"


def _no_intimate(facts: Facts) -> tuple[Answer, ...]:
    content = facts.content
    if content.intimate is None:
        return unknown("whether it is intimate imagery")
    if not content.intimate:
        return (Answer(True, "it is no intimate imagery"),)
    broken = "intimate imagery of a real person without her explicit consent is prohibited"
    return (answer(content.explicit_consent, broken, "she consented explicitly"),)


def _marked(facts: Facts) -> tuple[Answer, ...]:
    marking = facts.marking
    if (
        marking.offered_on is not None
        and marking.offered_on < ARTICLE_50
        and facts.on < LEGACY_UNTIL
    ):
        return (Answer(True, f"a system of before {ARTICLE_50} is spared until {LEGACY_UNTIL}"),)
    broken = "the picture carries no mark that machines can read: seal it before it goes out"
    return (answer(marking.manifest, broken, "a signed manifest says how it was made"),)


def _grace(facts: Facts) -> tuple[Answer, ...]:
    offered = facts.marking.offered_on
    if offered is None:
        return unknown("when the system was first offered")
    fine = f"offered on {offered}: spared 50(2) until {LEGACY_UNTIL}"
    broken = f"offered on {offered}, not before {ARTICLE_50}: there is no grace"
    return (answer(offered < ARTICLE_50, broken, fine),)


def _stops(facts: Facts) -> tuple[Answer, ...]:
    withdrawn = facts.withdrawn
    if withdrawn.since is None:
        return _not_withdrawn(withdrawn)
    found = [
        answer(
            withdrawn.as_easy,
            "withdrawing is harder than giving: make it one step",
            "withdrawing is as easy as giving",
        )
    ]
    made = withdrawn.generated_on
    if made is not None:
        broken = f"a picture was made on {made}, after she withdrew on {withdrawn.since}: stop"
        fine = "nothing was made after she withdrew; what was made before stays lawful"
        found.append(answer(made <= withdrawn.since, broken, fine))
    return tuple(found)


def _not_withdrawn(withdrawn: Withdrawn) -> tuple[Answer, ...]:
    if withdrawn.withdrew is None:
        return unknown("whether she withdrew")
    if withdrawn.withdrew:
        return unknown("when she withdrew")
    return (Answer(True, "she has not withdrawn"),)


def _erased(facts: Facts) -> tuple[Answer, ...]:
    withdrawn = facts.withdrawn
    if withdrawn.since is None:
        return _not_withdrawn(withdrawn)
    due = month_after(withdrawn.since)
    return (
        by(due, withdrawn.erased_on, facts.on, "the erasure of scans, templates and weights"),
        by(due, withdrawn.recipients_told_on, facts.on, "the word to those who received them"),
    )


def _generated(test: Test) -> Test:
    """Return a test that asks nothing of a picture that was not generated."""

    def asked(facts: Facts) -> tuple[Answer, ...]:
        if facts.advertisement.generated is False:
            return (Answer(True, "the picture was not generated"),)
        return test(facts)

    return asked


_rule = partial(
    Rule,
    order=Order.EUROPEAN_UNION,
    owed_by="brand",
    owed_to="public",
    outcome=Effect.REFUSE,
    source=_AI_ACT,
    in_force_from=ARTICLE_50,
    checked_on=date(2026, 9, 22),
    confidence=Confidence.SECONDARY,
    reach=Reach.EITHER,
)
_gdpr = partial(
    _rule,
    owed_by="Sosie, brand",
    owed_to="model",
    source=_GDPR,
    in_force_from=GDPR,
    confidence=Confidence.FROM_KNOWLEDGE,
    also=((Order.UNITED_KINGDOM, GDPR),),
    house_policy=True,
    reach=Reach.PEOPLE,
)

_AI: tuple[Rule, ...] = (
    _rule(
        id="R46",
        statement="No intimate imagery of a real person is generated without explicit consent",
        triggers=(Trigger.GENERATE,),
        owed_by="Sosie",
        owed_to="model",
        citation="AI Act art. 5, as amended by Regulation (EU) 2026/1744",
        source=_OMNIBUS,
        in_force_from=NUDIFIER_BAN,
        test=_no_intimate,
        house_policy=True,
        note="the amending text was not read",
    ),
    _rule(
        id="R49",
        statement="Every generated picture carries a mark that machines can read",
        triggers=(Trigger.GENERATE, Trigger.PUBLISH),
        owed_by="Sosie",
        citation="AI Act art. 50(2)",
        confidence=Confidence.TEXT_READ,
        test=_marked,
        house_policy=True,
        note="met by the manifest; the invisible watermark comes on top (R52)",
    ),
    _rule(
        id="R50",
        statement="Who publishes a deep fake of a real model says so, even with her consent",
        triggers=(Trigger.PUBLISH,),
        citation="AI Act art. 50(4), 3(60)",
        test=_generated(
            must(
                (
                    "label.present",
                    "nothing says visibly that it was generated: label it, consent does not do it",
                    "a visible label says that it was generated",
                )
            )
        ),
        reach=Reach.AUDIENCE,
        terms_of_art=("deep fake",),
        note="art. 50(4) was read, art. 3(60) as the Commission quotes it",
    ),
    _rule(
        id="R51",
        statement="The label is clear, accessible, and there at first exposure",
        triggers=(Trigger.PUBLISH,),
        outcome=Effect.REQUIRE,
        citation="AI Act art. 50(5)",
        confidence=Confidence.TEXT_READ,
        reach=Reach.AUDIENCE,
        test=_generated(
            must(
                ("label.clear", "the label is not clear: make it plain", "the label is clear"),
                (
                    "label.at_first_exposure",
                    "the label comes after the first exposure: show it at once",
                    "the label is there at first exposure",
                ),
                (
                    "label.accessible",
                    "the label is not accessible: give it a text alternative",
                    "the label is accessible",
                ),
            )
        ),
    ),
    _rule(
        id="R52",
        statement="Signed, time-stamped metadata and a watermark; the provenance of others is kept",
        triggers=(Trigger.GENERATE, Trigger.PUBLISH),
        owed_by="Sosie",
        outcome=Effect.WARN,
        citation="Code of Practice on marking and labelling, 1.1.1 to 1.1.3",
        in_force_from=None,
        norm=True,
        test=must(
            (
                "marking.manifest",
                "no signed metadata: seal the picture",
                "signed metadata is there",
            ),
            (
                "marking.time_stamped",
                "the metadata has no time stamp: add one",
                "the metadata is time-stamped",
            ),
            (
                "marking.watermark",
                "no invisible watermark: only the metadata says how it was made",
                "an invisible watermark is there",
            ),
            (
                "marking.provenance_kept",
                "the provenance of what came in was stripped: keep it as an ingredient",
                "the provenance of what came in is kept",
            ),
        ),
        note="a voluntary code: it warns where no authority stamps the time of the seal",
    ),
    _rule(
        id="R53",
        statement="Only systems offered before 2 August 2026 have grace, and it ends on 1 December",
        triggers=(Trigger.GENERATE,),
        owed_by="Sosie",
        outcome=Effect.FLAG,
        citation="Regulation (EU) 2026/1744",
        source=_OMNIBUS,
        in_force_until=date(2026, 12, 1),
        test=_grace,
        note="the amending text was not read",
    ),
)

_DATA: tuple[Rule, ...] = (
    _gdpr(
        id="R55",
        statement="Her face data are used only with explicit consent for that purpose",
        triggers=(Trigger.CAPTURE_SESSION, Trigger.GENERATE),
        citation="GDPR art. 4(14), 6, 9(2)(a)",
        test=must(
            (
                "data_consent.explicit",
                "she gave no explicit consent to the use of her face data: ask for it",
                "she consented explicitly to the use of her face data",
            ),
            (
                "data_consent.specific",
                "the consent is for another purpose: ask for one for this",
                "the consent is for this purpose",
            ),
        ),
    ),
    _gdpr(
        id="R56",
        statement="The consent is separate, plain, provable, and tells her that she can withdraw",
        triggers=(Trigger.SIGN_CONSENT,),
        citation="GDPR art. 7(1)-(3)",
        test=must(
            ("data_consent.separate", "the consent is mixed with others: part it", "separate"),
            ("data_consent.plain", "the consent is hard to read: write it plainly", "plain"),
            ("data_consent.provable", "the consent cannot be proved: keep it", "provable"),
            (
                "data_consent.withdrawal_told",
                "she was not told that she can withdraw: say so before she signs",
                "she was told that she can withdraw",
            ),
        ),
    ),
    _gdpr(
        id="R57",
        statement="Withdrawal is as easy as giving; nothing new is made after it",
        triggers=(Trigger.REVOKE, Trigger.GENERATE),
        citation="GDPR art. 7(3)",
        test=_stops,
        note="what was lawfully made before is not unlawful by it",
    ),
    _gdpr(
        id="R58",
        statement="After withdrawal or expiry her data are erased and recipients are told",
        triggers=(Trigger.REVOKE, Trigger.TERMINATE),
        outcome=Effect.DEADLINE,
        citation="GDPR art. 17, 19, 12(3)",
        test=_erased,
        house_policy=False,
        note="unless there is another ground to keep them; contracts and hashes are kept (R61)",
    ),
    _gdpr(
        id="R59",
        statement="Faces are matched only for a model who enrolled herself; others are discarded",
        triggers=(Trigger.MONITOR,),
        owed_by="Sosie",
        citation="GDPR art. 9, 35; Illinois Biometric Information Privacy Act",
        also=((Order.UNITED_KINGDOM, GDPR), (Order.ILLINOIS, BIPA)),
        test=must(
            (
                "watching.enrolled",
                "somebody is searched for who did not enroll: stop",
                "only a model who enrolled is searched for",
            ),
            ("watching.own_consent", "she gave no consent to it: ask for it", "she consented"),
            (
                "watching.discards_others",
                "faces of others are kept: discard them at once",
                "faces of others are discarded",
            ),
            (
                "watching.assessment",
                "no impact assessment is on file: make it first",
                "an impact assessment is on file",
            ),
        ),
    ),
)

RULES: tuple[Rule, ...] = _AI + _DATA
"""Every rule of the European Union."""
