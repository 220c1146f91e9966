"""Random rules by which more meets: purposes as part, programmes that exclude each other; and two
people above a sum. They are drawn last, so that what a history was without them stays.
"""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from tests.oracle.acting import ADVERSE
from tests.oracle.acts import Act
from tests.oracle.choices import BOOLEANS, integers, one_of
from tests.oracle.told import PROGRAMMES, Record, Say, Step

SUMS: Sequence[str] = ("0", "500.50", "3000", "6000", "20000")
"""Above which two people confirm."""
PAIRED: Sequence[Sequence[str]] = (
    ("basic-needs", "food"), ("food", "rent"), ("rent", "education"), ("education", "livelihood"),
    ("hygiene", "basic-needs"),
)  # fmt: skip
NAMES = ("as_part", "excluding_programmes", "two_people_above")


@st.composite
def joined(draw: st.DrawFn, purposes: Sequence[str], orgs: Sequence[str], rules: Record) -> Record:
    """Each of the three in a third of the histories."""
    found: Record = {}
    if not draw(integers(0, 2)):
        matched = sorted({*purposes} - {"health", "protection", "other"})
        pairs = [matched] if len(matched) > 1 else PAIRED
        found["as_part"] = [draw(one_of([tuple(pair) for pair in pairs]))]
    if not draw(integers(0, 2)):
        codes = [f"{org}-{code}" for org in orgs for code in PROGRAMMES]
        first = draw(one_of(codes))
        others = draw(st.lists(one_of(codes), min_size=1, max_size=3, unique=True))
        found["excluding_programmes"] = [[first, one] for one in others if one != first]
    if not draw(integers(0, 2)):
        currency = draw(one_of(["TRY", *rules.get("rates", {})]))
        found["two_people_above"] = {"amount": draw(one_of(SUMS)), "currency": currency}
    return found


@st.composite
def agreeing(draw: st.DrawFn, rules: Record, steps: Sequence[Step]) -> list[Step]:
    """The steps, with those rules in a later policy too, half the time.

    Where a sum is set, the two accounts that would stop aid agree on a confirmation alone.
    """
    is_kept = draw(BOOLEANS)
    found: list[Step] = []
    for step in steps:
        changed = step
        if isinstance(step, Say) and step.record["kind"] == "policy" and is_kept:
            changed = replace(step, record=_with(rules, step.record))
        if isinstance(step, Act) and step.kind == "decision" and "two_people_above" in rules:
            fields = dict(step.fields)
            if fields["reason"] in ADVERSE:
                changed = replace(step, fields=tuple((fields | {"reason": "none"}).items()))
        found.append(changed)
    return found


def _with(rules: Record, policy: Record) -> Record:
    later = policy["rules"]
    more = {name: rules[name] for name in NAMES if name in rules and _fits(name, rules, later)}
    return policy | {"rules": later | more}


def _fits(name: str, rules: Record, later: Record) -> bool:
    """Whether a rule may stand in a later policy, whose other rules may speak against it."""
    if name == "as_part":
        return "exclusive_household" not in later
    if name == "two_people_above":
        return rules[name]["currency"] in ("TRY", *later.get("rates", ()))
    return True
