"""The program `tekil`: a table of its commands.

Each command's module is imported when it is called, so that none waits for what it does not use.
"""

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

from cli.words import said

COMMANDS: Final = {
    "up": ("system", "Start the broker, ClickHouse and the workers on this machine."),
    "down": ("system", "Stop everything that `tekil up` started."),
    "status": ("system", "What runs, and how it is."),
    "rebuild": ("rebuild", "Remove a state and fold it anew from the journal."),
    "verify": ("verify", "Read all topics again, and say whether what was said follows from them."),
    "query": ("system", "Run a read-only query as the analyst."),
    "tick": ("system", "Step the clock of a system in test mode, day by day, up to a day."),
    "page-password": ("system", "Make a new password for the page."),
    "demo": ("lab", "A year of an invented city's aid with planted findings."),
    "bench": ("lab", "Measure this machine: the whole chain, its parts, and one small job."),
    "keygen": ("partners", "Make the signing key of an organisation."),
    "partner": ("partners", "Organisations: register, revoke a key."),
    "programme": ("partners", "Programmes of aid."),
    "validate": ("lists", ""),
    "publish": ("lists", ""),
    "check": ("lists", ""),
    "receipts": ("lists", ""),
    "notices": ("lists", ""),
    "policy": ("governing", "The numbers of the matching rules."),
    "account": ("governing", "People who decide, each with a key."),
    "decide": ("governing", "Decide on a finding."),
    "appeal": ("governing", "Appeal to the supervisor."),
    "case-step": (
        "governing",
        "Say that a case was acknowledged, replied to or told to the household.",
    ),
    "erase": ("erasing", "Erase the people of records."),
    "stage-key": ("stage_keys", "The keys with which the stages sign."),
    "quarantine": ("governing", "Switch a number off for matching."),
    "release": ("governing", "Let a held submission through."),
    "keyserver": ("keyservers", "A key server: a share of the joint key."),
    "epoch": ("epochs", "The keys of the tokens, one epoch after another."),
}
"""Name → the module below `cli` that has it, and what `tekil --help` says of it; '' for what an
officer uses, which is said in her language (`words`)."""


class LazyGroup(TyperGroup):
    """Knows its commands by the table; imports one when it is asked for it."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes | {"commands": dict.fromkeys(COMMANDS)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, from its module's own group; None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"cli.{COMMANDS[cmd_name][0]}")
        return typer.main.get_group(module.commands).commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The table, without looking into a module."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text or said(name)) for name, (_, text) in COMMANDS.items()])


app = typer.Typer(
    name="tekil",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def tekil() -> None:
    """Finds cash assistance paid twice, and families left out, without a list of names."""


def main() -> None:
    """The entry of `python -m cli`."""
    app(prog_name="tekil")
