"""The tokens of two epochs beside each other: nothing comes of them by themselves."""

import hashlib
from copy import deepcopy
from typing import Any

import pytest

from events.model import ADMINISTRATION
from tests.kit import System, told
from tests.unit.processors.registry.desk import Desk
from tests.unit.processors.registry.test_suspects import suspect_cases

LINE = "KIZ ESSN k1 rent/cash/m 600 2025-01 R=P01 M=P02"
OTHER = "STK MPCA s1 rent/cash/m 600 2025-01 R=P01"
OLD, BOTH, NEW = ("e1",), ("e1", "e2"), ("e2",)


def of_epoch(token: list[str], epoch: str) -> list[str]:
    """The same number's token in another epoch; the kit's own is that of e1."""
    kind, value = token
    if epoch == "e1":
        return token
    return [kind, hashlib.sha256(f"{epoch} {value}".encode()).hexdigest()[:32]]


def in_epochs(record: dict[str, Any], epochs: tuple[str, ...], **fields: Any) -> dict[str, Any]:
    """A record with the tokens of these epochs beside each other."""
    found = deepcopy(record) | fields
    for subject in found["subjects"]:
        subject["tokens"] = [of_epoch(t, epoch) for t in subject["tokens"] for epoch in epochs]
    return found


def say(system: System, line: str, epochs: tuple[str, ...], extra: Any = (), **of: Any) -> str:
    """Say a line with tokens of epochs; its verdict, '' if it has none, or a reason.

    `extra` are further tokens (of e1) of the first person.
    """
    org, reference, record = told(line)
    record["subjects"][0]["tokens"] += [list(token) for token in extra]
    system.names[record[f"{record['kind']}_id"]] = reference
    (row,) = system.submit(org, in_epochs(record, epochs, **of))
    return row["reason"] or (row["answer"]["verdict"] if row["answer"] else "")


def made(kind: str, what: str) -> tuple[str, str]:
    return kind, hashlib.sha256(what.encode()).hexdigest()[:32]


# -- who meets whom -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict"),
    [
        (OLD, BOTH, "covered"),
        (BOTH, OLD, "covered"),
        (NEW, BOTH, "covered"),
        (BOTH, NEW, "covered"),
        (BOTH, BOTH, "covered"),
        (OLD, NEW, "clear"),
        (NEW, OLD, "clear"),
    ],
)
def test_records_meet_in_any_epoch_that_both_carry(
    mine: tuple[str, ...], theirs: tuple[str, ...], verdict: str
) -> None:
    system = System.ready()
    assert say(system, LINE, mine) == "clear"
    assert say(system, OTHER, theirs) == verdict


def test_one_person_in_two_epochs_is_one_shared_member() -> None:
    system = System.ready()
    say(system, "KIZ ESSN k1 rent/cash/m 600 2025-01 R=P01 M=P03", BOTH)
    say(system, "STK MPCA s1 rent/cash/m 600 2025-01 R=P02 M=P03", BOTH)
    assert [finding["strength"] for finding in system.findings().values()] == ["possible"]


def test_a_weak_type_counts_once() -> None:
    for weight, found in ((5, 0), (10, 1)):
        system = System.ready()
        system.policy(2, "2025-01-01", weak_weights={"weak.name-birth": weight})
        name = made("weak.name-birth", "name")
        for line in (LINE.replace("P01", "A1"), OTHER.replace("P01", "A2")):
            say(system, line, BOTH, [name])
        assert len(system.findings()) == found


def test_two_types_still_add_up() -> None:
    system = System.ready()
    system.policy(2, "2025-01-01", weak_weights={"weak.mother": 5, "weak.birth": 5})
    both = [made("weak.mother", "m"), made("weak.birth", "b")]
    for line in (LINE.replace("P01", "A1"), OTHER.replace("P01", "A2")):
        say(system, line, BOTH, both)
    assert len(system.findings()) == 1


def test_two_bodies_meet_over_a_succession_said_in_both_epochs() -> None:
    system = System.ready()
    say(system, LINE, OLD)
    for org in ("KIZ", "STK"):
        assert say(system, f"SUCCEED {org} u1 P01 X1", BOTH) == ""
    assert say(system, OTHER.replace("P01", "X1"), NEW) == "covered"
    assert [finding["strength"] for finding in system.findings().values()] == ["certain"]


# -- live records are published again -------------------------------------------------------------


def test_published_again_nothing_changes_and_new_records_meet_it() -> None:
    system = System.ready()
    say(system, LINE, OLD)
    say(system, OTHER, OLD)
    findings, before = system.findings(), len(system.outputs)
    assert say(system, LINE, BOTH, version=3) == "covered", "as any delivery beside a delivered one"
    assert say(system, OTHER, BOTH, version=3) == "covered"
    told_since = system.outputs[before:]
    assert [output["findings"] for output in told_since] == [[], []]
    assert [output["cases"] for output in told_since] == [[], []]
    assert [output["excess"] for output in told_since] == [[], []]
    assert [output["notices"] for output in told_since] == [[], []]
    rows = [(row["version"], row["outcome"]) for out in told_since for row in out["verdicts"]]
    assert rows == [(3, "delivered"), (3, "delivered")], "one answer to each, no other is said anew"
    assert system.findings() == findings
    assert say(system, OTHER.replace("STK MPCA s1", "UNH AID u1"), NEW) == "covered"
    assert len(system.findings()) == 3
    people = {tuple(finding["person"]) for finding in system.findings().values()}
    assert len(people) == 1, "a person is called the same in all epochs"
    assert len({finding["case_id"] for finding in system.findings().values()}) == 1


def test_who_was_first_stays_first() -> None:
    system = System.ready()
    plan = "PLAN KIZ ESSN k1 rent/cash/m 600 2025-01 R=P01"
    other = "PLAN STK MPCA s1 rent/cash/m 600 2025-01 R=P01"
    assert say(system, plan, OLD) == "clear"
    assert say(system, other, OLD) == "covered"
    assert say(system, other, BOTH, version=2) == "covered"
    assert say(system, plan, BOTH, version=2) == "clear"
    assert say(system, other.replace("STK MPCA s1", "UNH AID u1"), NEW) == "covered"
    assert say(system, plan, NEW, version=3) == "clear"
    assert system.findings() == {}


@pytest.mark.parametrize(
    ("again", "held"), [(BOTH, False), (OLD, True), (NEW, True)], ids=["both", "same", "unlike"]
)
def test_a_plan_said_again_in_another_epoch_is_no_renewal(
    again: tuple[str, ...], held: bool
) -> None:
    system = System.ready()
    plan = "PLAN KIZ ESSN k1 rent/cash/m 600 2025-06 R=P01"
    say(system, plan, OLD)
    system.step("2025-01-20")
    say(system, plan, again, version=2)
    system.step("2025-02-05")
    other = say(system, "PLAN STK MPCA s1 rent/cash/m 600 2025-06 R=P01", again)
    assert other == ("covered" if held else "clear")


def test_a_plan_that_says_something_else_too_is_renewed() -> None:
    system = System.ready()
    plan = "PLAN KIZ ESSN k1 rent/cash/m 600 2025-06 R=P01"
    say(system, plan, OLD)
    system.step("2025-01-20")
    say(system, plan, BOTH, version=2, amount="700")
    system.step("2025-02-05")
    assert say(system, plan.replace("KIZ ESSN k1", "STK MPCA s1"), BOTH) == "covered"


def test_a_need_is_still_unmet_or_met() -> None:
    system = System.ready()
    say(system, "NEED KIZ n1 rent 2025-01-01 R=P01", OLD)
    system.step("2025-02-05")
    before = system.findings()
    assert [finding["kind"] for finding in before.values()] == ["unmet-need"]
    say(system, "NEED KIZ n1 rent 2025-01-01 R=P01", BOTH, version=2)
    assert system.findings() == before
    say(system, "STK MPCA s1 rent/cash/m 600 2025-02 R=P01", NEW)
    assert {finding["status"] for finding in system.findings().values()} == {"withdrawn"}


# -- what is counted ------------------------------------------------------------------------------


def test_a_common_telephone_stays_silent_in_the_new_epoch() -> None:
    system = System.ready()
    phone = [made("weak.phone", "office")]
    lines = [f"KIZ ESSN k{n} rent/cash/m 600 2025-01 R=A{n}" for n in range(6)]
    for line in lines:
        say(system, line, OLD, phone)
    assert system.open_rows() == []
    before = system.findings()
    for line in lines:
        say(system, line, BOTH, phone, version=3)
        assert system.findings() == before
    say(system, "STK MPCA s1 rent/cash/m 600 2025-01 R=B1", NEW, phone)
    assert system.open_rows() == []


def test_a_telephone_of_two_families_links_them_once() -> None:
    system = System.ready()
    phone = [made("weak.phone", "neighbours")]
    for org, code, name in (("KIZ", "ESSN", "A1"), ("STK", "MPCA", "A2")):
        say(system, f"{org} {code} x rent/cash/m 600 2025-01 R={name}", BOTH, phone)
    assert [finding["strength"] for finding in system.findings().values()] == ["possible"]


VICTIMS = [f"KIZ ESSN k{n} rent/cash/m 100 2025-01 R=A{n} M=B{n},VICTIM" for n in range(12)]
VICTIM = told(VICTIMS[0])[2]["subjects"][2]["tokens"][0]


def switched(system: System, version: int, status: str, *epochs: str) -> None:
    subjects = [{"role": "quarantined", "tokens": [of_epoch(VICTIM, one) for one in epochs]}]
    name = "00000000-0000-4000-8000-000000000001"
    fields: dict[str, Any] = {"quarantine_id": name, "subjects": subjects, "status": status}
    row = system.control("quarantine", version, ADMINISTRATION, **fields)
    assert row["disposition"] == "accepted", row


def test_a_suspect_number_has_one_case_in_all_epochs() -> None:
    system = System.ready()
    for line in VICTIMS[:10]:
        say(system, line, BOTH)
    assert suspect_cases(system) == []
    for line in VICTIMS[10:]:
        say(system, line, BOTH)
    assert [case["findings"] for case in suspect_cases(system)] == [11]
    switched(system, 1, "active", "e1", "e2")
    assert [case["status"] for case in suspect_cases(system)] == ["closed"]


def test_a_case_about_a_number_goes_on_in_the_next_epoch() -> None:
    system = System.ready()
    for line in VICTIMS[:11]:
        say(system, line, OLD)
    assert len(suspect_cases(system)) == 1
    for version, epochs in ((3, BOTH), (4, NEW)):
        for line in VICTIMS[:11]:
            say(system, line, epochs, version=version)
    assert [case["status"] for case in suspect_cases(system)] == ["open"]
    # switched off in one epoch alone the case is closed; what still counts may open another
    switched(system, 1, "active", "e1")
    assert [case["status"] for case in suspect_cases(system)] == ["closed"]
    say(system, VICTIMS[11], NEW)
    assert [case["status"] for case in suspect_cases(system)] == ["closed", "open"]


def test_records_of_one_family_stay_one_household_in_two_epochs() -> None:
    system = System.ready()
    for number in range(14):
        say(system, f"KIZ ESSN k{number} health/cash/m 100 2025-01 R=P01 M=P02", BOTH)
        say(system, f"STK MPCA s{number} health/cash/m 100 2025-01 R=P05", BOTH)
    assert suspect_cases(system) == []


# -- what was decided -----------------------------------------------------------------------------


def test_what_was_dismissed_stays_so_when_the_old_tokens_are_gone() -> None:
    desk = Desk()
    desk.system.say(LINE)
    desk.system.say(OTHER)
    assert desk.decides("dismiss", "top-up") == "applied"
    for epochs, version in ((BOTH, 3), (NEW, 4)):
        for line in (LINE, OTHER):
            say(desk.system, line, epochs, version=version)
    assert {f["status"] for f in desk.system.findings().values()} == {"dismissed"}
    # the dismissal covers later payments of the same programmes, told by the new tokens alone
    say(desk.system, LINE.replace("2025-01", "2025-02").replace("k1", "k2"), NEW)
    say(desk.system, OTHER.replace("2025-01", "2025-02").replace("s1", "s2"), NEW)
    assert [f["status"] for f in desk.system.findings().values()] == ["dismissed"] * 2
    # and still nobody else
    say(desk.system, LINE.replace("2025-01", "2025-03").replace("P01", "P09"), NEW, version=5)
    say(desk.system, OTHER.replace("2025-01", "2025-03").replace("P01", "P09"), NEW, version=5)
    assert "open" in {f["status"] for f in desk.system.findings().values()}


def test_a_number_is_switched_off_in_the_epochs_that_its_quarantine_names() -> None:
    system = System.ready()
    say(system, LINE, BOTH)
    tokens = [of_epoch(list(told(LINE)[2]["subjects"][0]["tokens"][0]), epoch) for epoch in BOTH]
    subjects = [{"role": "quarantined", "tokens": tokens}]
    name = "00000000-0000-4000-8000-000000000001"
    row = system.control("quarantine", 1, ADMINISTRATION, quarantine_id=name, subjects=subjects)
    assert row["disposition"] == "accepted"
    assert say(system, OTHER, BOTH) == "uncheckable"
