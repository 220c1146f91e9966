"""The numbers of docs/MATCHING.md are what `python -m tests.matching` finds."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from events.weak import MONTH_PART, NAMES_BIRTH
from processors.registry.links import LinkView, strength, view_of
from tests.matching import __main__ as report
from tests.matching.__main__ import (
    SUBSETS,
    chosen,
    fit,
    folds,
    large,
    main,
    measured_on,
    proposed,
    written,
)
from tests.matching.febrl import IDENTIFIER, Record, records
from tests.matching.large import false_links, flatter, shared_by_strangers, steeper
from tests.matching.linking import (
    Pattern,
    Score,
    Setting,
    Shared,
    added,
    fitted,
    score,
    shared,
)

FIRST, LAST = "weak.first-birth", "weak.last-birth"


def record(person: str, **tokens: str) -> Record:
    typed = ((f"weak.{kind.replace('_', '-')}", text) for kind, text in tokens.items())
    return Record(person, tuple(typed))


@pytest.fixture(scope="module")
def data() -> dict[str, Shared]:
    return measured_on()


def test_weights_and_threshold_are_what_febrl_1_and_2_give() -> None:
    assert fit() == chosen()
    assert {name: tuple(one.weights) for name, one in chosen().items()} == SUBSETS
    assert written(chosen()).endswith("}\n")


@pytest.mark.parametrize(
    ("name", "types", "with_number", "without"),
    [
        ("FEBRL 3", "all types", 0.9865, 0.9210),
        ("FEBRL 4", "all types", 0.9928, 0.9442),
        ("FEBRL 4, pooled", "all types", 0.9911, 0.9380),
        ("FEBRL 3", "without the parts", 0.9866, 0.9122),
        ("FEBRL 4", "without the parts", 0.9930, 0.9337),
        ("FEBRL 4, pooled", "without the parts", 0.9915, 0.9284),
        ("FEBRL 3", "RECIPIENT_TYPES", 0.9859, 0.8912),
        ("FEBRL 4", "RECIPIENT_TYPES", 0.9922, 0.9248),
        ("FEBRL 4, pooled", "RECIPIENT_TYPES", 0.9897, 0.9214),
        ("FEBRL 3", "default", 0.9537, 0.5331),
        ("FEBRL 4", "default", 0.9797, 0.6586),
        ("FEBRL 4, pooled", "default", 0.9797, 0.6586),
        ("FEBRL 3", "tolerant", 0.9691, 0.7066),
        ("FEBRL 4", "tolerant", 0.9865, 0.7974),
        ("FEBRL 4, pooled", "tolerant", 0.9865, 0.7974),
    ],
)
def test_febrl_3_and_4_give_what_is_reported(
    data: dict[str, Shared], name: str, types: str, with_number: float, without: float
) -> None:
    setting = {**chosen(), **proposed()}[types]
    assert round(score(data[name], setting.with_number()).f1, 4) == with_number
    assert round(score(data[name], setting).f1, 4) == without


def test_a_pair_is_judged_by_the_sum_of_what_it_shares() -> None:
    data = shared([
        record("1", first_birth="a", last_birth="b"),
        record("1", first_birth="a", last_birth="b"),
        record("2", first_birth="a", last_birth="c"),
        record("3", first_birth="d"),
        record("3"),
    ])  # fmt: skip
    assert (data.true, data.rest) == (2, 6)
    both = Setting({FIRST: 1, LAST: 1}, 2)
    assert score(data, both) == Score(right=1, wrong=0, true=2)
    assert score(data, Setting({FIRST: 1, LAST: 1}, 1)) == Score(right=1, wrong=2, true=2)
    assert score(data, both.only([FIRST])) == Score(right=0, wrong=0, true=2)
    assert score(data, both).f1 == pytest.approx(2 / 3)
    assert score(added([data, data]), both) == Score(right=2, wrong=0, true=4)


def test_a_type_counts_once_however_many_of_its_tokens_are_shared() -> None:
    undated = Record("1", ((MONTH_PART, "a"), (MONTH_PART, "b")))
    found = shared([undated, undated]).patterns
    assert found == {Pattern(frozenset({MONTH_PART}), differ=False, is_one=True): 1}


def test_a_shared_number_is_enough_only_where_it_is_used() -> None:
    data = shared([Record("1", ((IDENTIFIER, "x"),))] * 2)
    one = Setting({FIRST: 5}, 5)
    assert score(data, one.with_number()) == Score(right=1, wrong=0, true=1)
    assert score(data, one) == Score(right=0, wrong=0, true=1)


def numbered(person: str, number: str, name: str, file: int = 0) -> Record:
    tokens = ((FIRST, name), (IDENTIFIER, number)) if number else ((FIRST, name),)
    return Record(person, tokens, file)


def test_numbers_that_differ_ask_more_only_where_they_are_used() -> None:
    data = shared([numbered("1", "x", "a"), numbered("2", "y", "a"), numbered("1", "", "a")])
    assert data.patterns == {
        Pattern(frozenset({FIRST}), differ=True, is_one=False): 1,
        Pattern(frozenset({FIRST}), differ=False, is_one=True): 1,
        Pattern(frozenset({FIRST}), differ=False, is_one=False): 1,
    }
    same = Score(right=1, wrong=2, true=1)
    for apart, expected in ((None, same), (5, same), (6, Score(right=1, wrong=1, true=1))):
        one = Setting({FIRST: 5}, 5, apart)
        assert score(data, one.with_number()) == expected
        assert score(data, one) == same


def test_of_two_files_that_are_linked_only_pairs_across_them_count() -> None:
    some = [numbered("1", "", "a"), numbered("2", "", "a"), numbered("1", "", "a", 1)]
    one = Setting({FIRST: 5}, 5)
    assert score(shared(some), one) == Score(right=1, wrong=2, true=1)
    linked = shared([*some, numbered("3", "", "c", 1)], across=True)
    assert score(linked, one) == Score(right=1, wrong=1, true=1)
    assert linked.rest == 2


@dataclass(frozen=True)
class Policy:
    """What a policy says of weak tokens."""

    weak_weights: Mapping[str, int]
    weak_threshold: int
    weak_threshold_apart: int
    shared_recipients: int = 5


def side(kinds: frozenset[str], number: str) -> LinkView:
    """A record for one recipient, with a number (or none) and a token of each type."""
    weak = [f"{kind}:1" for kind in sorted(kinds)]
    strong = [f"{IDENTIFIER}:{number}"] if number else []
    return view_of([("recipient", strong, weak)], lambda _: None, lambda _: False, lambda _: 0)


@pytest.mark.parametrize("name", SUBSETS)
def test_a_setting_decides_as_the_registry_does(name: str) -> None:
    setting = chosen()[name]
    apart = setting.apart or setting.threshold
    assert apart > setting.threshold
    policy = Policy(setting.weights, setting.threshold, apart)
    decided = set()
    for some in {pattern.kinds - {IDENTIFIER} for pattern in shared(records("FEBRL 1")).patterns}:
        for one, other in (("x", "x"), ("x", "y"), ("x", ""), ("", "")):
            differ = bool(one and other) and one != other
            kinds = some | {IDENTIFIER} if one == other == "x" else some
            said = setting.with_number().links(kinds, differ)
            found = strength(side(some, one), side(some, other), False, policy)
            assert found == ("" if not said else "certain" if IDENTIFIER in kinds else "possible")
            decided.add((differ, said))
        assert setting.links(some, True) == bool(
            strength(side(some, ""), side(some, ""), False, policy)
        )
    assert len(decided) == 4


def test_a_type_that_says_nothing_has_no_weight() -> None:
    right = [record(str(n // 2), first_birth=str(n // 2), last_birth="s") for n in range(20)]
    setting = fitted(shared(right), (FIRST, LAST))
    assert setting.weights[LAST] == 0 < setting.threshold <= setting.weights[FIRST]


def test_false_links_rise_with_the_square_of_people_and_fall_with_the_weights() -> None:
    few, many = (shared_by_strangers(steeper(), people)[0] for people in (4_000, 8_000))
    year = Setting({"weak.names-year": 1}, 1)
    assert 3 < false_links(many, year) / false_links(few, year) < 5
    assert false_links(many, Setting({NAMES_BIRTH: 1}, 1)) < false_links(many, year)
    assert shared_by_strangers(steeper(), 4_000)[0] == few
    assert false_links(shared_by_strangers(flatter(), 8_000)[0], year) < false_links(many, year)


def test_the_report_names_all_data_sets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["tests.matching"])
    main()
    printed = capsys.readouterr().out
    assert all(f"| FEBRL {number} | all types | with |" in printed for number in (1, 2, 3, 4))


def test_names_that_are_linked_are_what_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "shared_by_strangers", lambda pools: ({}, 1))
    rows = {row.split(" | ")[0].strip("| "): row for row in large()}
    assert "477 of 489, 54 of 234" in rows["default"]
    assert "477 of 489, 163 of 234" in rows["tolerant"]
    assert any("FEBRL 2, fitted on FEBRL 1" in row for row in folds())
