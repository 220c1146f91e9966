"""`python -m tests.matching`: the tables of docs/MATCHING.md.

`--fit` writes the weights anew, from FEBRL 1 and 2 alone; `--folds` shows how steady they are;
`--large` counts false links in an invented register. Without any, FEBRL 3 and 4 are reported.
"""

import json
import sys
from pathlib import Path
from typing import Final

from events.weak import (
    BIRTH_SEX,
    DAY_PART,
    DEFAULT_THRESHOLD,
    DEFAULT_WEIGHTS,
    MONTH_PART,
    RECIPIENT_TYPES,
    TOLERANT_THRESHOLD,
    TYPES,
)
from tests.matching.febrl import FILES, records
from tests.matching.large import false_links, flatter, shared_by_strangers, steeper
from tests.matching.linking import Setting, Shared, added, fitted, score, shared
from tests.matching.pairs import by_language, colliding, halves, linked, measured, pairs

WEIGHTS_FILE: Final = Path(__file__).with_name("weights.json")
FITTED_ON: Final = ("FEBRL 1", "FEBRL 2")
MEASURED: Final = tuple(kind for kind in TYPES if kind != BIRTH_SEX)
"""FEBRL has no sex."""
UNDATED: Final = (MONTH_PART, DAY_PART)
SUBSETS: Final = {
    "all types": MEASURED,
    "without the parts": tuple(kind for kind in MEASURED if kind not in UNDATED),
    "RECIPIENT_TYPES": RECIPIENT_TYPES,
}
REGISTER: Final = 500_000
"""False links are stated for so many people; they rise with the square of people."""


def fit() -> dict[str, Setting]:
    """The settings that FEBRL 1 and 2 give, one for each subset of the types."""
    data = added(shared(records(name)) for name in FITTED_ON)
    return {name: fitted(data, types) for name, types in SUBSETS.items()}


def chosen() -> dict[str, Setting]:
    """The settings in weights.json."""
    read = json.loads(WEIGHTS_FILE.read_text("utf-8"))
    return {
        name: Setting(one["weights"], one["threshold"], one["apart"]) for name, one in read.items()
    }


def written(settings: dict[str, Setting]) -> str:
    """The settings as weights.json has them."""
    content = {
        name: {"threshold": one.threshold, "apart": one.apart, "weights": dict(one.weights)}
        for name, one in settings.items()
    }
    return json.dumps(content, indent=2) + "\n"


def proposed() -> dict[str, Setting]:
    """What a policy may say, by reasoning and by the invented register: not fitted."""
    return {
        "default": Setting(DEFAULT_WEIGHTS, DEFAULT_THRESHOLD),
        "tolerant": Setting(DEFAULT_WEIGHTS, TOLERANT_THRESHOLD),
    }


def measured_on() -> dict[str, Shared]:
    """The data sets of the report.

    FEBRL 4 is two files that are to be linked, so its pairs are those across them; pooled, all
    pairs of its records count, as in the others, and as a registry has to tell them.
    """
    found = {}
    for name, files in FILES.items():
        some = records(name)
        if len(files) > 1:
            found[name] = shared(some, across=True)
            found[f"{name}, pooled"] = shared(some)
        else:
            found[name] = shared(some)
    return found


def rows(name: str, data: Shared, settings: dict[str, Setting]) -> list[str]:
    """A data set's rows of the table, in Markdown."""
    found = []
    for what, setting in settings.items():
        for number, one in {"with": setting.with_number(), "without": setting}.items():
            found.append(f"| {name} | {what} | {number} | {numbers(data, one)} |")
    return found


def numbers(data: Shared, setting: Setting) -> str:
    """Precision, recall, F1; pairs rightly and wrongly said, pairs that are."""
    one = score(data, setting)
    parts = (f"{part:.4f}" for part in (one.precision, one.recall, one.f1))
    return " | ".join((*parts, str(one.right), str(one.wrong), str(one.true)))


def large() -> list[str]:
    """False links among 1,000 recipients of a register of REGISTER people, by setting."""
    settings = {**proposed(), **chosen()}
    settings |= {f"{kind} alone": Setting({kind: 1}, 1) for kind in MEASURED}
    found = {name: [linked(pairs(), setting)] for name, setting in settings.items()}
    for names in (steeper(), flatter()):
        patterns, people = shared_by_strangers(names)
        for name, setting in settings.items():
            a_thousand = 1000 * false_links(patterns, setting) * REGISTER / people**2
            found[name].append(f"{a_thousand:.2f}")
    return [f"| {name} | {' | '.join(parts)} |" for name, parts in found.items()]


def folds() -> list[str]:
    """Fitted on one of FEBRL 1 and 2, measured on the other."""
    data = {name: shared(records(name)) for name in FITTED_ON}
    found = []
    for name, other in (FITTED_ON, FITTED_ON[::-1]):
        settings = {key: fitted(data[name], types) for key, types in SUBSETS.items()}
        found += rows(f"{other}, fitted on {name}", data[other], settings)
    return found


def main() -> None:
    """Print the tables."""
    asked = sys.argv[1:]
    if "--fit" in asked:
        WEIGHTS_FILE.write_text(written(fit()), "utf-8")
    if "--large" in asked:
        print("| setting | same names linked | steeper | flatter |\n|---|---|---|---|")
        print("\n".join(large()))
    if "--folds" in asked:
        print("\n".join(folds()))
    if asked:
        return
    print("| pairs | same | met | different | false |\n|---|---|---|---|---|")
    for half, some in halves().items():
        for what, one in {half: measured(some), **by_language(some)}.items():
            print(f"| {what} | {one.same} | {one.met} | {one.different} | {one.false} |")
    print("\n{} of {} pairs of different names have one skeleton".format(*colliding(pairs())))
    print("\n| data | types | number | precision | recall | F1 | right | wrong | true |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, data in measured_on().items():
        print("\n".join(rows(name, data, {**chosen(), **proposed()})))


if __name__ == "__main__":
    main()
