"""A partner's list: check it, ask about it, publish it; the answer file beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from events.model import InquiryReason
from events.rejection import Reason, Refusal
from infra.errors import UsageProblem
from infra.settings import Settings
from producers import checking, publishing
from producers.answering import writing
from producers.answers import AnsweredRow
from producers.listed import Hear, Known, ReadList, unheard
from producers.lists.columns import NOTHING_SAID, Said
from producers.lists.files.reader import Limits
from producers.sdk import Step

KIND: Final = "assistance"


@dataclass(frozen=True, slots=True)
class ListWanted:
    """A list of an organisation: its file, its kind of records, their headers → ours (JSON file).

    `answers` is where the answer file goes; None is a place beside the list, or nowhere for what is
    only validated. `said` is what the officer says of the list. `reason` says why it is asked
    about: a code of `InquiryReason`.
    """

    org: str
    file: Path
    kind: str = KIND
    mapping: Path | None = None
    answers: Path | None = None
    said: Said = NOTHING_SAID
    reason: str = InquiryReason.OTHER


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how far it is: bytes read, tokens of a part of the list, records answered; and
    what people should know of key servers; and how the list was read."""

    read: Callable[[int, int], None] = lambda done, total: None
    tokens: Callable[[int, int], None] = lambda done, total: None
    answered: Callable[[Step], None] = lambda step: None
    notify: Callable[[str], None] = lambda text: None
    hear: Hear = unheard


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer for each row of a list, in its order, and where they were written.

    `problem` says why the answer file is not where it was wanted; '' if it is. `file` is None for
    what was validated without one.
    """

    rows: list[AnsweredRow]
    file: Path | None = None
    problem: str = ""


UNWATCHED: Final = Watch()


def validate(settings: Settings, wanted: ListWanted, watch: Watch = UNWATCHED) -> Answered:
    """Check a list without keys or network: each row is `valid` or rejected; an answer file is
    written where one is wanted. Raises UsageProblem for the file as a whole."""
    read, hear = _heard(watch)
    rows = publishing.validate_list(
        wanted.org,
        wanted.file,
        wanted.kind,
        wanted.mapping,
        said=wanted.said,
        known=Known.of(settings, wanted.org),
        watching=watch.read,
        hear=hear,
    )
    return (
        _written(settings, wanted, wanted.answers, read, rows)
        if wanted.answers
        else (Answered(rows))
    )


def publish(settings: Settings, wanted: ListWanted, watch: Watch = UNWATCHED) -> Answered:
    """Publish a list, wait for its answers, write the answer file.

    Raises UsageProblem (nothing was sent) and SystemUnavailable (nothing is lost).
    """
    read, hear = _heard(watch)
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
        said=wanted.said,
        hear=hear,
    )
    target = wanted.answers or writing.place_beside(wanted.file, "answers")
    return _written(settings, wanted, target, read, rows)


def check(settings: Settings, wanted: ListWanted, watch: Watch = UNWATCHED) -> Answered:
    """Ask about each record of an assistance list, write the answer file; nothing is planned.

    Raises UsageProblem (nothing was asked) and SystemUnavailable.
    """
    if wanted.kind != KIND:
        raise UsageProblem(f"Questions are asked about a list of {KIND}.")
    try:
        reason = InquiryReason(wanted.reason)
    except ValueError:
        refusal = Refusal(Reason.INVALID_VALUE, "reason")
        raise UsageProblem.of(refusal, codes=[*InquiryReason]) from None
    read, hear = _heard(watch)
    rows = checking.check_list(
        settings,
        wanted.org,
        wanted.file,
        wanted.mapping,
        watch.answered,
        reason=reason,
        watching=watch.read,
        tokenising=watch.tokens,
        notify=watch.notify,
        said=wanted.said,
        hear=hear,
    )
    target = wanted.answers or writing.place_beside(wanted.file, "check")
    return _written(settings, wanted, target, read, rows)


def _written(
    settings: Settings,
    wanted: ListWanted,
    target: Path,
    read: list[ReadList],
    rows: list[AnsweredRow],
) -> Answered:
    """The records are in: an answer file that cannot be written must not look like a failure."""
    [found] = read
    limits = Limits.of(settings)
    try:
        writing.write_answers(target, wanted.file, found.reading, rows, settings.lang, limits)
    except UsageProblem as problem:
        # without the list: no number and no name comes into the home
        target = settings.folder("answers") / writing.named(target).name
        writing.write_alone(target, rows, settings.lang)
        return Answered(rows, target, str(problem))
    return Answered(rows, target)


def _heard(watch: Watch) -> tuple[list[ReadList], Hear]:
    """Who keeps what was read, and tells it on."""
    read: list[ReadList] = []

    def hear(found: ReadList) -> None:
        read.append(found)
        watch.hear(found)

    return read, hear
