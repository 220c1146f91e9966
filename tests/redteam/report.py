"""The table of what happened."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.redteam.table import Outcome, Result

COLUMNS = ("attack", "row of docs/threats.md", "what was done", "what must hold", "outcome",
           "what was seen")  # fmt: skip


def markdown(results: Sequence[Result], seconds: float, began: str) -> str:
    """The page: a summary and one row an attack."""
    lines = [
        "# What the red team tried, and what happened",
        "",
        f"{began}, {seconds / 60:.0f} minutes: {summary(results)}.",
        "",
        _row(COLUMNS),
        _row("---" for _ in COLUMNS),
    ]
    for result in results:
        attack = result.attack
        lines.append(
            _row(
                (
                    attack.name,
                    "; ".join(attack.rows),
                    attack.does,
                    attack.holds,
                    f"**{result.outcome}**",
                    _seen(result),
                )
            )
        )
    return "\n".join([*lines, ""])


def summary(results: Sequence[Result]) -> str:
    """Outcomes, counted."""
    counts = Counter(result.outcome for result in results)
    told = [f"{counts[one]} {one}" for one in Outcome if counts[one]]
    return f"{len(results)} attacks, " + ", ".join(told)


def _seen(result: Result) -> str:
    if result.outcome is Outcome.ACCEPTED:
        why = f"accepted: {result.attack.accepted}"
        return f"{result.seen}; {why}" if result.seen else why
    return result.seen


def _row(cells: Iterable[str]) -> str:
    texts = [cell.replace("|", "\\|").replace("\n", " ") for cell in cells]
    return f"| {' | '.join(texts)} |"
