"""The options that say how a list's columns are written, where the list alone does not tell."""

from typing import Annotated

import typer

from producers.lists.columns import LastDay, Mark, Order

Dates = Annotated[Order | None, typer.Option(help="05/06/2026: day first or month first.")]
Decimals = Annotated[Mark | None, typer.Option(help="What stands before the decimals.")]
CoversTo = Annotated[LastDay | None, typer.Option(help="Is the day in the end column covered?")]
Strict = Annotated[bool, typer.Option("--strict", help="Warnings are errors.")]
