"""What all commands share: the guard around each, the settings, printing what became of records."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Final, ParamSpec, TypeVar

import typer

from cli.words import said
from infra import terminal
from infra.errors import ExitCode, SystemUnavailable, UsageProblem, outage

if TYPE_CHECKING:
    from infra.settings import Settings
    from office.control_records import Outcome

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
P = ParamSpec("P")
R = TypeVar("R")

NO_EFFECT: Final = {
    "waits-for-second": "it waits for the second signature: another account says the same",
    "unknown-finding": "no finding has this id",
    "unknown-case": "no case has this id",
    "stale-revision": "the finding has a newer revision: look at it again",
    "not-open": "the finding is not open any more",
    "notice-missing": "the household has to be told first: tekil case-step CASE notified",
    "no-appeal": "only an appeal brings it to the supervisor",
    "not-decided": "there is no decision to appeal against",
    "already-appealed": "an appeal is waiting",
    "too-late": "the time for it is over",
    "not-a-side": "it is not about this organisation",
    "not-asked": "the case is closed: nobody is asked about it",
    "not-taken": "the case does not show it: run it again",
    "not-held": "the submission is not held: nothing was sent",
}


def group(text: str = "") -> typer.Typer:
    """A group of commands; they are printed as plain text, which needs no library."""
    return typer.Typer(no_args_is_help=True, help=text or None, rich_markup_mode=None)


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Expected trouble becomes one clear line and an exit code; a bug stays a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except UsageProblem as problem:
            terminal.say(problem.explained(_language()))
            raise typer.Exit(ExitCode.USAGE) from None
        except SystemUnavailable as problem:
            terminal.say(str(problem))
            raise typer.Exit(ExitCode.UNAVAILABLE) from None
        except KeyboardInterrupt:
            terminal.say(said("stopped"))
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except Exception as problem:
            if not (lacking := outage(problem)):
                raise
            terminal.say(f"{lacking}: {problem}. Nothing is lost; run it again once that is mended")
            raise typer.Exit(ExitCode.UNAVAILABLE) from None

    return run


def settings() -> "Settings":
    """The settings of this call, from the environment. UsageProblem for one that is none."""
    from pydantic import ValidationError

    from infra.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]).upper().removeprefix("TEKIL_")
        raise UsageProblem(f"TEKIL_{name}: {first['msg']}.") from None


def _language() -> str:
    try:
        return settings().lang
    except UsageProblem:
        return "en"


def print_outcomes(
    outcomes: Sequence["Outcome"],
    as_json: bool,
    refused: Sequence[dict[str, Any]] = (),
    waiting_is_fine: bool = False,
) -> None:
    """Records with what became of them; exit code 1 if one was rejected, refused here or has no
    effect. `refused` are rows that were not sent."""
    if as_json:
        terminal.print_json([*outcomes, *({"disposition": "rejected", **row} for row in refused)])
    else:
        terminal.print_rows(map(terminal.plain, outcomes), as_json=False)
        terminal.print_rows(refused, as_json=False, title="refused, not sent") if refused else None
        for one in outcomes:
            if said := one.explained(_language()) or NO_EFFECT.get(one.effect):
                terminal.say(said if one.reason else f"{one.kind} {one.id}: no effect: {said}")
    fine = ("applied", "waits-for-second") if waiting_is_fine else ("applied",)
    if refused or not all(one.effect in fine for one in outcomes):
        raise typer.Exit(ExitCode.REJECTED)
