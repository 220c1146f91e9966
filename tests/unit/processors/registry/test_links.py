"""Who is certainly served by both records: recipients, spouses, beneficiaries."""

import pytest

from tests.kit import System, assistance, spoken, token

HOUSEHOLD = ("basic-needs", "rent", "food", "hygiene", "winterisation")
BENEFICIARY = ("education", "livelihood")
NEVER = ("health", "protection", "other")


def pair(a: str, b: str, purpose: str = "basic-needs") -> tuple[list[str], str]:
    """Kinds of open findings, and the second verdict, of two payments to `a` and `b`."""
    system = System.ready()
    system.say(f"KIZ TEMEL k1 {purpose}/cash/m 600 2026-01 {a}")
    verdict = system.verdict(f"STK AID s1 {purpose}/cash/m 700 2026-01 {b}")
    return [row.rsplit(" ", 2)[0] for row in system.open_rows()], verdict


CERTAIN = (["double-coverage certain k1–s1"], "covered")
NOTHING: tuple[list[str], str] = ([], "clear")


@pytest.mark.parametrize("purpose", HOUSEHOLD)
def test_same_recipient_whoever_else_is_listed(purpose: str) -> None:
    assert pair("R=P01 M=P02", "R=P01 M=P09,P10", purpose) == CERTAIN


@pytest.mark.parametrize("purpose", NEVER)
def test_never_matched_purposes(purpose: str) -> None:
    assert pair("R=P01", "R=P01", purpose) == NOTHING


def test_each_recipient_is_listed_in_the_other() -> None:
    assert pair("R=P04 M=P05,P06", "R=P05 M=P04,P06") == CERTAIN


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("R=P04 M=P05", "R=P05 M=P07"),  # only one is listed: probable
        ("R=P05 M=P07", "R=P04 M=P05"),
        ("R=P01 M=P10,P11", "R=P02 M=P10,P11"),  # two shared members
        ("R=P01", "R=P02"),
    ],
)
def test_less_than_that_is_not_certain(a: str, b: str) -> None:
    found, verdict = pair(a, b)
    assert verdict != "covered"
    assert not [row for row in found if "certain" in row]


def test_household_purposes_take_beneficiaries_for_members() -> None:
    assert pair("R=P01 B=P02", "R=P02 B=P01", "rent") == CERTAIN


@pytest.mark.parametrize("purpose", BENEFICIARY)
@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("R=P16 B=P17", "R=P16 B=P17", CERTAIN),
        ("R=P16 B=P17", "R=P20 B=P17", CERTAIN),  # another parent collects
        ("R=P16 B=P17", "R=P16 B=P18", NOTHING),  # two children, one mother
        ("R=P16 B=P17,P18", "R=P16 B=P18", CERTAIN),  # one of several
        ("R=P17", "R=P16 B=P17", CERTAIN),  # no beneficiary: for its recipient
        ("R=P16", "R=P16 B=P17", NOTHING),
        ("R=P16 M=P17", "R=P17 M=P16", NOTHING),  # members do not count
        ("R=P16", "R=P16", CERTAIN),
    ],
)
def test_beneficiary_purposes(
    purpose: str, a: str, b: str, expected: tuple[list[str], str]
) -> None:
    assert pair(a, b, purpose) == expected


def test_a_beneficiary_without_a_number_does_not_fall_back_to_the_recipient() -> None:
    system = System.ready()
    system.say("KIZ OKUL k1 education/cash/m 900 2026-03 R=P16")
    _, _, record = spoken("STK EDU s1 education/cash/m 900 2026-03 R=P16 B=P17")
    record["subjects"][1]["tokens"] = []
    row = system.submit("STK", record)[0]
    assert row["answer"]
    assert row["answer"]["verdict"] == "uncheckable"
    assert system.findings() == {}


def test_level_does_not_decide_what_is_matched() -> None:
    system = System.ready()
    system.say("KIZ TEMEL k1 rent/cash/m 900 2026-03 R=P16 B=P17 level=individual")
    assert system.verdict("STK RENT s1 rent/cash/m 900 2026-03 R=P16 B=P18") == "covered"


def test_links_are_not_chained() -> None:
    system = System.ready()
    system.say("KIZ TEMEL k1 rent/cash/m 900 2026-03 R=P01 M=P02")
    system.say("STK RENT s1 rent/cash/m 900 2026-03 R=P02 M=P01,P03")
    system.say("BEL KIRA b1 rent/cash/m 900 2026-03 R=P03 M=P02")
    found = [row.split(" ")[1:3] for row in system.open_rows()]
    assert found == [["certain", "b1–s1"], ["certain", "k1–s1"], ["possible", "b1–k1"]]


def test_one_number_of_several_is_enough_and_three_shared_make_one_row() -> None:
    system = System.ready()
    first = assistance("KIZ", "TEMEL", "k1", "rent/cash/m 900", "2026-03", "R=P01 M=P02,P03")
    first["subjects"][0]["tokens"].append(["sy.passport", "a" * 32])
    second = assistance("STK", "RENT", "s1", "rent/cash/m 900", "2026-03", "R=X M=P02,P03")
    second["subjects"][0]["tokens"] = [["sy.passport", "a" * 32]]
    system.submit("KIZ", first)
    row = system.submit("STK", second)[0]
    assert row["answer"]
    assert row["answer"]["verdict"] == "covered"
    assert len(system.findings()) == 1


def test_the_same_digits_of_another_scheme_are_another_person() -> None:
    system = System.ready()
    first = assistance("KIZ", "TEMEL", "k1", "rent/cash/m 900", "2026-03", "R=P01")
    second = assistance("STK", "RENT", "s1", "rent/cash/m 900", "2026-03", "R=P01")
    second["subjects"][0]["tokens"] = [["sy.passport", token("P01")[1]]]
    system.submit("KIZ", first)
    row = system.submit("STK", second)[0]
    assert row["answer"]
    assert row["answer"]["verdict"] == "clear"


def test_person_is_the_first_that_brought_the_token() -> None:
    system = System.ready()
    system.say("KIZ TEMEL k1 rent/cash/m 900 2026-03 R=P04 M=P05")
    system.say("STK RENT s1 rent/cash/m 900 2026-03 R=P05 M=P04")
    (finding,) = system.findings().values()
    # k1 is `a`; its recipient stands first in its list
    seq, index, subject = finding["person"]
    assert (seq, index, subject) == (2, 1, 0)


# -- same organisation, same programme -----------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("KIZ TEMEL k1", "KIZ TEMEL k2", "repeated-payment"),
        ("KIZ TEMEL k1", "KIZ OTHER k2", "double-coverage"),
        ("KIZ TEMEL k1", "STK AID k2", "double-coverage"),
    ],
)
def test_repeated_payment_is_of_one_programme(first: str, second: str, kind: str) -> None:
    system = System.ready()
    system.say(f"{first} rent/cash/m 900 2026-03 R=P01")
    assert system.verdict(f"{second} rent/cash/m 900 2026-03 R=P01") == "covered"
    assert system.open_rows() == [f"{kind} certain k1–k2 [2026-03-01,2026-04-01) 900.00"]


def test_purposes_do_not_meet_each_other() -> None:
    system = System.ready()
    system.say("KIZ TEMEL k1 basic-needs/cash/m 900 2026-03 R=P01")
    assert system.verdict("STK AID s1 food/cash/m 900 2026-03 R=P01") == "clear"


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ("cash", "voucher", "covered"),
        ("voucher", "voucher", "covered"),
        ("in-kind", "in-kind", "covered"),
        ("cash", "in-kind", "clear"),
        ("voucher", "in-kind", "clear"),
        ("service", "service", "clear"),
        ("service", "cash", "clear"),
    ],
)
def test_modality_classes(a: str, b: str, verdict: str) -> None:
    for first, second in ((a, b), (b, a)):
        system = System.ready()
        system.say(f"KIZ TEMEL k1 food/{first}/m 900 2026-03 R=P01")
        assert system.verdict(f"STK AID s1 food/{second}/m 900 2026-03 R=P01") == verdict
        assert len(system.open_rows()) == (verdict == "covered")
