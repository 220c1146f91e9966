"""A fault, and how it is planted in the fold."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from tests.swap import source_of, swapped

BESIDE: Final = ("policies", "reservations")
"""Modules that stand beside the registry, as the door uses them too."""


@dataclass(frozen=True)
class Fault:
    """One wrong line. `history` is the number of a history of `strategy` that shows it."""

    name: str
    module: str
    history: int
    text: str
    instead: str
    strategy: str = "any"


@contextmanager
def planted(fault: Fault) -> Iterator[None]:
    """The fold with the fault in it. Raises ValueError if its text does not stand once."""
    package = "processors" if fault.module in BESIDE else "processors.registry"
    module = import_module(f"{package}.{fault.module}")
    source = source_of(module)
    if source.count(fault.text) != 1:
        raise ValueError(
            f"{fault.name}: {source.count(fault.text)} places in {fault.module}.py say {fault.text}"
        )
    with swapped(module, source.replace(fault.text, fault.instead)) as names:
        if not names:
            raise ValueError(f"{fault.name}: no function of {fault.module}.py has changed")
        yield
