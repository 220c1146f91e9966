"""`tekil verify` run again: it goes on where it was, or says why it begins anew."""

import gc

import pytest

from events.catalog import Topic
from office.verifying import place, run
from processors.registry import common
from tests.fakes.verified import ListLogs, ListTables
from tests.kit import System
from tests.unit.office.verifying.looking import Shelf, difference, finding_of, look, resaid


def plain(found: run.Verified) -> object:
    return found.counts


def test_it_goes_on_where_it_was(system: System, logs: ListLogs) -> None:
    shelf = Shelf()
    look(logs, shelf=shelf)
    system.say("STK NAKIT s9 rent/cash/m 900 2026-05 R=P01")
    later = ListLogs.of(system)
    found = look(later, ListTables(system), shelf)
    assert (Topic.JOURNAL, len(system.blocks) - 1) in later.scanned
    assert (Topic.SUBMISSIONS, len(system.sent) - 1) in later.scanned
    assert plain(found) == plain(look(later))
    assert shelf.heard == []
    assert plain(look(later, ListTables(system), shelf)) == plain(found)


def test_what_was_not_said_at_first_is_looked_at_later(system: System, logs: ListLogs) -> None:
    shelf = Shelf()
    number = finding_of(system)
    late = [name for name in logs.topics if "receipts" in name]
    held = {name: logs.topics[name] for name in late}
    said = logs.topics[Topic.FINDINGS]
    logs.topics |= {name: [] for name in late} | {Topic.FINDINGS: said[: number - 1]}
    waits = look(logs, shelf=shelf).not_yet
    assert waits[Topic.FINDINGS] == len(said) - number + 1
    assert sum(waits.values()) > 10
    logs.topics |= {**held, Topic.FINDINGS: said}
    found = look(logs, ListTables(system), shelf)
    assert (found.not_yet, found.counts.outputs) == ({}, len(system.outputs))
    logs.topics[Topic.FINDINGS] = said[: number - 1]
    assert look(logs, shelf=shelf).not_yet
    assert "no longer reaches" in shelf.heard.pop()
    changed = resaid(system, number, lambda output: output["findings"].clear())
    logs.topics[Topic.FINDINGS] = [*said]
    logs.topics[Topic.FINDINGS][number].value = changed
    assert difference(logs, shelf=shelf).field == "findings[0]"


def test_another_journal_begins_anew(logs: ListLogs) -> None:
    shelf = Shelf()
    look(logs, shelf=shelf)
    other = System.ready()
    for number in range(9):
        other.say(f"BEL AID b{number} rent/cash/m 5 2026-05 R=P0{number}")
    found = look(ListLogs.of(other), ListTables(other), shelf)
    assert found.counts.blocks == len(other.blocks)
    (heard,) = shelf.heard
    assert heard.startswith("begins anew: aid-journal holds another block at offset ")


@pytest.mark.parametrize(
    ("module", "name", "told"),
    [(place, "LAYOUT", "an older program kept"), (common, "LAYOUT", "its layout is")],
)
def test_what_another_program_kept_is_read_anew(
    monkeypatch: pytest.MonkeyPatch, logs: ListLogs, module: object, name: str, told: str
) -> None:
    shelf = Shelf()
    look(logs, shelf=shelf)
    monkeypatch.setattr(module, name, 99)
    assert look(logs, shelf=shelf).counts.blocks > 5
    (heard,) = shelf.heard
    assert told in heard


def test_anew_begins_at_the_first_message(logs: ListLogs) -> None:
    shelf = Shelf()
    look(logs, shelf=shelf)
    logs.scanned.clear()
    assert look(logs, shelf=shelf, anew=True).counts == look(logs).counts
    assert (Topic.JOURNAL, 0) in logs.scanned


def test_a_difference_is_found_again_and_gone_when_it_is_mended(
    monkeypatch: pytest.MonkeyPatch, system: System, logs: ListLogs
) -> None:
    monkeypatch.setattr(run, "FLUSH_RECORDS", 1)
    shelf, number = Shelf(), finding_of(system)
    right = logs.topics[Topic.FINDINGS][number].value
    wrong = resaid(system, number, lambda output: output["findings"].clear())
    logs.topics[Topic.FINDINGS][number].value = wrong
    assert difference(logs, shelf=shelf) == difference(logs, shelf=shelf)
    logs.topics[Topic.FINDINGS][number].value = right
    logs.scanned.clear()
    assert look(logs, ListTables(system), shelf).counts == look(logs).counts
    assert (Topic.JOURNAL, number) in logs.scanned


@pytest.mark.parametrize("stop", range(0, 28, 3))
def test_a_reading_that_is_stopped_anywhere_goes_on(
    monkeypatch: pytest.MonkeyPatch, system: System, logs: ListLogs, stop: int
) -> None:
    """As by Ctrl-C: at any word of progress, with the tables in slices of few rows."""
    monkeypatch.setattr(run, "FLUSH_RECORDS", 1)
    monkeypatch.setattr("office.verifying.rows.SLICE_ROWS", 3)
    words = 0

    def progress(what: str, done: int, total: int) -> None:
        nonlocal words
        words += 1
        if words == stop + 1:
            raise KeyboardInterrupt

    shelf, tables = Shelf(), ListTables(system)
    with pytest.raises(KeyboardInterrupt):
        look(logs, tables, shelf, progress=progress)
    again, whole = look(logs, tables, shelf), look(logs, tables)
    assert (again.counts, again.rows, again.not_yet) == (whole.counts, whole.rows, {})
    assert shelf.heard == []


def test_tables_are_compared_from_the_first_row_in_every_run(
    system: System, logs: ListLogs
) -> None:
    shelf, tables = Shelf(), ListTables(system)
    look(logs, tables, shelf)
    tables.change("assistance", 0, "amount", 1)
    assert difference(logs, tables, shelf).field == "amount"


def test_no_connection_is_left_to_the_end_of_the_program(system: System, logs: ListLogs) -> None:
    """There a client of Kafka waits for ever for its thread, which is gone."""
    gc.disable()
    try:
        look(logs, ListTables(system))
        assert logs.open == 0
        number = finding_of(system)
        wrong = resaid(system, number, lambda output: output["findings"].clear())
        logs.topics[Topic.FINDINGS][number].value = wrong
        difference(logs)
        assert logs.open == 0
    finally:
        gc.enable()
