"""Which version a row without a version is (pure).

One more than the last sent; a row equal to the last sent keeps its version. Several rows
of one reference in a file are compared as a run: a file that holds a plan and its delivery
and is sent twice must not become a second plan.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from events.outputs import Answer

SENDING: Final = "sending"
REJECTED: Final = "rejected"
HELD: Final = "held"
"""Rejected with a whole submission: sent again under the same id, which may have been released."""
FIRST_PLANNED: Final = 1
FIRST_OTHER: Final = 2
"""A delivery without a plan leaves 1 free, so that a plan that comes late fits below it."""


Thing = tuple[str, str]
"""(kind, id) of what a record is a version of, as `events.model.identity` gives it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One version as first sent. `hash` is `events.codec.content_hash` of its content.

    `refusals` counts how often it was rejected, so that sending it again after the cause
    is mended is a new submission and not a repetition of the old answer. `people` are their marks
    (`producers.reuse`), `reference` the sealed one (`producers.references`): both are empty where
    an older version of this program sent it.
    """

    kind: str
    id: str
    version: int
    hash: bytes
    line: bytes
    status: str = SENDING
    refusals: int = 0
    answer: Answer | None = None
    people: bytes = b""
    reference: bytes = b""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What numbering needs to know of a draft.

    `hash_at(version)` is the content hash that the draft would have under a version.
    """

    explicit: int | None
    planned: bool
    hash_at: Callable[[int], bytes]


def numbered(known: Sequence[Sent], drafts: Sequence[Wanted]) -> list[int]:
    """The version of each draft of one thing, in the list's order; `known` lowest first.

    A draft with an explicit version keeps it.
    """
    repeated = _repeated(known, drafts)
    found = [sent.version for sent in known[len(known) - repeated :]] if repeated else []
    last = known[-1].version if known else 0
    for draft in drafts[repeated:]:
        if draft.explicit is not None:
            version = draft.explicit
        elif last:
            version = last + 1
        else:
            version = FIRST_PLANNED if draft.planned else FIRST_OTHER
        found.append(version)
        last = max(last, version)
    return found


def _repeated(known: Sequence[Sent], drafts: Sequence[Wanted]) -> int:
    """How many of the first drafts are the last versions sent, again."""
    for count in range(min(len(known), len(drafts)), 0, -1):
        tail = known[len(known) - count :]
        if all(_same(draft, sent) for draft, sent in zip(drafts, tail, strict=False)):
            return count
    return 0


def _same(draft: Wanted, sent: Sent) -> bool:
    if draft.explicit not in (None, sent.version):
        return False
    return draft.hash_at(sent.version) == sent.hash
