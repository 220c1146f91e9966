"""A partner's list: check it, ask about it, publish it; the answer file beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.errors import UsageProblem
from infra.settings import Settings
from producers import anchor, checking, publishing
from producers.answering import writing
from producers.answers import AnsweredRow
from producers.lists.files.reader import Limits
from producers.lists.reading import PLAIN, Opening
from producers.lists.readings import Reading, Told, unsaid
from producers.sdk import Step

KIND: Final = "assistance"


@dataclass(frozen=True, slots=True)
class ListWanted:
    """A list of an organisation: its file, its kind of records, their headers → ours (JSON file).

    `answers` is where the answer file goes; None is a place beside the list. `opening`: what the
    officer says of the file. `same_assistance`: references that look used twice are not.
    """

    org: str
    file: Path
    kind: str = KIND
    mapping: Path | None = None
    answers: Path | None = None
    opening: Opening = PLAIN
    same_assistance: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how far it is: bytes read, tokens of a part of the list, records answered; and
    what people should know of key servers; and what was read of the file."""

    read: Callable[[int, int], None] = lambda done, total: None
    tokens: Callable[[int, int], None] = lambda done, total: None
    answered: Callable[[Step], None] = lambda step: None
    notify: Callable[[str], None] = lambda text: None
    reading: Told = unsaid


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer for each row of a list, in its order, and where they were written.

    `problem` says why the answer file is not where it was wanted; '' if it is. `file` is None for
    what was only validated.
    """

    rows: list[AnsweredRow]
    file: Path | None = None
    problem: str = ""


UNWATCHED: Final = Watch()


def validate(settings: Settings, wanted: ListWanted, watch: Watch = UNWATCHED) -> Answered:
    """Check a list without keys or network: each row is `valid` or rejected. Raises UsageProblem
    for the file as a whole."""
    rows = publishing.validate_list(
        wanted.org,
        wanted.file,
        wanted.kind,
        wanted.mapping,
        Limits.of(settings),
        watch.read,
        wanted.opening,
        watch.reading,
        anchor.organisations(settings, wanted.org),
    )
    return Answered(rows)


def publish(settings: Settings, wanted: ListWanted, watch: Watch = UNWATCHED) -> Answered:
    """Publish a list, wait for its answers, write the answer file.

    Raises UsageProblem (nothing was sent) and SystemUnavailable (nothing is lost).
    """
    read, told = _heard(watch)
    rows = publishing.publish_list(
        settings,
        wanted.org,
        wanted.file,
        wanted.kind,
        wanted.mapping,
        watch.answered,
        watching=watch.read,
        tokenising=watch.tokens,
        notify=watch.notify,
        opening=wanted.opening,
        told=told,
        same_assistance=wanted.same_assistance,
    )
    return _written(settings, wanted, "answers", read, rows)


def check(settings: Settings, wanted: ListWanted, watch: Watch = UNWATCHED) -> Answered:
    """Ask about each record of an assistance list, write the answer file; nothing is planned.

    Raises UsageProblem (nothing was asked) and SystemUnavailable.
    """
    if wanted.kind != KIND:
        raise UsageProblem(f"Questions are asked about a list of {KIND}.")
    read, told = _heard(watch)
    rows = checking.check_list(
        settings,
        wanted.org,
        wanted.file,
        wanted.mapping,
        watch.answered,
        watching=watch.read,
        tokenising=watch.tokens,
        notify=watch.notify,
        opening=wanted.opening,
        told=told,
    )
    return _written(settings, wanted, "check", read, rows)


def _written(
    settings: Settings,
    wanted: ListWanted,
    ending: str,
    read: list[Reading],
    rows: list[AnsweredRow],
) -> Answered:
    """The records are in: an answer file that cannot be written must not look like a failure."""
    target = wanted.answers or writing.place_beside(wanted.file, ending)
    [reading] = read
    limits = Limits.of(settings)
    try:
        writing.write_answers(target, wanted.file, reading, rows, settings.lang, limits)
    except UsageProblem as problem:
        # without the list: no number and no name comes into the home
        target = settings.folder("answers") / writing.named(target).name
        writing.write_alone(target, rows, settings.lang)
        return Answered(rows, target, str(problem))
    return Answered(rows, target)


def _heard(watch: Watch) -> tuple[list[Reading], Told]:
    """Who keeps what was read, and tells it on."""
    read: list[Reading] = []

    def told(reading: Reading) -> None:
        read.append(reading)
        watch.reading(reading)

    return read, told
