"""Versions: amendments, cancellations and returns, in whatever order they arrive."""

from itertools import permutations

import pytest

from events.outputs import FindingRevision
from tests.kit import System

OTHER = "STK NAKIT s1 basic-needs/cash/m 800 2026-05 R=P01"
BASE = "KIZ TEMEL k1 basic-needs/cash/m 600 2026-05 R=P01"
PAIR = "double-coverage certain k1–s1 [2026-05-01,2026-06-01)"


def changed(system: System) -> list[FindingRevision]:
    """The revisions that the last block made."""
    return system.outputs[-1]["findings"]


HISTORIES: list[tuple[tuple[str, ...], list[str]]] = [
    ((BASE,), [f"{PAIR} 600.00"]),
    ((f"PLAN {BASE}",), []),
    ((f"PLAN {BASE}", BASE), [f"{PAIR} 600.00"]),
    ((BASE, f"AMEND {BASE.replace('600', '500')} version=3"), [f"{PAIR} 500.00"]),
    ((f"PLAN {BASE}", f"AMEND {BASE}"), []),  # an amended plan is still a plan
    ((BASE, f"CANCEL {BASE} version=3"), []),
    ((BASE, f"CANCEL {BASE} version=3", f"{BASE} version=4"), [f"{PAIR} 600.00"]),
    ((BASE, f"CANCEL {BASE} version=3", f"PLAN {BASE} version=4"), []),
    ((BASE, f"CANCEL {BASE} version=3", f"AMEND {BASE} version=4"), []),
    ((f"RETURN {BASE} returned_amount=100",), [f"{PAIR} 500.00"]),
    (
        (BASE, f"RETURN {BASE} version=3 returned_amount=100", f"AMEND {BASE} version=4"),
        [f"{PAIR} 600.00"],  # the highest version's content wins, its return too
    ),
    ((BASE, f"RETURN {BASE} version=3 returned_amount=600"), []),
    (
        (
            BASE,
            f"RETURN {BASE} version=3 returned_amount=600",
            f"RETURN {BASE} version=4 returned_amount=500",
        ),
        [f"{PAIR} 100.00"],
    ),
    (
        (
            f"PLAN {BASE}",
            BASE,
            f"RETURN {BASE} version=3 returned_amount=600",
            f"AMEND {BASE} version=4 returned_amount=600",
        ),
        [],
    ),
    ((BASE, f"AMEND {BASE.replace('P01', 'P02')} version=3"), []),  # another person after all
    ((BASE, f"AMEND {BASE.replace('basic-needs', 'rent')} version=3"), []),
    ((BASE, f"AMEND {BASE.replace('cash', 'in-kind')} version=3"), []),
    ((BASE, f"AMEND {BASE.replace('2026-05', '2026-06')} version=3"), []),
    ((BASE, f"AMEND {BASE} version=3 protected=true"), []),
    (
        (BASE, f"AMEND {BASE} version=3 protected=true", f"AMEND {BASE} version=4"),
        [f"{PAIR} 600.00"],
    ),
]


@pytest.mark.parametrize(("versions", "rows"), HISTORIES)
def test_what_stands_open_does_not_depend_on_the_order(
    versions: tuple[str, ...], rows: list[str]
) -> None:
    orders = list(permutations((*versions, OTHER)))
    for order in orders:
        system = System.ready()
        for line in order:
            assert system.say(line)["disposition"] == "accepted"
        assert system.open_rows() == rows, order


def test_a_finding_is_revised_withdrawn_and_reopened_under_one_id() -> None:
    system = System.ready()
    system.say(BASE)
    system.step("2025-01-02")
    system.say(OTHER)
    (opened,) = changed(system)
    assert (opened["revision"], opened["status"], opened["opened_day"]) == (1, "open", "2025-01-02")
    system.step("2025-01-03")
    system.say(f"CANCEL {BASE} version=3")
    (withdrawn,) = changed(system)
    system.step("2025-01-04")
    system.say(f"{BASE.replace('600', '700')} version=4")
    (reopened,) = changed(system)
    history = [opened, withdrawn, reopened]
    assert [f["revision"] for f in history] == [1, 2, 3]
    assert [f["status"] for f in history] == ["open", "withdrawn", "open"]
    assert [f["changed_day"] for f in history] == ["2025-01-02", "2025-01-03", "2025-01-04"]
    assert {f["opened_day"] for f in history} == {"2025-01-02"}
    assert len({f["finding_id"] for f in history}) == 1
    assert [f["amount_at_risk"] for f in history] == ["600.00", "600.00", "700.00"]
    # each names the record that caused it: (seq, index) of its item
    assert [f["caused_by"][1] for f in history] == [1, 1, 1]
    assert [f["caused_by"][0] for f in history] == [
        o["seq"] for o in system.outputs if o["findings"]
    ]


def test_no_revision_when_nothing_of_it_changed() -> None:
    system = System.ready()
    system.say(BASE)
    system.say(OTHER)
    system.say(f"AMEND {BASE} version=3 delivery_mechanism=card")
    assert changed(system) == []
    # an older version that arrives late changes nothing either
    system.say(f"PLAN {BASE.replace('600', '50')}")
    assert changed(system) == []
    # the district is a's: it is said
    system.say(f"AMEND {BASE} version=4 district=TUR034018")
    (revised,) = changed(system)
    assert (revised["revision"], revised["district"]) == (2, "TUR034018")


def test_a_finding_with_what_became_protected_stays_withdrawn() -> None:
    system = System.ready()
    system.say(BASE)
    system.say(OTHER)
    system.say(f"AMEND {OTHER} version=3 protected=true")
    assert [f["status"] for f in changed(system)] == ["withdrawn"]
    system.say(f"AMEND {BASE.replace('600', '500')} version=3")
    assert changed(system) == []
    assert system.verdict(f"{BASE} version=4") == "clear"


def test_another_programme_turns_a_repeated_payment_into_double_coverage() -> None:
    system = System.ready()
    system.say(BASE)
    system.say(BASE.replace("k1", "k2"))
    assert [row.split()[0] for row in system.open_rows()] == ["repeated-payment"]
    system.say(f"AMEND {BASE.replace('TEMEL', 'OTHER')} version=3")
    assert {f["kind"]: (f["status"], f["revision"]) for f in changed(system)} == {
        "repeated-payment": ("withdrawn", 2),
        "double-coverage": ("open", 1),
    }
    system.say(f"AMEND {BASE} version=4")
    assert {f["kind"]: (f["status"], f["revision"]) for f in changed(system)} == {
        "repeated-payment": ("open", 3),
        "double-coverage": ("withdrawn", 2),
    }


def test_one_record_revises_all_its_findings_once() -> None:
    system = System.ready()
    system.say(BASE)
    for org, programme, reference in (("STK", "NAKIT", "s1"), ("UNH", "AID", "u1")):
        system.say(f"{org} {programme} {reference} basic-needs/cash/m 800 2026-05 R=P01")
    system.say(f"RETURN {BASE} version=3 returned_amount=600")
    assert [(f["status"], f["revision"]) for f in changed(system)] == [("withdrawn", 2)] * 2
    assert len(system.open_rows()) == 1  # s1–u1 stays


def test_ids_and_order_of_a_pair() -> None:
    system = System.ready()
    system.say(OTHER)
    system.say(BASE)
    (finding,) = system.findings().values()
    assert (finding["org_a"], finding["org_b"]) == ("KIZ", "STK")
    assert (finding["district"], finding["currency"]) == ("TUR034026", "TRY")
    other = System.ready()
    other.say(BASE)
    other.say(OTHER)
    assert set(other.findings()) == set(system.findings())


# -- the way of an answer ------------------------------------------------------------------------


def outcome(*lines: str, of: int = 1) -> str:
    """The outcome of the answer to k1's version `of` after the lines."""
    system = System.ready()
    for line in lines:
        assert system.say(line)["disposition"] == "accepted"
    return system.verdicts()["KIZ", "k1", of]["outcome"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((f"PLAN {BASE}",), "pending"),
        ((f"PLAN {BASE}", BASE), "delivered"),
        ((BASE, f"PLAN {BASE}"), "delivered"),  # versions in another order
        ((f"PLAN {BASE}", f"CANCEL {BASE}"), "cancelled-after-verdict"),
        ((f"CANCEL {BASE}", f"PLAN {BASE}"), "cancelled-after-verdict"),
        ((OTHER, f"PLAN {BASE}", BASE), "delivered-anyway"),
        ((OTHER, f"PLAN {BASE}", f"CANCEL {BASE}"), "cancelled-after-verdict"),
        ((f"PLAN {BASE}", OTHER, BASE), "delivered"),  # it had been answered clear
        ((f"PLAN {BASE}", BASE, f"CANCEL {BASE} version=3"), "delivered"),
        ((f"PLAN {BASE}", f"RETURN {BASE} returned_amount=1"), "delivered"),
        ((f"PLAN {BASE}", f"AMEND {BASE}"), "pending"),
    ],
)
def test_outcome_of_a_plan(lines: tuple[str, ...], expected: str) -> None:
    assert outcome(*lines) == expected


def test_outcome_of_a_first_delivery() -> None:
    assert outcome(BASE, of=2) == "delivered"
    assert outcome(OTHER, BASE, of=2) == "delivered"
    assert outcome(BASE, f"CANCEL {BASE} version=3", of=2) == "delivered"


def test_an_outcome_is_said_when_it_changes_and_only_then() -> None:
    system = System.ready()
    system.say(f"PLAN {BASE}")
    assert [v["outcome"] for v in system.outputs[-1]["verdicts"]] == ["pending"]
    system.say(OTHER)
    assert [v["org"] for v in system.outputs[-1]["verdicts"]] == ["STK"]
    system.say(BASE)
    said = [(v["version"], v["outcome"]) for v in system.outputs[-1]["verdicts"]]
    assert said == [(1, "delivered"), (2, "delivered")]
    system.say(f"AMEND {BASE} version=3")
    assert system.outputs[-1]["verdicts"] == []
