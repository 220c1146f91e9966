"""`python -m tests.matching`: the tables of docs/MATCHING.md; `--fit` writes the weights anew.

Weights and threshold come from FEBRL 1 and 2 alone; FEBRL 3 and 4 are only reported.
"""

import json
import sys
from pathlib import Path
from typing import Final

from events.weak import NAMES, TYPES
from tests.matching.febrl import FILES, IDENTIFIER, records
from tests.matching.linking import OF_THE_NUMBER, Score, Setting, Shared, fitted, score, shared
from tests.matching.pairs import by_language, colliding, halves, measured, pairs

WEIGHTS_FILE: Final = Path(__file__).with_name("weights.json")
FITTED_ON: Final = ("FEBRL 1", "FEBRL 2")


def fit() -> Setting:
    """The setting that FEBRL 1 and 2 give."""
    return fitted([shared(records(name)) for name in FITTED_ON], (*TYPES, IDENTIFIER))


def chosen() -> Setting:
    """The setting in weights.json."""
    read = json.loads(WEIGHTS_FILE.read_text("utf-8"))
    return Setting(read["weights"], read["threshold"])


def written(setting: Setting) -> str:
    """The setting as weights.json has it."""
    content = {
        "fitted_on": list(FITTED_ON),
        "threshold": setting.threshold,
        "weights": dict(setting.weights),
    }
    return json.dumps(content, indent=2) + "\n"


def variants(setting: Setting) -> dict[str, Setting]:
    """What is reported: the setting, and the same with fewer tokens."""
    return {
        "with identifier": setting,
        "without identifier": setting.without(*OF_THE_NUMBER),
        "with identifier, no weak.names": setting.without(NAMES),
        "without identifier, no weak.names": setting.without(*OF_THE_NUMBER, NAMES),
        "identifier alone": setting.without(*TYPES),
    }


def rows(name: str, data: Shared, setting: Setting) -> list[str]:
    """A data set's rows of the table, in Markdown."""
    found = []
    for variant, one in variants(setting).items():
        found.append(f"| {name} | {variant} | {_numbers(score(data, one))} |")
    return found


def _numbers(one: Score) -> str:
    parts = (f"{part:.4f}" for part in (one.precision, one.recall, one.f1))
    return " | ".join((*parts, str(one.right), str(one.wrong), str(one.true)))


def main() -> None:
    """Print the tables."""
    if "--fit" in sys.argv[1:]:
        WEIGHTS_FILE.write_text(written(fit()), "utf-8")
    print("| pairs | same | met | different | false |\n|---|---|---|---|---|")
    for half, some in halves().items():
        for what, one in {half: measured(some), **by_language(some)}.items():
            print(f"| {what} | {one.same} | {one.met} | {one.different} | {one.false} |")
    print("\n{} of {} pairs of different names have one skeleton".format(*colliding(pairs())))
    print("\n| data | tokens | precision | recall | F1 | right | wrong | true |")
    print("|---|---|---|---|---|---|---|---|")
    for name in FILES:
        print("\n".join(rows(name, shared(records(name)), chosen())))


if __name__ == "__main__":
    main()
