"""Links between two records, said straight to the functions: what each line of them is for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from processors.registry.links import (
    Aliases,
    LinkView,
    is_named,
    shared_place,
    stand_apart,
    strength,
    view_of,
)

PHONE, OTHER_PHONE, IBAN = "weak.phone:1", "weak.phone:2", "weak.iban:1"
MOTHER, BIRTH, CASE, OTHER_CASE = "weak.mother:1", "weak.birth:1", "case.unhcr:1", "case.unhcr:2"
FEW = {PHONE: 1, OTHER_PHONE: 1, IBAN: 1}


@dataclass(frozen=True)
class Weak:
    """What a policy says of weak tokens."""

    weak_weights: Mapping[str, int] = field(default_factory=lambda: {"weak.mother": 10})
    weak_threshold: int = 10
    weak_threshold_apart: int = 10
    shared_recipients: int = 5


RULES = Weak()


def people(text: str) -> list[tuple[str, list[str], list[str]]]:
    """`R x y phone`, `M z`: one person after the other. All bare numbers are of one type."""
    roles = {"R": "recipient", "M": "member", "B": "beneficiary"}
    found = []
    for person in text.split(", "):
        role, *tokens = person.split()
        loose = [token for token in tokens if token.startswith(("weak.", "case."))]
        found.append((roles[role], [token for token in tokens if token not in loose], loose))
    return found


def side(
    text: str,
    sure: Mapping[str, str] | None = None,
    said: Mapping[str, str] | None = None,
    sharers: Mapping[str, int] = FEW,
    off: str = "",
) -> LinkView:
    """A record's side; `sure` and `said` tell one token that stands beside another."""

    def aliases(token: str) -> Aliases | None:
        if token == off:
            return Aliases(frozenset(), frozenset(), frozenset())
        if token not in (sure or {}) and token not in (said or {}):
            return None
        own = frozenset((token,))
        known = own | {(sure or {}).get(token, token)}
        return Aliases(own, known, known | {(said or {}).get(token, token)})

    return view_of(people(text), aliases, lambda token: token == off, lambda token: sharers[token])


def link(a: str, b: str, *, at: bool = False, rules: Weak = RULES) -> str:
    """The strength of the link of two records, which is the same from both sides."""
    found = strength(side(a), side(b), at, rules)
    assert strength(side(b), side(a), at, rules) == found
    return found


# -- a record's side -----------------------------------------------------------------------------


def test_each_kind_of_token_has_its_place() -> None:
    one = side(f"R x {PHONE} {CASE}, M y {MOTHER}")
    assert one.own == (frozenset("x"), frozenset("y"))
    assert one.case == frozenset((CASE,))
    assert one.loose == (frozenset((PHONE,)), frozenset((MOTHER,)))
    assert one.sharers == {PHONE: 1}


@pytest.mark.parametrize("token", [PHONE, MOTHER, CASE])
def test_a_weak_token_in_quarantine_is_as_if_it_were_not_there(token: str) -> None:
    one = side(f"R x {token}", off=token)
    assert (one.case, one.loose) == (frozenset(), (frozenset(),))
    assert strength(one, side(f"R z {token}"), False, RULES) == ""


def test_named_by_one_of_several_beneficiaries() -> None:
    off = "z".__eq__
    assert is_named(people("R x, B, B y"), True, off)
    assert not is_named(people("R x, B, B"), True, off)
    assert not is_named(people("R, B y"), False, off)


def test_a_number_in_quarantine_names_nobody() -> None:
    assert not is_named(people("R z, M y"), False, "z".__eq__)
    assert is_named(people("R z x"), False, "z".__eq__)


# -- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("R x", "R x", "certain"),
        ("R x, M y", "R y, M x", "certain"),
        ("R x, M y", "R y", "probable"),
        ("R x, M y z", "R v, M y", "possible"),
        ("R x, M y, M z", "R v, M y, M z", "probable"),
        # one person here, two there: one is shared
        ("R x, M y z", "R v, M y, M z", "possible"),
        ("R x", "R y", ""),
    ],
)
def test_numbers(a: str, b: str, expected: str) -> None:
    assert link(a, b) == expected


def test_what_one_body_says_is_one_step_less_sure() -> None:
    said = {"y": "x"}
    assert strength(side("R x"), side("R y", said=said), False, RULES) == "probable"
    assert strength(side("R x"), side("R y", sure=said), False, RULES) == "certain"
    members = side("R v, M y", said=said)
    assert strength(side("R u, M x"), members, False, RULES) == "possible"
    assert strength(side("R u, M z"), members, False, RULES) == ""
    # what the numbers say for themselves stands
    both = side("R v, M y, M u, M w", said=said)
    assert strength(side("R x, M u, M w"), both, False, RULES) == "probable"


def test_what_one_body_says_of_beneficiaries() -> None:
    lesson = side("R r, B y", said={"y": "x"})
    assert strength(side("R q, B x"), lesson, True, RULES) == "probable"
    assert strength(side("R q, B z"), lesson, True, RULES) == ""


# -- case numbers, telephones, weak tokens -------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (f"R x {CASE}", f"R y, M z {CASE}", "probable"),
        (f"R x {CASE}", f"R y {OTHER_CASE}", ""),
        (f"R x {CASE}, M z", f"R y {CASE}, M z", "probable"),  # and one shared member
        (f"R x {PHONE}", f"R y {PHONE}", "possible"),
        (f"R x {PHONE}", f"R y {OTHER_PHONE}", ""),
        (f"R x {MOTHER}", f"R y, M z {MOTHER}", "possible"),
        (f"R x {BIRTH}", f"R y {BIRTH}", ""),  # it has no weight
        (f"R x {BIRTH}", f"R {BIRTH}", ""),
        (f"R x {MOTHER} {BIRTH}", f"R y {MOTHER} {BIRTH}", "possible"),
        ("R x", "R y", ""),
    ],
)
def test_weak_tokens(a: str, b: str, expected: str) -> None:
    assert link(a, b) == expected


def test_a_token_without_a_weight_is_not_worth_the_lowest_threshold() -> None:
    lowest = Weak(weak_weights={}, weak_threshold=1, weak_threshold_apart=1)
    assert link(f"R x {BIRTH}", f"R y {BIRTH}", rules=lowest) == ""


@pytest.mark.parametrize(
    ("a", "b", "at", "apart", "expected"),
    [
        ("R x", "R y", False, 11, ""),
        ("R x", "R y", False, 10, "possible"),  # it is reached
        ("R x", "R", False, 11, "possible"),  # no number there
        ("R x", "R sy.passport:1", False, 11, "possible"),  # of another type
        ("R x sy.passport:1", "R sy.passport:2", False, 11, ""),
        ("R x sy.passport:1", "R y", False, 11, ""),
        ("R z", "R x", False, 11, "possible"),  # z is in quarantine
        ("R x z", "R y", False, 11, ""),  # and x is not
        ("R r, B x", "R s, B y", True, 11, ""),
        ("R r, B x", "R s, B", True, 11, "possible"),  # the recipients' numbers do not count
    ],
)
def test_people_whose_numbers_of_one_type_differ(
    a: str, b: str, at: bool, apart: int, expected: str
) -> None:
    rules = Weak(weak_threshold_apart=apart)
    one, other = (side(f"{text} {MOTHER}", off="z") for text in (a, b))
    assert strength(one, other, at, rules) == strength(other, one, at, rules) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("x", "y", True),
        ("x sy.passport:1", "y sy.passport:1", False),  # a number in common
        ("x", "sy.passport:1", False),
        ("x", "", False),
        ("", "", False),
    ],
)
def test_two_stand_apart(one: str, other: str, expected: bool) -> None:
    assert stand_apart(frozenset(one.split()), frozenset(other.split())) is expected
    assert stand_apart(frozenset(other.split()), frozenset(one.split())) is expected


def test_a_telephone_is_enough_for_people_whose_numbers_differ() -> None:
    rules = Weak(weak_threshold_apart=10_000)
    assert link(f"R x {PHONE}", f"R y {PHONE}", rules=rules) == "possible"


@pytest.mark.parametrize(("count", "expected"), [(4, "possible"), (5, ""), (6, "")])
def test_a_telephone_of_too_many_says_nothing(count: int, expected: str) -> None:
    one = side(f"R x {PHONE}", sharers={PHONE: count})
    assert strength(one, side(f"R y {PHONE}"), False, RULES) == expected


def test_an_account_of_two_says_something_though_the_telephone_is_everybodys() -> None:
    one = side(f"R x {PHONE} {IBAN}", sharers={PHONE: 9, IBAN: 2})
    assert strength(one, side(f"R y {PHONE} {IBAN}"), False, RULES) == "possible"


@pytest.mark.parametrize(
    ("a", "b", "at", "expected"),
    [
        (f"R x {PHONE}, B y", f"R z {PHONE}, B v", True, ""),  # the mothers' telephone
        (f"R x {PHONE}, B y", f"R z {PHONE}, B v", False, "possible"),
        (f"R x, B y {PHONE}", f"R z, B v {PHONE}", True, "possible"),
        (f"R x, B y {CASE}", f"R z, B v {CASE}", True, ""),
        (f"R x {PHONE}", f"R z, B v {PHONE}", True, "possible"),
    ],
)
def test_weak_tokens_of_whom_the_record_is_for(a: str, b: str, at: bool, expected: str) -> None:
    assert link(a, b, at=at) == expected


# -- whom a finding is about ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "place"),
    [
        ("R x, B y, B z", "R x, B z", 2),  # the child that both share
        ("R x, B y, B z", "R x, B z, B y", 1),  # the first of both
        (f"R x, B y, B {PHONE}", f"R v, B {PHONE}", 2),
        (f"R x, B y, B z {PHONE}", f"R v, B w {PHONE}", 2),
        ("R x, B y, B z", "R z, B v", 1),  # the other one's recipient does not count
        (f"R x, B y, B z {PHONE}", f"R v {PHONE}, B w", 1),
        ("R x, B y, B z", "R v, B w", 1),  # nobody by a token
    ],
)
def test_the_beneficiary_that_both_share(a: str, b: str, place: int) -> None:
    assert shared_place(side(a), side(b), at_beneficiary=True) == place


def test_of_a_household_the_recipient() -> None:
    assert shared_place(side("M y, R x, B z"), side("R y, B z"), at_beneficiary=False) == 1


def test_the_beneficiary_that_a_succession_joins() -> None:
    other = side("R v, B w", said={"w": "z"})
    assert shared_place(side("R x, B y, B z"), other, at_beneficiary=True) == 2
