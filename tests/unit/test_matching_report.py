"""The numbers of docs/MATCHING.md are what `python -m tests.matching` finds."""

import pytest

from events.weak import NAMES, NAMES_BIRTH, TYPES
from tests.matching.__main__ import chosen, fit, main, written
from tests.matching.febrl import IDENTIFIER, Record, records
from tests.matching.linking import DIFFERS, OF_THE_NUMBER, Score, Setting, score, shared

FIRST, LAST = "weak.first-birth", "weak.last-birth"


def record(person: str, **tokens: str) -> Record:
    return Record(person, {f"weak.{kind.replace('_', '-')}": t for kind, t in tokens.items()})


def test_weights_and_threshold_are_what_febrl_1_and_2_give() -> None:
    assert fit() == chosen()
    assert set(chosen().weights) == {*TYPES, IDENTIFIER, DIFFERS}
    assert written(chosen()).endswith("}\n")


@pytest.mark.parametrize(
    ("name", "with_identifier", "without"),
    [("FEBRL 3", 0.9857, 0.9221), ("FEBRL 4", 0.9918, 0.9341)],
)
def test_febrl_3_and_4_give_what_is_reported(
    name: str, with_identifier: float, without: float
) -> None:
    data = shared(records(name))
    assert round(score(data, chosen()).f1, 4) == with_identifier
    assert round(score(data, chosen().without(*OF_THE_NUMBER)).f1, 4) == without


def test_a_pair_is_judged_by_the_sum_of_what_it_shares() -> None:
    data = shared([
        record("1", first_birth="a", last_birth="b"),
        record("1", first_birth="a", last_birth="b"),
        record("2", first_birth="a", last_birth="c"),
        record("3", first_birth="d"),
        record("3"),
    ])  # fmt: skip
    assert data.true == 2
    assert data.pairs == 10
    both = Setting({FIRST: 1, LAST: 1}, 2)
    assert score(data, both) == Score(right=1, wrong=0, true=2)
    assert score(data, Setting({FIRST: 1, LAST: 1}, 1)) == Score(right=1, wrong=2, true=2)
    assert score(data, both.without(LAST)) == Score(right=0, wrong=0, true=2)
    assert score(data, both).f1 == pytest.approx(2 / 3)


def test_names_alone_count_only_where_a_date_is_missing() -> None:
    undated = record("1", names="n")
    dated = record("1", names="n", names_birth="x")
    other = record("1", names="n", names_birth="y")
    assert dict(shared([undated, dated]).patterns) == {(frozenset({NAMES}), True): 1}
    assert dict(shared([dated, other]).patterns) == {(frozenset(), True): 1}
    assert NAMES_BIRTH in dated.tokens


def test_two_numbers_that_differ_speak_against() -> None:
    a, b = (Record("1", {FIRST: "a", IDENTIFIER: number}) for number in ("x", "y"))
    data = shared([a, b, Record("1", {FIRST: "a"})])
    one = Setting({FIRST: 5, IDENTIFIER: 9, DIFFERS: -3}, 5)
    assert score(data, one) == Score(right=2, wrong=0, true=3)
    assert score(data, one.without(*OF_THE_NUMBER)) == Score(right=3, wrong=0, true=3)


def test_the_report_names_all_data_sets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["tests.matching"])
    main()
    printed = capsys.readouterr().out
    assert all(f"| FEBRL {number} | with identifier |" in printed for number in (1, 2, 3, 4))
