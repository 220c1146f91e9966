"""What `tekil bench` does: measure, keep the JSON, show it."""

import logging
from typing import Annotated, Final

import typer

from infra import terminal
from infra.settings import Settings
from lab.bench.figures import NAMES

NOT_GOOD: Final = 1


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes: a check, no figures.")] = (
        False
    ),
    only: Annotated[
        list[str] | None,
        typer.Option(help=f"One of {', '.join(NAMES)}; may be given again."),
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Tables in Markdown.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Measure this machine: the whole chain, its parts, and one small job beside two others.

    Runs a system of its own, which is gone afterwards. Exit code 1 if a measurement failed or
    findings differ.
    """
    # here, so that no other command and no worker has to load them
    from lab.bench import report, run
    from lab.signals import ended_by_signals

    # kafka-python writes a traceback for a connection that it closes itself; what goes
    # wrong reaches us as an exception
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    settings = Settings()
    with ended_by_signals():
        results = run.bench(settings, quick=quick, only=only or ())
    terminal.say(f"kept in {run.save(settings, results)}")
    if as_json:
        terminal.print_json(results)
    elif markdown:
        terminal.out.print(report.markdown(results), markup=False)
    else:
        for note in report.notes(results):
            terminal.say(note)
        for title, rows in report.tables(results).items():
            terminal.print_rows(rows, as_json=False, title=title)
    if not run.is_good(results):
        raise typer.Exit(NOT_GOOD)
