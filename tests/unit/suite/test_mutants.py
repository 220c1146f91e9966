"""Changed code: the mutants of a source, and functions that run them for a while."""

import ast

import pytest

from processors.registry import days, rules
from processors.registry.rules import Window, season
from tests.mutation.mutants import mutants
from tests.swap import source_of, swapped


def made_of(statement: str) -> set[str]:
    """The mutants of one statement in a function."""
    source = f'def f(a: "str", b: int = 1) -> "int":\n    """Text."""\n    {statement}\n'
    return {ast.unparse(mutant.tree).splitlines()[-1].strip() for mutant in mutants(source)}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("a < b", {"a <= b", "a >= b"}),
        ("a is not b", {"a is b"}),
        ("a + b", {"a - b"}),
        ("not a", {"a"}),
        ("a and b", {"a or b", "a", "b"}),
        ("f(2)", {"f(3)", "f(1)"}),
        ("f(True)", {"f(False)"}),
        ("f('x')", {"f('x?')"}),
        ("max(a, b)", {"min(a, b)"}),
        ("return a", {"return None"}),
        ("return None", set()),
        ("a = b", {"a = None"}),
        ("a += b", {"a -= b"}),
        ("a if b else f", {"a", "f"}),
        ("[x for x in a if x]", {"[x for x in a]"}),
        ("c: 'str' = a", set()),
    ],
)
def test_mutants_of_a_statement(statement: str, expected: set[str]) -> None:
    assert made_of(statement) == expected


def test_the_changed_code_runs_wherever_the_function_was_imported() -> None:
    source = source_of(rules).replace("self.end - self.start", "self.end - self.start + 1")
    with swapped(rules, source) as names:
        assert names == ["Window.days"]
        assert Window(1, 3).days == 3
    assert Window(1, 3).days == 2


def test_a_cache_keeps_nothing_of_the_changed_code() -> None:
    def length() -> int:
        return season(2025, (11, 1), (4, 1), 8).days

    before = length()
    source = source_of(rules).replace("year_from if month", "year_from + 4 if month")
    with swapped(rules, source):
        assert length() < 0
    assert length() == before


def test_the_same_source_changes_nothing() -> None:
    with swapped(days, source_of(days)) as names:
        assert names == []
