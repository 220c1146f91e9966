"""`tekil demo` and `tekil bench`."""

from typing import Annotated

import typer

from cli.common import AsJson, group, guarded, settings
from lab import demo as city
from lab.bench.command import bench

commands = group()
commands.command("bench")(guarded(bench))


@commands.command()
@guarded
def demo(
    households: Annotated[int, typer.Option(help="How many invented households.")] = (
        city.HOUSEHOLDS
    ),
    seed: Annotated[int, typer.Option(help="Another number gives another population.")] = city.SEED,
    as_json: AsJson = False,
) -> None:
    """A year of an invented city's aid with planted findings; leaves the system up."""
    raise typer.Exit(city.run(settings(), households, as_json, seed))
