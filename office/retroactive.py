"""What a policy with a past date of effect would change: the journal folded again beside it.

A policy that comes late changes nothing by itself: what was folded is judged anew when a record
of it changes (docs/decisions/0007). This folds the whole journal as if the policy had been the
last word from the first day on, and compares what stands then with what stands now.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from events.attributed import output_of
from events.catalog import Topic
from events.journal import Block
from events.outputs import FindingRevision, RegistryOutput
from infra import journal
from infra.key_messages import KeysNow
from infra.ports import Store
from infra.rocksdb import RocksStore
from infra.scan import scan
from infra.settings import Settings
from office.policies import Draft
from processors.overlay import Overlay
from processors.registry.fold import fold_block
from processors.registry.memory import RegistryState
from processors.registry.rules import Rules
from processors.sealed import people_of

ALL: Final = (b"",)
DRAFT_VERSION: Final = 1_000_000
"""Of the policy in the shadow: no real one comes so high."""
Progress = Callable[[int, int], None]
"""(messages of the journal that are folded, all of them)."""
Standing = dict[str, FindingRevision]
"""Finding → its newest revision."""


@dataclass(frozen=True, slots=True)
class Change:
    """Findings that would stand otherwise if every record was looked at again.

    `open` are those that are open now. Of them `closing` would not stand, and `changing` would
    have another window, amount or strength; `opening` would stand beside them.
    """

    open: int
    closing: int
    changing: int
    opening: int


def change(settings: Settings, draft: Draft, progress: Progress) -> Change:
    """Fold the journal with the policy in a store of its own, which is gone afterwards.

    Raises SystemUnavailable.
    """
    trust = journal.standing(settings).trust
    outputs = (output_of(message.value, trust) for message in scan(settings, Topic.FINDINGS))
    now = standing(output for output in outputs if output is not None)
    blocks, keys = journal.blocks(settings, ALL, progress), KeysNow.of(settings, "office")
    with (
        tempfile.TemporaryDirectory(prefix="tekil-shadow-") as folder,
        closing(RocksStore(Path(folder))) as store,
    ):
        then = standing(shadow(blocks, keys, draft, store))
    return compare(now, then)


def compare(now: Standing, then: Standing) -> Change:
    """What differs. A finding that is decided stays so, whatever else changes."""
    is_open = {name for name, finding in now.items() if finding["status"] == "open"}
    stands_now = {name for name, finding in now.items() if finding["status"] != "withdrawn"}
    stands_then = {name for name, finding in then.items() if finding["status"] != "withdrawn"}
    both = is_open & stands_then
    changing = sum(_content(now[name]) != _content(then[name]) for name in both)
    return Change(len(is_open), len(is_open - both), changing, len(stands_then - stands_now))


def _content(finding: FindingRevision) -> tuple[Any, ...]:
    names = ("strength", "overlap_from", "overlap_to", "amount_at_risk", "currency")
    return tuple(finding[name] for name in names)  # type: ignore[literal-required]


def standing(outputs: Iterator[RegistryOutput]) -> Standing:
    """The newest revision of each finding, however often an output was said."""
    found: Standing = {}
    for output in outputs:
        for finding in output["findings"]:
            known = found.get(finding["finding_id"])
            if known is None or known["revision"] <= finding["revision"]:
                found[finding["finding_id"]] = finding
    return found


# -- the shadow ----------------------------------------------------------------------------------


class _Shadow(RegistryState):
    """The registry's state with one more policy, which has the last word on its days."""

    def __init__(self, store: Store, draft: Draft) -> None:
        day = draft.in_force_from.toordinal()
        self._last = Rules.of(DRAFT_VERSION, day, draft.rules)
        super().__init__(Overlay(store))

    @property
    def rules(self) -> list[Rules]:
        """The policies in the order in which they were signed, and this one behind them."""
        return self._rules

    @rules.setter
    def rules(self, signed: list[Rules]) -> None:
        self._rules = [*signed, self._last] if signed else []


def shadow(
    blocks: Iterator[Block], keys: KeysNow, draft: Draft, store: Store
) -> Iterator[RegistryOutput]:
    """What the registry would have said, had the policy been there from the first day on."""
    state, names = _Shadow(store, draft), keys.again.remains.stand_ins
    for block in blocks:
        opener = partial(people_of, keys.keys(block), keys.left(block), names)
        yield fold_block(state, block, opener)
        store.write(state.save())
