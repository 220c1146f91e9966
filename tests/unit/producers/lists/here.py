"""Lists that are read in the test's own process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, settings

from events.rejection import Reason, Refusal
from infra.errors import UsageProblem
from producers.listed import ReadList, read_list
from producers.lists.files import child
from producers.lists.files.cells import Step, UnknownEncoding

QUICK: Final = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
HEADER: Final = (
    "reference", "programme", "stage", "purpose", "modality", "frequency", "amount", "currency",
    "covers_from", "covers_to", "district", "protected", "phone",
)  # fmt: skip


def read_cells(path: Path, _limits: object, _progress: object, encoding: str) -> Iterator[Any]:
    """In the place of the reader that starts a process."""
    try:
        with path.open("rb") as file:
            for item in child.read(file, path.stat().st_size, encoding):
                if not isinstance(item, Step):
                    yield item
    except UnknownEncoding as doubt:
        raise Refusal(Reason.UNKNOWN_ENCODING, str(doubt.line)) from None


def read(path: Path) -> ReadList | UsageProblem:
    """The list, or why it is refused as a whole."""
    try:
        return read_list("KIZ", path, "assistance")
    except UsageProblem as problem:
        return problem
