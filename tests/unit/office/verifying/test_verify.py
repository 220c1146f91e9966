"""`tekil verify` over the topics of a system: all is well, and each planted difference is named."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from events.catalog import Topic, receipts_topic
from events.codec import dumps
from events.outputs import split
from events.stage_signing import content_of
from office.verification import Source, verified
from office.verifying import run
from office.verifying.differences import Difference, What
from office.verifying.run import Verified
from tests.fakes.projection_log import PERSON_KEY
from tests.fakes.store import MemoryStore
from tests.fakes.verified import ListLogs, ListTables, Recorded
from tests.kit import System

SAID = (
    "KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01 M=P02",
    "STK NAKIT s1 rent/cash/m 900 2026-05 R=P01",
    "PLAN STK NAKIT s2 food/cash/1 100 2026-05 R=P02",
    "KIZ TEMEL k1 rent/cash/m 600 2026-05 R=P01 M=P02",
)


class Shelf:
    """Where the reading's store stays between two runs."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.heard: list[str] = []

    def source(self) -> Source:
        def opened() -> MemoryStore:
            again = MemoryStore()
            again.data = self.store.data
            return again

        return Source(opened, lambda: self.store.data.clear(), self.heard.append)


def told(signed: bool = True) -> Recorded:
    system = Recorded.ready(signed=signed)
    assert isinstance(system, Recorded)
    for line in SAID:
        system.say(line)
    system.send(system.raw([], b"nothing that anybody signed"))
    system.step("2025-01-03")
    return system


def look(
    logs: ListLogs, tables: ListTables | None = None, shelf: Shelf | None = None, anew: bool = False
) -> Verified:
    source = (shelf or Shelf()).source()
    return verified(logs, source, tables, anew, lambda *step: None, None, PERSON_KEY)


def difference(logs: ListLogs, tables: ListTables | None = None) -> What:
    with pytest.raises(Difference) as found:
        look(logs, tables)
    return found.value.what


@pytest.fixture
def system() -> Recorded:
    return told()


@pytest.fixture
def logs(system: Recorded) -> ListLogs:
    return ListLogs.of(system)


def test_all_is_as_it_should_be(system: Recorded, logs: ListLogs) -> None:
    found = look(logs, ListTables(system))
    counts = found.counts
    assert counts.blocks == len(system.blocks) == counts.outputs
    assert counts.decided == len(system.sent) == counts.submissions
    assert counts.records == len([i for i in system.items() if i["t"] in ("rec", "dup", "rej")])
    assert (counts.by_signature, counts.unopened, counts.expired) == (0, 0, 0)
    assert counts.keys == len(system.keys)
    assert counts.receipts == sum(len(logs.topics[t]) for t in logs.topics if "receipts" in t) > 8
    assert found.rows == sum(len(rows) for rows in ListTables(system).stored.values()) > 60
    assert counts.foreign == found.not_yet == {}


# -- planted -------------------------------------------------------------------------------------


def resaid(system: System, number: int, change: Callable[[Any], None]) -> bytes:
    """An output with something else in it, signed by the registry."""
    (part,) = split(system.outputs[number])
    other = orjson.loads(dumps(part))
    change(other)
    return system.signed_output(other)


def finding_of(system: System) -> int:
    return next(n for n, output in enumerate(system.outputs) if output["findings"])


def test_an_output_with_another_amount(system: Recorded, logs: ListLogs) -> None:
    number = finding_of(system)
    finding = system.outputs[number]["findings"][0]

    def change(output: Any) -> None:
        output["findings"][0]["amount_at_risk"] = "99999999.00"

    logs.topics[Topic.FINDINGS][number].value = resaid(system, number, change)
    what = difference(logs)
    assert (what.where, what.at, what.seq) == ("aid-findings", f"offset {number}", number)
    assert what.field == "findings[0].amount_at_risk"
    assert (what.expected, what.found) == (f'"{finding["amount_at_risk"]}"', '"99999999.00"')
    assert f"finding_id={finding['finding_id']}" in what.record
    assert "revision=1" in what.record


def test_an_answer_that_says_clear(system: Recorded, logs: ListLogs) -> None:
    number = finding_of(system)
    row = system.outputs[number]["submissions"][0]["rows"][0]

    def change(output: Any) -> None:
        output["submissions"][0]["rows"][0]["answer"]["verdict"] = "clear"

    logs.topics[Topic.FINDINGS][number].value = resaid(system, number, change)
    what = difference(logs)
    assert what.field == "submissions[0].rows[0].answer.verdict"
    assert f"org=STK submission_id={system.outputs[number]['submissions'][0]['submission_id']}" in (
        what.record
    )
    assert f"kind=assistance id={row['id']} version=1" in what.record.replace("  ", " ")
