"""What an officer says of a list, as options; their help is in her language (`words`)."""

from pathlib import Path
from typing import Annotated

import typer

from cli.words import said
from events.model import InquiryReason
from producers.lists.columns import LastDay, Mark, Order
from producers.lists.files.encodings import KNOWN
from producers.lists.templates import TEMPLATES

File = Annotated[Path, typer.Argument(help=said("file"))]
Kind = Annotated[str, typer.Option(help=said("kind", codes=", ".join(TEMPLATES)))]
Mapping = Annotated[Path | None, typer.Option(help=said("mapping"))]
Encoding = Annotated[str, typer.Option(help=said("encoding", codes=", ".join(KNOWN)))]
Sheet = Annotated[str, typer.Option(help=said("sheet"))]
Dates = Annotated[Order | None, typer.Option(help=said("dates"))]
Decimals = Annotated[Mark | None, typer.Option(help=said("decimals"))]
CoversTo = Annotated[LastDay | None, typer.Option(help=said("covers-to"))]
Strict = Annotated[bool, typer.Option("--strict", help=said("strict"))]
SameAssistance = Annotated[bool, typer.Option("--same-assistance", help=said("same-assistance"))]
Answers = Annotated[Path | None, typer.Option(help=said("answers"))]
Why = Annotated[str, typer.Option(help=said("reason", codes=", ".join(InquiryReason)))]
Whose = Annotated[str, typer.Option(help=said("whose"))]
Publisher = Annotated[str, typer.Option(help=said("publisher"))]
Asker = Annotated[str, typer.Option(help=said("asker"))]
Reader = Annotated[str, typer.Option(help=said("reader"))]
Last = Annotated[int, typer.Option(help=said("last"))]
AsJson = Annotated[bool, typer.Option("--json", help=said("json"))]
