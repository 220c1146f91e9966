"""`tekil verify` of journals that an earlier version wrote, and of many histories."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from events.catalog import Topic
from events.codec import dumps
from tests.fakes.verified import ListLogs, ListTables
from tests.oracle.compare import folded
from tests.oracle.histories import histories
from tests.oracle.told import Told
from tests.replay.old_journal import OldJournal, journals
from tests.unit.office.verifying.looking import difference, look, told


def logs_of(old: OldJournal) -> ListLogs:
    """What is left of it: the journal, its keys as they were compacted, and what was said."""
    logs = ListLogs({topic: [] for topic in Topic if topic != Topic.RECEIPTS})
    for value in old.blocks:
        logs.add(Topic.JOURNAL, value)
    for name, keys in old.keys.items():
        logs.add(Topic.KEYS, keys, name.encode())
    for output in old.then.outputs:
        logs.add(Topic.FINDINGS, dumps(output))
    logs.kept_from[Topic.SUBMISSIONS] = 1 << 40
    return logs


@pytest.mark.parametrize("name", sorted(journals()))
def test_an_old_journal_is_read_as_it_was(name: str) -> None:
    old = journals()[name]
    counts = look(logs_of(old)).counts
    assert counts.blocks == counts.outputs == len(old.blocks)
    assert counts.unopened == old.erased()
    assert counts.decided == 0 < counts.by_signature
    assert counts.foreign.keys() <= {Topic.KEYS}


def test_an_old_output_that_says_something_else_is_named() -> None:
    old = journals()["every-status"]
    logs = logs_of(old)
    number = next(n for n, output in enumerate(old.then.outputs) if output["findings"])
    output: Any = old.then.outputs[number]
    finding = output["findings"][0] | {"status": "dismissed"}
    changed = dumps(output | {"findings": [finding, *output["findings"][1:]]})
    logs.topics[Topic.FINDINGS][number].value = changed
    what = difference(logs)
    assert (what.where, what.seq, what.field) == ("aid-findings", number, "findings[0].status")


def test_unsigned_topics_are_read_up_to_the_first_key() -> None:
    """Nothing is signed here but what partners send: blocks of today, whose keys have digests."""
    system = told(signed=False)
    logs = ListLogs.of(system)
    assert look(logs, ListTables(system)).counts.foreign == {}
    logs.add(Topic.FINDINGS, dumps({**system.outputs[2], "seq": 10**9}))
    logs.add(Topic.FINDINGS, dumps({**system.outputs[2], "day": "2031-01-01"}))
    assert look(logs, ListTables(system)).counts.foreign == {"aid-findings": 2}


@settings(
    max_examples=25,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(histories(with_acts=True))
def test_whatever_happened_is_as_it_should_be(history: Told) -> None:
    system = folded(history)
    found = look(ListLogs.of(system), ListTables(system))
    assert found.counts.decided == len(system.sent)
    assert (found.counts.foreign, found.not_yet) == ({}, {})
