"""The proving counts what it saw, in one process or in several, and says what was too rare."""

from collections import Counter

import pytest

from tests.oracle import proving
from tests.oracle.proving import EXPECTED, PART, main, parts_of, prove_in_parts, table, too_rare


def test_what_came_up_too_rarely() -> None:
    enough = Counter(dict.fromkeys(EXPECTED, 100) | {"finding": 30_000})
    assert too_rare(100_000, enough) == []
    rare = Counter(enough)
    rare["excess"], rare["finding"] = 99, 29_999
    assert too_rare(100_000, rare) == [
        "excess: in 99 histories, at least 100 are asked for",
        "finding: in 29,999 histories, at least 30,000 are asked for",
    ]


def test_the_table_names_also_what_never_came_up() -> None:
    lines = table(200, Counter(finding=150)).splitlines()
    assert "      150   75.0 %  finding" in lines
    assert "        0    0.0 %  excess" in lines


def test_parts_have_all_histories_and_a_seed_each() -> None:
    assert parts_of(25, 7, 2) == [(13, 7), (12, 8)]
    parts = parts_of(100_000, 1, 2)
    assert sum(many for many, _ in parts) == 100_000
    assert [seed for _, seed in parts] == [*range(1, 41)]
    assert max(many for many, _ in parts) == PART


def test_several_processes_share_the_histories() -> None:
    done, counted = prove_in_parts(25, first_seed=7, jobs=2)
    assert done >= 25
    assert 0 < counted["finding"] <= done


def test_a_run_that_saw_too_little_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Counter(dict.fromkeys(EXPECTED, 1) | {"finding": 400})
    monkeypatch.setattr(proving, "prove_in_parts", lambda *_: (1_000, seen))
    assert main(["1000", "3"]) == 0
    del seen["prevented"]
    assert main(["1000", "3"]) == 1


def test_a_difference_is_printed_once_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def differ(*_: int) -> tuple[int, Counter[str]]:
        raise AssertionError("row: the fold alone says so")

    monkeypatch.setattr(proving, "prove_in_parts", differ)
    assert main(["1000", "3"]) == 1
    assert capsys.readouterr().out == "row: the fold alone says so\n"
