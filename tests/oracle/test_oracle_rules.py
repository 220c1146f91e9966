"""What the scenarios do not reach: links by members, cases and weights; quarantine; policy."""

from typing import Any

import pytest

from tests.oracle.story import Story
from tests.oracle.told import subject

RENT = {
    "kind": "assistance", "version": 2, "stage": "delivered", "purpose": "rent",
    "modality": "cash", "frequency": "monthly", "covers_from": "2026-05-01",
    "covers_to": "2026-06-01", "amount": "3100", "currency": "TRY", "district": "TUR034026",
}  # fmt: skip
ROLES = {"R": "recipient", "B": "beneficiary", "M": "member"}
OFF: list[str] = []


def told(story: Story, org: str, who: str, **changes: Any) -> Story:
    """A delivered rent of `who`, written `R=P1 M=P2:unnamed`: person and the tokens kept."""
    key = f"{org.lower()}{len(story.facts)}"
    subjects = []
    for part in who.split():
        for name in part[2:].split(","):
            person, _, kept = name.partition(":")
            subjects.append(subject(ROLES[part[0]], person, kept or "strong"))
    story.names[key] = org
    more = {"assistance_id": key, "programme": f"{org}-AID", "subjects": subjects}
    return story.tell(org, RENT | more | changes)


def strengths(story: Story) -> list[str]:
    """The strengths of all rows."""
    return sorted(row.strength for row in story.judged().findings)


@pytest.mark.parametrize(
    ("purpose", "one", "other", "expected", "verdict"),
    [
        ("rent", "R=P1", "R=P1", ["certain"], "covered"),
        ("rent", "R=P1:one", "R=P1:passport", OFF, "clear"),
        ("rent", "R=P1 M=P2", "R=P2 M=P1", ["certain"], "covered"),
        ("rent", "R=P1 B=P2", "R=P2 M=P1", ["certain"], "covered"),
        ("rent", "R=P1 M=P2", "R=P2 M=P3", ["probable"], "review"),
        ("rent", "R=P1 M=P2,P3", "R=P4 M=P2,P3", ["probable"], "review"),
        ("rent", "R=P1 M=P2,P3", "R=P4 M=P2,P5", ["possible"], "clear"),
        ("rent", "R=P1 M=P2,P3", "R=P7 M=P2", ["possible"], "review"),
        ("rent", "R=P1 M=P2:unnamed", "R=P3 M=P1:unnamed", ["probable"], "review"),
        ("rent", "R=P4:all", "R=P1:all", ["possible"], "clear"),
        ("rent", "R=P3:all", "R=P7:unnamed", ["possible"], "review"),
        ("rent", "R=P6:unnamed", "R=P8:unnamed", ["possible"], "review"),
        ("rent", "R=P7", "R=P4", OFF, "clear"),
        ("rent", "R=P1", "R=P7", OFF, "uncheckable"),
        ("rent", "R=P1", "R=P7 M=P1", ["probable"], "review"),
        ("education", "R=P1 B=P2", "R=P3 B=P2", ["certain"], "covered"),
        ("education", "R=P1 B=P2", "R=P1 B=P3", OFF, "clear"),
        ("education", "R=P1 M=P2", "R=P2 B=P1", ["certain"], "covered"),
        ("education", "R=P1 B=P2", "R=P2 M=P3", ["certain"], "covered"),
        ("education", "R=P1:all B=P2", "R=P4:all B=P3", OFF, "clear"),
        ("education", "R=P4 B=P1:all", "R=P5 B=P2:all", OFF, "clear"),
        ("education", "R=P1 B=P2", "R=P1 B=P7", OFF, "uncheckable"),
        ("health", "R=P1", "R=P1", OFF, "clear"),
        ("health", "R=P1", "R=P7", OFF, "uncheckable"),
        ("protection", "R=P1", "R=P7", OFF, "clear"),
    ],
)
def test_links(purpose: str, one: str, other: str, expected: list[str], verdict: str) -> None:
    rules = {"weak_weights": {"weak.mother": 5, "weak.birth": 5}, "basket_by_size": []}
    story = told(
        told(Story(rules=rules), "BEL", one, purpose=purpose), "KIZ", other, purpose=purpose
    )
    assert strengths(story) == expected
    assert [a.verdict for a in story.judged().answers.values()][1] == verdict
    turned = told(
        told(Story(rules=rules), "BEL", other, purpose=purpose), "KIZ", one, purpose=purpose
    )
    assert strengths(turned) == expected


def test_a_quarantine_switches_a_number_off_and_on() -> None:
    story = told(told(Story(), "BEL", "R=P4"), "KIZ", "R=P4")
    tokens = subject("quarantined", "P4", "strong")
    record = {"kind": "quarantine", "version": 1, "quarantine_id": "z", "subjects": [tokens]}
    story.tell("ADMIN", record)
    assert strengths(story) == []
    told(story, "STK", "R=P4")
    assert list(story.judged().answers.values())[-1].verdict == "uncheckable"
    story.tell("ADMIN", record | {"version": 2, "status": "lifted"})
    assert strengths(story) == ["certain"] * 3


@pytest.mark.parametrize(
    ("third_from", "third_signed", "expected"),
    [
        # the last that is in force on 17 May, the later covers_from
        ("2026-05-17", True, ["certain"]),
        ("2026-05-18", True, OFF),
        ("2026-05-17", False, OFF),
        # not the one with the later date: the newer in the journal
        ("2025-01-01", True, ["certain"]),
    ],
)
def test_the_policy_of_the_later_covers_from(
    third_from: str, third_signed: bool, expected: list[str]
) -> None:
    """The second policy makes 16 days the least overlap, the third 7 again; 15 days overlap."""
    story = told(Story(), "BEL", "R=P1")
    told(story, "KIZ", "R=P1", covers_from="2026-05-17", covers_to="2026-06-17")
    for version, day, least in ((2, "2026-05-10", 16), (3, third_from, 7)):
        rules = {"least_overlap_days": least}
        policy = {"kind": "policy", "version": version, "in_force_from": day, "rules": rules}
        story.tell("ADMIN", policy)
        if third_signed or version == 2:
            signature = {"kind": "policy-signature", "version": 1, "policy_version": version}
            story.tell("SUPERVISOR", signature)
    assert strengths(story) == expected


@pytest.mark.parametrize(
    ("declared", "meets"),
    [
        ([], True),
        ([("BEL", "BEL-AID", "KIZ-AID")], True),
        ([("BEL", "BEL-AID", "KIZ-AID"), ("ADMIN", "KIZ-AID", "BEL-AID")], True),
        ([("BEL", "BEL-AID", "KIZ-AID"), ("KIZ", "KIZ-AID", "BEL-AID")], False),
    ],
)
def test_complementary_takes_both_owners(declared: list[tuple[str, str, str]], meets: bool) -> None:
    story = told(told(Story(), "BEL", "R=P1"), "KIZ", "R=P1")
    for signer, mine, theirs in declared:
        record = {"kind": "programme", "version": 2, "programme": mine, "complements": [theirs]}
        story.tell(signer, record)
    assert bool(strengths(story)) == meets
