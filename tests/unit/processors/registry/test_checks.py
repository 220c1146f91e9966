"""What a finding says was checked: each kind of link by its name, and what it rests on."""

import hashlib
from typing import Any, get_args

import pytest

from events.codec import dumps
from events.outputs import FindingRevision, LinkName
from tests.kit import System, assistance_id, token
from tests.speech import ZERO_NONCE, spoken

K = "KIZ TEMEL k1 basic-needs/cash/m 6000 2025-01"
S = "STK NAKIT s1 basic-needs/cash/m 8000 2025-01"
LOOSE = {"F": "weak.phone", "N": "weak.name-birth", "C": "case.unhcr"}


def say(system: System, line: str) -> None:
    """A line, whose recipient may have a telephone (+F1), a name (+N1), a case number (+C1)."""
    line, *names = line.split(" +")
    org, reference, record = spoken(line)
    system.names[record["assistance_id"]] = reference
    for name in names:
        value = hashlib.sha256(name.encode()).hexdigest()[:32]
        record["subjects"][0]["tokens"].append([LOOSE[name[0]], value])
    row = system.submit(org, record)[0]
    assert row["disposition"] == "accepted", row


def found(*lines: str, system: System | None = None) -> FindingRevision:
    """The one finding after these lines."""
    system = system or System.ready()
    for line in lines:
        say(system, line)
    (finding,) = system.findings().values()
    return finding


def checks(*lines: str, system: System | None = None) -> dict[str, Any]:
    return dict(found(*lines, system=system)["checks"])


def succeeded(system: System, org: str, former: str, successor: str) -> None:
    sides = (("former", former), ("successor", successor))
    record = {
        "kind": "succession", "nonce": ZERO_NONCE, "version": 1,
        "succession_id": assistance_id(org, "x"),
        "subjects": [{"role": role, "tokens": [token(who)]} for role, who in sides],
    }  # fmt: skip
    assert system.submit(org, record)[0]["disposition"] == "accepted"


LINKS = {
    "same-recipient": (f"{K} R=P01 M=P02", f"{S} R=P01 M=P02"),
    "same-beneficiary": (
        "KIZ TEMEL k1 education/cash/m 600 2025-01 R=P01 B=P02",
        "STK NAKIT s1 education/cash/m 600 2025-01 R=P03 B=P02",
    ),
    "each-lists-other": (f"{K} R=P01 M=P02", f"{S} R=P02 M=P01"),
    "one-lists-other": (f"{K} R=P01 M=P02", f"{S} R=P02 M=P03"),
    "shared-members": (f"{K} R=P01 M=P02,P03", f"{S} R=P04 M=P02,P03"),
    "shared-member": (f"{K} R=P01 M=P02", f"{S} R=P04 M=P02"),
    "case-number": (f"{K} R=P01 +C1", f"{S} R=P04 +C1"),
    "telephone-or-account": (f"{K} R=P01 +F1", f"{S} R=P04 +F1"),
    "weak": (f"{K} R=P01 +N1", f"{S} R=P04 +N1"),
}
MET = {
    "same-recipient": [["member", "member"], ["recipient", "recipient"]],
    "same-beneficiary": [["beneficiary", "beneficiary"]],
    "each-lists-other": [["member", "recipient"], ["recipient", "member"]],
    "one-lists-other": [["member", "recipient"]],
    "shared-members": [["member", "member"]],
    "shared-member": [["member", "member"]],
}
STRENGTHS = {
    "certain": ("same-recipient", "same-beneficiary", "each-lists-other"),
    "probable": ("one-lists-other", "shared-members", "case-number"),
    "possible": ("shared-member", "telephone-or-account", "weak"),
}


@pytest.mark.parametrize("name", get_args(LinkName))
def test_a_link_is_called_by_its_name(name: str) -> None:
    system = System.ready()
    rules = {"weak_threshold_apart": 10}
    system.policy(2, "2025-01-01", **rules)
    finding = found(*LINKS[name], system=system)
    said: dict[str, Any] = {**finding["checks"]}
    assert said["link"] == name
    assert name in STRENGTHS[finding["strength"]]
    met = [[a, b] for a, b, _ in said["subjects"]]
    assert met == MET.get(name, [["recipient", "recipient"]])
    assert said["matched_as"] == ("beneficiary" if name == "same-beneficiary" else "household")
    assert (said["weight"], said["threshold"]) == ((10, 10) if name == "weak" else (0, 0))
    assert said["succession"] == ""


def test_the_types_of_what_met_are_named_and_no_token_is() -> None:
    finding = found(*LINKS["weak"])
    assert finding["checks"]["subjects"] == [  # type: ignore[typeddict-item]  # of a pair
        ["recipient", "recipient", "weak.name-birth"]
    ]
    value = hashlib.sha256(b"N1").hexdigest()[:32]
    assert value not in dumps(finding).decode()


def test_windows_and_days() -> None:
    said = checks(
        "KIZ TEMEL k1 basic-needs/cash/1 6000 2025-01-10,2025-01-12 R=P01",
        "STK NAKIT s1 basic-needs/cash/m 8000 2025-01-20,2025-02-20 R=P01",
    )
    assert said["window_a"] == ["2025-01-10", "2025-02-07"]
    assert said["window_b"] == ["2025-01-20", "2025-02-20"]
    assert (said["overlap_days"], said["least_overlap_days"]) == (18, 7)
    assert (said["same_programme"], said["modality_class"]) == (False, 0)


def test_the_overlap_that_was_asked_is_a_shorter_windows_whole() -> None:
    said = checks(
        "KIZ TEMEL k1 basic-needs/cash/m 6000 2025-01-10,2025-01-13 R=P01",
        "KIZ TEMEL k2 basic-needs/cash/m 6000 2025-01-01,2025-02-01 R=P01",
    )
    assert (said["overlap_days"], said["least_overlap_days"]) == (3, 3)
    assert said["same_programme"] is True


def test_a_succession_that_one_body_said_then_two() -> None:
    system = System.ready()
    succeeded(system, "KIZ", "P01", "P09")
    finding = found(f"{K} R=P01", f"{S} R=P09", system=system)
    one = dict(finding["checks"])
    assert (finding["strength"], one["link"], one["succession"]) == (
        "probable", "same-recipient", "one",
    )  # fmt: skip
    succeeded(system, "STK", "P01", "P09")
    (finding,) = system.findings().values()
    two = dict(finding["checks"])
    assert (finding["strength"], two["link"], two["succession"]) == (
        "certain", "same-recipient", "several",
    )  # fmt: skip
    assert two["subjects"] == [["recipient", "recipient", token("P01")[0]]]


def test_checks_are_those_of_the_revision_and_stay_when_it_is_withdrawn() -> None:
    system = System.ready()
    first = found(f"{K} R=P01 M=P02", f"{S} R=P02 M=P03", system=system)
    say(system, f"AMEND {S} R=P01 M=P03 version=3")
    (second,) = system.findings().values()
    assert (first["checks"]["link"], second["checks"]["link"]) == (  # type: ignore[typeddict-item]
        "one-lists-other", "same-recipient",
    )  # fmt: skip
    say(system, f"AMEND {S} R=P05 M=P06 version=4")
    (third,) = system.findings().values()
    assert third["status"] == "withdrawn"
    assert third["checks"] == second["checks"]


def test_a_revision_stays_small() -> None:
    finding = found(*LINKS["same-recipient"])
    whole = len(dumps(finding))
    assert whole - len(dumps({**finding, "checks": None})) < whole / 2


def test_a_gap_says_what_was_looked_for() -> None:
    system = System.ready()
    need = {
        "kind": "need", "nonce": ZERO_NONCE, "version": 1, "need_id": assistance_id("KIZ", "n1"),
        "purpose": "food", "assessed_on": "2025-01-01", "district": "TUR034026",
        "subjects": [{"role": "recipient", "tokens": [token("P01")]}],
    }  # fmt: skip
    assert system.submit("KIZ", need)[0]["disposition"] == "accepted"
    system.step("2025-01-15")
    (finding,) = system.findings().values()
    assert (finding["kind_a"], finding["checks"]) == (
        "need", {"met_by": ["basic-needs", "food"], "wait_days": 14, "due": "2025-01-15"},
    )  # fmt: skip


def test_a_sum_says_what_it_was_held_against() -> None:
    system = System.ready()
    system.policy(2, "2025-01-01", basket_by_size=["3000", "4000"], basket_further="500")
    for line in (f"{K} R=P01 M=P02", "STK NAKIT s1 rent/cash/m 8000 2025-01 R=P01 M=P02"):
        say(system, line)
    (finding,) = (
        f for f in system.findings().values() if (f["kind"], f["status"]) == ("over-cap", "open")
    )
    assert (finding["kind_a"], finding["checks"]) == (
        "assistance", {"size": 2, "cap": "4000.00", "total": "14000.00"},
    )  # fmt: skip
