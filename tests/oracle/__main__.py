"""Measure the histories: how often each kind, strength, verdict and outcome comes up.

python -m tests.oracle [how many]
"""

import sys
from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.oracle.histories import histories
from tests.oracle.judgement import Judgement
from tests.oracle.oracle import judge
from tests.oracle.told import Told, facts_of


def measured(how_many: int) -> dict[str, float]:
    """Share of histories in which each thing comes up at least once."""
    counted: Counter[str] = Counter()

    @seed(1)
    @settings(
        max_examples=how_many,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def measure(told: Told) -> None:
        counted.update(seen_in(judge(facts_of(told))) | {"histories"})

    measure()
    total = counted.pop("histories")
    return {name: number / total for name, number in sorted(counted.items())}


def seen_in(judged: Judgement) -> set[str]:
    """What comes up in a judgement, by name."""
    found = {"finding"} if judged.findings else set()
    for row in judged.findings:
        found |= {f"finding {row.kind}", f"finding {row.kind} {row.strength}"}
        found |= {"finding without amount"} if row.b and row.amount is None else set()
    for key, answer in judged.answers.items():
        basis = f" {answer.basis}" if answer.basis else ""
        found |= {f"verdict {answer.verdict}{basis}", f"outcome {judged.outcomes[key]}"}
    found |= {"excess"} if any(judged.excess.values()) else set()
    found |= {"prevented"} if judged.prevented else set()
    found |= {"case of several findings"} if any(len(case) > 1 for case in judged.cases) else set()
    return found | _seen_of_cases(judged)


def _seen_of_cases(judged: Judgement) -> set[str]:
    found = {f"status {row.status}" for row in judged.findings}
    found |= {"decision or appeal"} if judged.effects else set()
    found |= {"decision or appeal with effect"} if any(judged.effects.values()) else set()
    found |= {"party late"} if judged.late else set()
    found |= {"case past its day"} if judged.past else set()
    return found


def main(how_many: int) -> None:
    """Print the shares, in per cent."""
    for name, share in measured(how_many).items():
        print(f"{100 * share:5.1f} %  {name}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
