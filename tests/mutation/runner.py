"""Runs the tests that reach a mutant against it, each mutant in a process of its own.

A pytest plugin: the tests are collected and run once, to see which lines of the modules each of
them reaches; then, for each mutant, a fork of this process plants it and runs those tests
until one fails.
"""

import ast
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import Mutant, mutants
from tests.swap import forget, source_name, source_of, swapped

SECONDS = 60
"""A mutant that runs for so long hangs, and is found."""
SURVIVED, KILLED_BY = 0, 1


@dataclass
class Score:
    """The mutants of one module by what became of them."""

    killed: list[Mutant] = field(default_factory=list)
    survived: list[Mutant] = field(default_factory=list)
    unreached: list[Mutant] = field(default_factory=list)

    @property
    def left(self) -> list[Mutant]:
        """Those that no test has found."""
        return [*self.survived, *self.unreached]

    @property
    def total(self) -> int:
        """How many mutants there were."""
        return len(self.killed) + len(self.left)


class Mutation:
    """The plugin. `scores` has the result by module name."""

    def __init__(self, modules: list[ModuleType]) -> None:
        self.modules = modules
        self.scores: dict[str, Score] = {}
        self._reached: dict[tuple[str, int], list[pytest.Item]] = defaultdict(list)
        self._killers: list[pytest.Item] = []

    @pytest.hookimpl
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running the tests once."""
        for item in session.items:
            with self._traced(item):
                reports = runtestprotocol(item, log=False, nextitem=None)
            if any(report.failed for report in reports):
                raise pytest.UsageError(f"{item.nodeid} fails without any mutant")
        for module in self.modules:
            self.scores[module.__name__] = self._score(module)
        return True

    @contextmanager
    def _traced(self, item: pytest.Item) -> Iterator[None]:
        """Note which lines of the modules a test reaches."""
        files = {source_name(module) for module in self.modules}
        lines: set[tuple[str, int]] = set()
        for module in self.modules:
            forget(module)

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            if frame.f_code.co_filename not in files:
                return None
            lines.add((frame.f_code.co_filename, frame.f_lineno))
            return trace

        sys.settrace(trace)
        try:
            yield
        finally:
            sys.settrace(None)
        for line in lines:
            self._reached[line].append(item)

    def _score(self, module: ModuleType) -> Score:
        score = Score()
        self._check_that_the_right_one_survives(module)
        wrong = list(mutants(source_of(module)))
        started = time.monotonic()
        for number, mutant in enumerate(wrong, 1):
            items = self._reached[source_name(module), mutant.line]
            if not items:
                score.unreached.append(mutant)
            elif self._is_killed(module, mutant, items):
                score.killed.append(mutant)
            else:
                score.survived.append(mutant)
            if number % 25 == 0 or number == len(wrong):
                print(
                    f"{module.__name__}: {number} of {len(wrong)} mutants, {len(score.left)} left, "
                    f"{time.monotonic() - started:.0f} s",
                    flush=True,
                )
        return score

    def _check_that_the_right_one_survives(self, module: ModuleType) -> None:
        """A fork in which tests fail without any mutant would find all of them."""
        items = {item for reached in self._reached.values() for item in reached}
        tree = ast.parse(source_of(module))
        right = Mutant(0, "", "", tree)
        if self._is_killed(module, right, sorted(items, key=lambda item: item.nodeid)):
            raise pytest.UsageError(f"a test fails in a fork without any mutant of {module}")

    def _is_killed(self, module: ModuleType, mutant: Mutant, items: list[pytest.Item]) -> bool:
        """Whether one of the tests fails with the mutant; what killed others is tried first."""
        rank = {item: place for place, item in enumerate(reversed(self._killers))}
        ordered = sorted(items, key=lambda item: rank.get(item, len(rank)))
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(SECONDS)
            os._exit(_tried(module, mutant, ordered, writer))
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        if said:
            killer = ordered[int(said)]
            self._killers = [*(item for item in self._killers if item is not killer), killer][-20:]
        hangs = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
        if status and not said and not hangs:
            raise pytest.UsageError(f"a fork ended with {status}: {mutant.line}: {mutant.name}")
        return bool(status)


def _tried(module: ModuleType, mutant: Mutant, items: list[pytest.Item], writer: int) -> int:
    """In the fork: 1 if a test fails, and which one is written; else 0."""
    with swapped(module, mutant.tree):
        for place, item in enumerate(items):
            reports = runtestprotocol(item, log=False, nextitem=None)
            if any(report.failed for report in reports):
                os.write(writer, str(place).encode())
                return KILLED_BY
    return SURVIVED
