"""A partner's file → the records in it, as it is read for every command (a shell)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from events.model import ADMINISTRATION
from events.rejection import Reason, Refusal, Refusals
from infra.errors import UsageProblem
from infra.settings import Settings
from producers import anchor
from producers.kept import NOTHING_KEPT, Kept, name_of
from producers.lists import reading
from producers.lists.columns import NOTHING_SAID, Said
from producers.lists.evidence import ReadAs
from producers.lists.files import reader
from producers.lists.grouping import BadRecord, Draft, Remark, group, strictly
from producers.lists.headers import COVERS_TO, Layout, layout, unnamed
from producers.lists.headers import known as known_titles
from producers.lists.readings import Reading
from producers.lists.repeats import repeats
from producers.lists.table import Table
from producers.lists.templates import TEMPLATES, Template
from producers.lists.values import Context


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a list is read: of the partner, and how much a file may take.

    `issuers` are the organisations whose case numbers it may name (`anchor.organisations`), `kept`
    what was answered before about its columns.
    """

    issuers: frozenset[str] = frozenset()
    kept: Kept = NOTHING_KEPT
    limits: reader.Limits = reader.USUAL

    @classmethod
    def of(cls, settings: Settings, org: str) -> "Known":
        """Of ORG on this machine; '' is nobody, whose list is only validated."""
        issuers = anchor.organisations(settings, org)
        return cls(issuers, Kept.of(settings, org), reader.Limits.of(settings))


NOTHING_KNOWN: Final = Known()


@dataclass(frozen=True, slots=True)
class ReadList:
    """A file as read: the records to send, and those with problems, in the file's order.

    `reading`: what was read of the file, and what was not. `read_as`: how columns were read that
    could be read otherwise. `of_list`: warnings about the list as a whole; those about a row are
    the records' own.
    """

    template: Template
    drafts: tuple[Draft, ...]
    bad: tuple[BadRecord, ...]
    reading: Reading
    read_as: tuple[ReadAs, ...] = ()
    of_list: tuple[Remark, ...] = ()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """All warnings, those about the list first."""
        records: tuple[Draft | BadRecord, ...] = (*self.drafts, *self.bad)
        return (*self.of_list, *(remark for record in records for remark in record.remarks))


Hear = Callable[[ReadList], None]
"""Hears of a list once it is read, before anything is sent."""


def unheard(found: ReadList) -> None:
    """A list that is read, where nobody asks how."""


def read_list(
    org: str,
    path: Path,
    kind: str,
    mapping: Path | None = None,
    *,
    said: Said = NOTHING_SAID,
    known: Known = NOTHING_KNOWN,
    watching: reader.Progress = reader.unheard,
) -> ReadList:
    """Read a list of ORG; the administration's has programmes of several owners.

    `said` is what the officer says of the list, `watching` is told how far it is. Raises
    UsageProblem for the file as a whole: unreadable, empty, unknown or missing columns, columns
    that can be read in two ways, hidden rows, more than the limits allow.
    """
    template = TEMPLATES.get(kind)
    if template is None:
        raise UsageProblem(f"There is no list of kind {kind}. Known: {', '.join(TEMPLATES)}.")
    heard: list[Remark | ReadAs] = []
    try:
        theirs = reading.read_mapping(mapping) if mapping else {}
        own = "" if org == ADMINISTRATION else org
        context = Context(own, reading.known_districts(), known.issuers, reading.known_places())
        with reading.opened(path, known.limits, watching, said) as source:
            table = Table(source, known_titles(template, theirs))
            if not table.header:
                raise Refusal(Reason.EMPTY_FILE)
            columns = layout(table.header, template, theirs)
            columns = _answered(columns, kind, theirs, said, known.kept)
            rows, nameless = table.body(columns, template), unnamed(table.header)
            found = list(group(rows, columns, nameless, template, context, said, heard.append))
    except Refusal as refusal:
        raise UsageProblem.of(refusal, path.name) from None
    if not found:
        raise UsageProblem.of(Refusal(Reason.EMPTY_FILE), path.name)
    remarks = tuple(item for item in heard if isinstance(item, Remark))
    found = list(_with_repeats(found))
    if said.strict:
        if remarks:
            refusals = [Refusal(one.reason, one.field, one.hint) for one in remarks]
            raise UsageProblem.of(Refusals(refusals), path.name)
        found = list(map(strictly, found))
    return ReadList(
        template,
        tuple(item for item in found if isinstance(item, Draft)),
        tuple(item for item in found if isinstance(item, BadRecord)),
        table.reading,
        tuple(item for item in heard if isinstance(item, ReadAs)),
        remarks,
    )


def _with_repeats(found: Iterable[Draft | BadRecord]) -> Iterator[Draft | BadRecord]:
    """The records, each with the remarks about others of the list for the same person and days."""
    found = list(found)
    by_row: dict[int, list[Remark]] = {}
    for remark in repeats(item for item in found if isinstance(item, Draft)):
        by_row.setdefault(remark.row, []).append(remark)
    for item in found:
        more = by_row.get(item.first_row) if isinstance(item, Draft) else None
        yield replace(item, remarks=(*item.remarks, *more)) if more else item


def _answered(
    found: Layout, kind: str, theirs: Mapping[str, str | None], said: Said, kept: Kept
) -> Layout:
    """A layout with what is known of the last day: said now, or before, or by its header.

    Raises Refusals where the header says otherwise; what nobody said is asked by the grouping.
    """
    answer = said.covers_to
    if not found.asked:
        stated = found.says_last_day
        if answer and COVERS_TO in found.names and stated and answer is not found.last_day:
            raise Refusals([Refusal(Reason.LAST_DAY_UNSAID, COVERS_TO)])
        return replace(found, last_day=answer or found.last_day)
    name = name_of(kind, found.asked, theirs)
    if answer:
        kept.keep(name, answer)
    else:
        answer = kept.last_day(name)
    return replace(found, last_day=answer)
