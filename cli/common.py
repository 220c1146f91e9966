"""What all commands share: exit codes, the guard around each, the settings, printing facts."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any, Final, ParamSpec, TypeVar

import typer

from infra import terminal
from infra.clickhouse import ClickHouseUnavailable
from infra.errors import SystemUnavailable, UsageProblem
from infra.kafka import KafkaUnavailable
from infra.local.preflight import NotReady
from infra.settings import Settings
from office import control

EXIT_REJECTED: Final = 1
EXIT_USAGE: Final = 2
EXIT_UNAVAILABLE: Final = 3

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
P = ParamSpec("P")
R = TypeVar("R")


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Expected trouble becomes one clear line and an exit code; a bug stays a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except UsageProblem as problem:
            terminal.say(problem.explained(settings().lang))
            raise typer.Exit(EXIT_USAGE) from None
        except (SystemUnavailable, NotReady, KafkaUnavailable, ClickHouseUnavailable) as problem:
            terminal.say(str(problem))
            raise typer.Exit(EXIT_UNAVAILABLE) from None
        except KeyboardInterrupt:
            terminal.say("stopped")
            raise typer.Exit(130) from None

    return run


def settings() -> Settings:
    """The settings of this call, from the environment."""
    return Settings()


def print_control(
    rows: list[control.Row], as_json: bool, refused: Sequence[dict[str, Any]] = ()
) -> None:
    """Facts with their answers; exit code 1 if one was rejected or refused here."""
    plain = [row.plain() for row in rows]
    if as_json:
        terminal.print_json([*plain, *({"disposition": "rejected", **row} for row in refused)])
    else:
        terminal.print_rows(plain, as_json=False)
        terminal.print_rows(refused, as_json=False, title="refused, not sent") if refused else None
        for line in control.explained(rows, settings().lang):
            terminal.say(line)
    if refused or any(row.disposition == "rejected" for row in rows):
        raise typer.Exit(EXIT_REJECTED)
