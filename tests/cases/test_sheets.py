"""What an officer sees in her file is what is read, or the reason why it is not."""

from pathlib import Path
from typing import Final

import pytest

from events.rejection import Reason
from infra.errors import UsageProblem
from producers.listed import ReadList, read_list
from producers.lists.grouping import Draft
from producers.lists.readings import Skip
from producers.publishing import validate_list

CASES: Final = Path(__file__).parent


def read(name: str) -> ReadList:
    return read_list("KIZ", CASES / name, "assistance")


def reasons(name: str) -> dict[int, list[tuple[Reason, str]]]:
    """The problems of each row that is refused."""
    rows = validate_list("KIZ", CASES / name, "assistance")
    return {row.row: [(p.reason, p.field) for p in row.problems] for row in rows if row.reason}


def refused(name: str) -> UsageProblem:
    with pytest.raises(UsageProblem) as caught:
        read(name)
    return caught.value


def tokens_of(draft: Draft) -> set[tuple[str, str]]:
    return {identifier for person in draft.persons for identifier in person.identifiers}


def test_01_an_error_and_a_formula_without_result_are_not_empty() -> None:
    assert reasons("01-error-cell/KIZ.xlsx") == {
        2: [(Reason.ERROR_CELL, "id_number")],
        3: [(Reason.FORMULA_WITHOUT_RESULT, "id_number")],
    }


def test_06_hidden_rows_are_named_in_one_sentence_and_nothing_is_sent() -> None:
    found = refused("06-hidden-rows/KIZ.xlsx")
    assert (found.reason, found.field) == (Reason.HIDDEN_ROWS, "4–5")
    for lang in ("en", "tr", "ar"):
        assert "4–5" in found.explained(lang)


def test_11_names_give_the_same_tokens_whatever_the_encoding() -> None:
    theirs = [tokens_of(draft) for draft in read("11-code-page/STK.csv").drafts]
    arabic, first, second = theirs
    found = read("11-code-page/KIZ-windows-1256.csv")
    assert [tokens_of(draft) for draft in found.drafts] == [arabic]
    assert found.reading.encoding == "windows-1256"
    found = read("11-code-page/KIZ-double-utf8.csv")
    assert [tokens_of(draft) for draft in found.drafts] == [first, second]
    assert [one.why for one in found.reading.skipped] == [Skip.TWICE]


def test_11_one_bad_byte_costs_its_cell_alone() -> None:
    found = read("11-code-page/KIZ-one-bad-byte.csv")
    assert [(one.row, one.reason, one.field) for one in found.remarks] == [
        (2, Reason.DAMAGED_TEXT, "first_name")
    ]
    undamaged = read("11-code-page/STK.csv").drafts[2]
    damaged, other = map(tokens_of, found.drafts)
    assert other == tokens_of(undamaged)
    assert damaged < tokens_of(read("11-code-page/STK.csv").drafts[1]), "no token of a wrong name"


def test_14_days_counted_from_1904_that_lost_their_format() -> None:
    (draft,) = read("14-date-1904/KIZ.xlsx").drafts
    assert draft.fields["covers_from"] == "2026-05-01"
    assert draft.fields["covers_to"] == "2026-06-01"
    assert draft.fields["event_date"] == "2026-05-04"


def test_20_a_computed_amount_with_more_decimals_than_its_currency_says_so() -> None:
    """The cells' format is General: nothing in the file says that two decimals are shown."""
    problem = [(Reason.TOO_MANY_DECIMALS, "amount")]
    assert reasons("20-computed-amount/KIZ.xlsx") == {2: problem, 3: problem}


def test_24_hashtags_totals_and_filled_down_rows_are_named_once_each() -> None:
    heard: list[ReadList] = []
    path = CASES / "24-hxl-and-totals/KIZ.csv"
    rows = validate_list("KIZ", path, "assistance", hear=heard.append)
    assert [(row.row, row.disposition) for row in rows] == [(3, "valid")]
    reading = heard[0].reading
    assert [(one.why, one.what) for one in reading.skipped] == [
        (Skip.HASHTAGS, "2"),
        (Skip.TOTAL, "4"),
        (Skip.FILLED_DOWN, "5–6"),
    ]
    assert (reading.header_row, reading.rows) == (1, 1)
    for lang in ("en", "tr", "ar"):
        sentences = list(reading.sentences(lang))
        assert len(sentences) == 4
        assert len(set(sentences)) == 4


def test_26_numbers_that_were_kept_from_a_spreadsheet() -> None:
    (draft,) = read("26-equals-quote/KIZ.csv").drafts
    assert draft.reference == "0012"
    assert tokens_of(draft) == {("tr.tckimlik", "99291417710")}
