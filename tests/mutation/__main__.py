"""`make mutate`: the mutants of the rules against the fast tests; prints the score and who is left.

python -m tests.mutation [module …]     of processors.registry; rules and links without any
"""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.mutation.mutants import Mutant
from tests.mutation.runner import Mutation

MODULES = ("rules", "links")
LEAST = 90
"""Per cent of the mutants that the tests must find."""
UNIT = Path(__file__).parents[1] / "unit"


def main(names: list[str]) -> int:
    """1 if the score is too low."""
    modules = [import_module(f"processors.registry.{name}") for name in names or MODULES]
    plugin = Mutation(modules)
    tests = sorted(str(path) for path in UNIT.glob("test_rules_*.py"))
    status = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests], [plugin])
    if status or not plugin.scores:
        return int(status) or 1
    total = found = 0
    for name, score in plugin.scores.items():
        total, found = total + score.total, found + len(score.killed)
        for mutant in score.left:
            where = "" if mutant in score.survived else " (no test reaches it)"
            print(f"{name}:{mutant.line}{where}: {_short(mutant)}")
    print(f"{found} of {total} mutants found: {100 * found / total:.1f} %")
    return 0 if 100 * found >= LEAST * total else 1


def _short(mutant: Mutant) -> str:
    return " → ".join(" ".join(text.split())[:90] for text in (mutant.before, mutant.after))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
