"""A list's drafts → the lines to send, with their versions (pure).

What was sent before comes from the ledger as an argument, and so do tokens and nonces.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from events import codec
from events.rejection import Refusal
from producers import records, reuse
from producers.lists.grouping import Draft, RowProblem
from producers.references import References
from producers.tokens import Identifier, Tokens
from producers.versions import HELD, REJECTED, Sent, Thing, Wanted, numbered


@dataclass(frozen=True, slots=True)
class Planned:
    """A draft that will be sent as `sent.line`.

    `ledgered`: the ledger speaks of these bytes. Not so where another content went out under
    this version before: then this line is sent for its answer, and the ledger keeps the first.
    """

    draft: Draft
    sent: Sent
    ledgered: bool


@dataclass(frozen=True, slots=True)
class Unsendable:
    """A draft that is no record of the model."""

    draft: Draft
    thing: Thing
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class _Built:
    draft: Draft
    thing: Thing
    fields: dict[str, Any]
    public: dict[str, Any]
    subjects: list[dict[str, Any]]
    people: bytes

    def said(self) -> reuse.Said:
        return reuse.Said(self.thing[0], self.public, self.people)

    def hash_at(self, version: int) -> bytes:
        return codec.content_hash({**self.public, "version": version}, self.subjects)

    def line(self, version: int) -> bytes:
        people = {"subjects": self.subjects} if "subjects" in self.fields else {}
        return codec.dumps(
            {**self.public, "version": version, "nonce": self.fields["nonce"], **people}
        )

    def wanted(self) -> Wanted:
        planned = self.fields.get("stage", "planned") == "planned"
        return Wanted(_explicit(self.draft), planned, self.hash_at)


class Planner:
    """Numbers and builds the records of one list; one object for one run over it.

    `same_assistance`: a reference that looks used twice is the same assistance all the same.
    """

    def __init__(
        self,
        org: str,
        kind: str,
        reference_key: bytes,
        drafts: Sequence[Draft],
        *,
        same_assistance: bool = False,
    ) -> None:
        self._org, self._kind, self._key = org, kind, reference_key
        self._references = References(reference_key)
        self._same_assistance = same_assistance
        self._siblings: dict[str, list[Draft]] = {}
        for draft in drafts:
            self._siblings.setdefault(draft.reference, []).append(draft)
        self._versions: dict[int, int] = {}  # by the draft's first row
        self._reused: dict[str, RowProblem] = {}  # by the reference
        self._mine: dict[tuple[Thing, int], Sent] = {}

    def thing(self, draft: Draft) -> Thing:
        """(kind, id) of what a draft is a version of."""
        return self._kind, records.thing_id(self._kind, self._key, self._org, draft.reference)

    def needed(self, chunk: Iterable[Draft]) -> list[Draft]:
        """The drafts of a chunk with all others of their references: they are numbered together."""
        references = dict.fromkeys(draft.reference for draft in chunk)
        return [draft for reference in references for draft in self._siblings[reference]]

    def plan(
        self,
        chunk: Iterable[Draft],
        known: Mapping[Thing, Sequence[Sent]],
        tokens: Mapping[Identifier, Tokens],
        nonce: Callable[[], str],
    ) -> list[Planned | Unsendable]:
        """What becomes of each draft of a chunk, in order.

        `known` and `tokens` cover all that `needed` names; `nonce` gives 32 random hex digits.
        """
        found: list[Planned | Unsendable] = []
        for draft in chunk:
            built = self._built(draft, tokens, nonce())
            if isinstance(built, Unsendable):
                found.append(built)
                continue
            if draft.first_row not in self._versions and draft.reference not in self._reused:
                self._number(draft, built, known[built.thing], tokens)
            if problem := self._reused.get(draft.reference):
                found.append(Unsendable(draft, built.thing, (problem,)))
                continue
            version = self._versions[draft.first_row]
            found.append(self._planned(built, version, known[built.thing]))
        return found

    def problems(self, draft: Draft, tokens: Mapping[Identifier, Tokens]) -> tuple[RowProblem, ...]:
        """What keeps a draft from being a record; nothing is numbered."""
        built = self._built(draft, tokens, records.NO_NONCE)
        return built.problems if isinstance(built, Unsendable) else ()

    def _built(
        self, draft: Draft, tokens: Mapping[Identifier, Tokens], nonce: str
    ) -> _Built | Unsendable:
        thing = self.thing(draft)
        fields = records.content(self._kind, self._key, self._org, draft, tokens)
        fields["nonce"] = nonce
        try:
            record = records.build(self._kind, draft, fields, _explicit(draft) or 1)
        except records.Invalid as invalid:
            return Unsendable(draft, thing, invalid.problems)
        people = reuse.marks(self._key, draft.persons)
        return _Built(draft, thing, fields, *codec.public_and_subjects(record), people)

    def _number(
        self,
        draft: Draft,
        built: _Built,
        known: Sequence[Sent],
        tokens: Mapping[Identifier, Tokens],
    ) -> None:
        run: list[_Built] = []
        for sibling in self._siblings[draft.reference]:
            other = built if sibling is draft else self._built(sibling, tokens, records.NO_NONCE)
            if isinstance(other, _Built):
                run.append(other)
        versions = numbered(known, [one.wanted() for one in run])
        if not self._same_assistance:
            self._check_reuse(known, list(zip(run, versions, strict=True)))
        for one, version in zip(run, versions, strict=True):
            self._versions[one.draft.first_row] = version

    def _check_reuse(self, known: Sequence[Sent], run: Sequence[tuple[_Built, int]]) -> None:
        """Note a reference whose next version looks like another assistance."""
        standing = [sent for sent in known if sent.status not in (REJECTED, HELD)]
        before = _said(standing[-1]) if standing else None
        repeated = {(sent.version, sent.hash) for sent in known}
        for built, version in run:
            now = built.said()
            if before and _explicit(built.draft) is None:
                try:
                    if (version, built.hash_at(version)) not in repeated:
                        reuse.check(before, now)
                except Refusal as refusal:
                    draft = built.draft
                    self._reused[draft.reference] = RowProblem(
                        draft.first_row, draft.reference, refusal.reason, refusal.field
                    )
                    return
            before = now

    def _planned(self, built: _Built, version: int, known: Sequence[Sent]) -> Planned:
        before = self._mine.get((built.thing, version))
        before = before or next((sent for sent in known if sent.version == version), None)
        content_hash = built.hash_at(version)
        if before and before.hash == content_hash:
            return Planned(built.draft, before, ledgered=True)
        line = built.line(version)
        refusals = before.refusals if before else 0
        sent = Sent(
            *built.thing,
            version,
            content_hash,
            line,
            refusals=refusals,
            people=built.people,
            reference=self._references.seal(built.thing[1], built.draft.reference),
        )
        ledgered = before is None or before.status in (REJECTED, HELD)
        if ledgered and len(self._siblings[built.draft.reference]) > 1:
            self._mine[built.thing, version] = sent  # a later row may say it again
        return Planned(built.draft, sent, ledgered)


def _said(sent: Sent) -> reuse.Said:
    return reuse.Said(sent.kind, codec.strict_loads(sent.line), sent.people)


def _explicit(draft: Draft) -> int | None:
    version = draft.fields.get("version")
    return int(str(version)) if version is not None else None
