"""Prints what was planted and what was found, for a person or for a program."""

from dataclasses import asdict
from typing import Any, Final

from infra import terminal
from infra.settings import Settings
from lab.demo.offers import OFFERS, ORGANISATIONS
from lab.demo.plan import Plan
from lab.demo.verify import Result
from lab.population.households import people_of

SHOWN_DIFFERENCES: Final = 20
DISPOSITIONS: Final = ("accepted", "duplicate", "rejected")


def announce(plan: Plan) -> None:
    """What is about to be published."""
    planted = [p for p in plan.planted if p.status != "withdrawn"]
    terminal.say(
        f"{len(plan.households):,} invented households,"
        f" {sum(1 for _ in people_of(plan.households)):,} people,"
        f" {len({home.district for home in plan.households})} districts;"
        f" {len(ORGANISATIONS)} organisations, {len(OFFERS)} programmes;"
        f" {sum(1 for _ in plan.entries()):,} records from {plan.year.first} to {plan.year.last}"
    )
    terminal.say(
        f"planted: {len(planted):,} findings, and"
        f" {sum(not one.story.is_finding for one in plan.handled):,} stories that are none"
    )


def as_json(
    settings: Settings, plan: Plan, result: Result, seconds: dict[str, float]
) -> dict[str, Any]:
    """The result for a program."""
    totals = _totals(result)
    return {
        "equal": not result.differences,
        "seed": plan.seed,
        "first_day": plan.year.first,
        "last_day": plan.year.last,
        "households": len(plan.households),
        "people": sum(1 for _ in people_of(plan.households)),
        "organisations": len(ORGANISATIONS),
        "records": {"submitted": sum(totals.values()), **totals},
        "planted": sum(line.planted for line in result.families),
        "found": sum(line.found for line in result.families),
        "decided": sum(line.decided for line in result.families),
        "withdrawn": sum(line.withdrawn for line in result.families),
        "cases": result.cases,
        "prevented": result.prevented,
        "families": [asdict(line) for line in result.families],
        "integrity": result.integrity,
        "differences": result.differences,
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "broker": settings.bootstrap,
        "clickhouse": settings.clickhouse,
        "page": settings.page,
    }


def show(settings: Settings, result: Result, seconds: dict[str, float]) -> None:
    """The tables, the differences and how to go on, for a person."""
    for is_finding, title in ((True, "planted to be found"), (False, "planted to be none")):
        rows = [
            [
                line.family,
                line.stories,
                line.planted,
                line.found,
                line.decided,
                line.withdrawn,
                _mark(line),
            ]
            for line in result.families
            if line.is_finding == is_finding
        ]
        columns = ["family", "stories", "findings planted", "found", "decided", "withdrawn", ""]
        terminal.print_table(columns, rows, title=title)
        terminal.out.print()
    _show_sums(result, seconds)
    if result.differences:
        _show_differences(result.differences)
    else:
        terminal.out.print("What was planted is what was found.", style="bold green")
    _show_next(settings)


def _mark(line: Any) -> str:
    return "equal" if line.planted == line.found else "DIFFERENT"


def _totals(result: Result) -> dict[str, int]:
    return {name: sum(int(row[name]) for row in result.counts) for name in DISPOSITIONS}


def _show_sums(result: Result, seconds: dict[str, float]) -> None:
    totals = _totals(result)
    planted = sum(line.planted for line in result.families)
    found = sum(line.found for line in result.families)
    sound = sum(bool(row["ok"]) for row in result.integrity)
    lines = (
        f"findings   {planted:,} planted, {found:,} found, each with its days and its amount;"
        f" {sum(line.decided for line in result.families):,} decided",
        "cases      " + ", ".join(f"{count:,} {name}" for name, count in result.cases.items()),
        f"prevented  {result.prevented['payments']} payments given up after a warning,"
        f" {result.prevented['amount']} TRY",
        "records    " + ", ".join(f"{totals[name]:,} {name}" for name in DISPOSITIONS),
        f"integrity  {sound} of {len(result.integrity)} checks agree",
        "seconds    " + ", ".join(f"{name} {value:.0f}" for name, value in seconds.items()),
    )
    for line in lines:
        terminal.out.print(line, markup=False)
    terminal.out.print()


def _show_differences(differences: list[str]) -> None:
    terminal.out.print(f"{len(differences)} differences:", style="bold red")
    for line in differences[:SHOWN_DIFFERENCES]:
        terminal.out.print(f"  {line}", markup=False)
    if len(differences) > SHOWN_DIFFERENCES:
        terminal.out.print(f"  … and {len(differences) - SHOWN_DIFFERENCES} more (--json has all)")


def _show_next(settings: Settings) -> None:
    query = (
        "SELECT kind, purpose, count() AS findings, median(amount_at_risk) AS median_try"
        " FROM v1_findings WHERE status = 'open' GROUP BY ALL ORDER BY findings DESC"
    )
    lines = (
        "",
        f"The system stays up: broker {settings.bootstrap}, ClickHouse {settings.clickhouse}.",
        f"The page: {settings.page} (the password stands above; a new one: ./tekil page-password)",
        f'  ./tekil query "{query}"',
        '  ./tekil query "SELECT * FROM v1_integrity"',
        "  ./tekil status",
        "  ./tekil down",
    )
    for line in lines:
        terminal.out.print(line, markup=False)
