"""A column is read in one way, or refused: never otherwise, whoever wrote it."""

import datetime
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events.rejection import Reason, Refusals
from producers.lists.columns import NOTHING_SAID, Mark, Order, Said
from producers.lists.evidence import ReadAs
from producers.lists.grouping import BadRecord, Draft, Remark, group
from producers.lists.headers import layout, unnamed
from producers.lists.templates import ASSISTANCE
from producers.lists.values import Cell, Context

CONTEXT = Context("KIZ", frozenset({"TUR034026"}))
RECORD: dict[str, Cell] = {
    "programme": "TEMEL", "stage": "delivered", "purpose": "basic-needs", "modality": "cash",
    "frequency": "one-off", "amount": "6000", "currency": "TRY", "covers_from": "2026-01-01",
    "covers_to": "2099-12-31", "district": "TUR034026",
}  # fmt: skip
DAYS = st.dates(datetime.date(2025, 1, 1), datetime.date(2027, 12, 31))
WHO: dict[str, Cell] = {"first_name": "Selma", "last_name": "Örnek"}


class Heard:
    """What is said of a list as a whole."""

    def __init__(self) -> None:
        self.all: list[Remark | ReadAs] = []

    @property
    def left_out(self) -> list[tuple[Reason, str]]:
        return [(one.reason, one.field) for one in self.all if isinstance(one, Remark)]


def read(
    rows: Sequence[dict[str, Cell]], said: Said = NOTHING_SAID, heard: Heard | None = None
) -> list[Draft | BadRecord]:
    header: list[Cell] = ["reference", *dict.fromkeys(name for row in rows for name in row)]
    cells: list[tuple[int, list[Cell]]] = [
        (number, [f"k{number}", *(row.get(str(name), "") for name in header[1:])])
        for number, row in enumerate(rows, 2)
    ]
    columns = layout(header, ASSISTANCE, {})
    hear = (heard or Heard()).all.append
    return list(group(cells, columns, unnamed(header), ASSISTANCE, CONTEXT, said, hear))


def column(name: str, cells: Sequence[Cell], said: Said = NOTHING_SAID) -> list[object]:
    """The values of a column; None for a record that is refused by itself."""
    found = read([RECORD | {name: cell} for cell in cells], said)
    return [one.fields.get(name) if isinstance(one, Draft) else None for one in found]


def refused(name: str, cells: Sequence[Cell], said: Said) -> set[Reason]:
    """Why a column is refused; nothing if it is read."""
    try:
        column(name, cells, said)
    except Refusals as refusals:
        return {one.reason for one in refusals.all}
    return set()


def refusal(name: str, cells: Sequence[Cell], said: Said = NOTHING_SAID) -> tuple[Reason, str]:
    with pytest.raises(Refusals) as caught:
        column(name, cells, said)
    (one,) = caught.value.all
    assert one.field == name
    return one.reason, one.hint


def written(day: datetime.date, order: Order, mark: str, padded: bool) -> str:
    parts = [day.day, day.month] if order is Order.DAY_FIRST else [day.month, day.day]
    width = 2 if padded else 1
    return mark.join([*(f"{part:0{width}}" for part in parts), f"{day.year}"])


# -- days ----------------------------------------------------------------------------------------


@given(
    st.lists(DAYS, min_size=1, max_size=8),
    st.sampled_from(Order),
    st.sampled_from("/-"),
    st.booleans(),
    st.sampled_from([None, *Order]),
    st.sets(st.integers(0, 7)),
)
def test_a_column_of_days_is_read_as_it_was_meant_or_not_at_all(
    days: list[datetime.date],
    order: Order,
    mark: str,
    padded: bool,
    said: Order | None,
    real: set[int],
) -> None:
    """`real`: cells that the sheet holds as days. Only an officer who says it wrongly, of a
    column that shows nothing, gets other days."""
    cells: list[Cell] = [
        day if place in real else written(day, order, mark, padded)
        for place, day in enumerate(days)
    ]
    if why := refused("event_date", cells, Said(dates=said)):
        assert why <= {
            Reason.DAY_OR_MONTH, Reason.MONTH_FIRST, Reason.MIXED_DAYS, Reason.CONVERTED_DAYS,
        }  # fmt: skip
        return
    assume(said in (None, order))
    assert column("event_date", cells, Said(dates=said)) == [day.isoformat() for day in days]


@given(st.lists(DAYS, min_size=1, max_size=8))
def test_days_with_dots_are_day_first_and_need_no_proof(days: list[datetime.date]) -> None:
    assert column("event_date", [f"{day:%d.%m.%Y}" for day in days]) == [
        day.isoformat() for day in days
    ]


@given(st.lists(DAYS, min_size=2, max_size=8), st.integers(0, 7))
def test_a_sheet_that_swapped_what_it_took_for_days(days: list[datetime.date], seed: int) -> None:
    """A program for day-first texts in a month-first country makes days of those up to the 12th,
    with the month for the day, and leaves the others."""
    cells: list[Cell] = [
        day.replace(day=day.month, month=day.day) if day.day <= 12 else f"{day:%d/%m/%Y}"
        for day in days
    ]
    assume(any(isinstance(cell, str) for cell in cells))
    assume(any(isinstance(cell, datetime.date) for cell in cells))
    assert refusal("event_date", cells)[0] is Reason.CONVERTED_DAYS


@pytest.mark.parametrize(
    ("cells", "reason", "row"),
    [
        (["05/06/2026", "01/01/2026"], Reason.DAY_OR_MONTH, "2"),
        (["01/01/2026", "05-06-2026"], Reason.DAY_OR_MONTH, "3"),
        (["05/06/2026", "05/16/2026"], Reason.MONTH_FIRST, "3"),
        (["05.06.2026", "05.16.2026"], Reason.MIXED_DAYS, "3"),
        (["16/05/2026", "05/16/2026"], Reason.MIXED_DAYS, "3"),
        (["31.05.2026", "05/16/2026"], Reason.MIXED_DAYS, "3"),
        (["31.05.2026", "05/06/2026"], Reason.DAY_OR_MONTH, "3"),
        (["16/05/2026", "2026-06-05"], Reason.CONVERTED_DAYS, "3"),
        (["05061990", "01.01.2026"], Reason.DAY_OR_MONTH, "2"),
    ],
)
def test_why_a_column_of_days_is_refused(cells: list[Cell], reason: Reason, row: str) -> None:
    assert refusal("event_date", cells) == (reason, row)


def test_what_the_officer_says_is_taken_unless_the_column_shows_otherwise() -> None:
    cells: list[Cell] = ["05/06/2026", "01/02/2026"]
    assert column("event_date", cells, Said(Order.DAY_FIRST)) == ["2026-06-05", "2026-02-01"]
    assert column("event_date", cells, Said(Order.MONTH_FIRST)) == ["2026-05-06", "2026-01-02"]
    assert refusal("event_date", [*cells, "05/16/2026"], Said(Order.DAY_FIRST))[0] is (
        Reason.MIXED_DAYS
    )


def test_a_header_says_its_own_columns_order() -> None:
    rows = [RECORD | {"Ödeme tarihi (aa/gg/yyyy)": "05/06/2026"}]
    (draft,) = read(rows)
    assert isinstance(draft, Draft)
    assert draft.fields["event_date"] == "2026-05-06"


def test_one_column_proves_nothing_for_another() -> None:
    rows = [RECORD | {"event_date": "16/05/2026", "household_as_of": "05/06/2026"}]
    with pytest.raises(Refusals) as caught:
        read(rows)
    assert [one.field for one in caught.value.all] == ["household_as_of"]


def test_cells_before_and_behind_the_proof_are_the_same_days() -> None:
    cells: list[Cell] = ["05/06/2026", "16/05/2026", "05/06/2026"]
    assert column("event_date", cells) == ["2026-06-05", "2026-05-16", "2026-06-05"]


def test_rows_of_a_record_agree_once_the_column_is_known() -> None:
    header: list[Cell] = ["reference", *RECORD, "event_date"]
    rows: list[tuple[int, list[Cell]]] = [
        (2, ["k1", *RECORD.values(), "05/06/2026"]),
        (3, ["k1", *[""] * len(RECORD), "2026-06-05"]),
        (4, ["k2", *RECORD.values(), "16/06/2026"]),
        (5, ["k2", *[""] * len(RECORD), "05/06/2026"]),
    ]
    columns = layout(header, ASSISTANCE, {})
    one, two = group(rows, columns, frozenset(), ASSISTANCE, CONTEXT)
    assert isinstance(one, Draft)
    assert isinstance(two, BadRecord)
    assert [(p.row, p.reason, p.field) for p in two.problems] == [
        (5, Reason.CONFLICTING_ROWS, "event_date")
    ]


# -- birth dates: left out, never refused --------------------------------------------------------


@given(
    st.lists(DAYS.map(lambda day: day.replace(year=1985)), min_size=1, max_size=6),
    st.sampled_from(Order),
    st.sampled_from("/.-"),
)
def test_birth_dates_are_read_as_meant_or_left_out(
    days: list[datetime.date], order: Order, mark: str
) -> None:
    assume(mark != "." or order is Order.DAY_FIRST)
    heard = Heard()
    rows = [RECORD | WHO | {"birth_date": written(day, order, mark, True)} for day in days]
    found = read(rows, heard=heard)
    meant = read([RECORD | WHO | {"birth_date": day.isoformat()} for day in days])
    for one, other in zip(found, meant, strict=True):
        assert isinstance(one, Draft)
        assert isinstance(other, Draft)
        assert one.persons[0].identifiers == (
            () if heard.left_out else other.persons[0].identifiers
        )


def test_a_column_of_birth_dates_in_two_ways_is_left_out_of_all_rows() -> None:
    heard = Heard()
    cells = ["16/05/1990", "05/06/1991", "05/16/1992", "1993"]
    rows = [RECORD | WHO | {"birth_date": cell, "phone": "0532 111 22 33"} for cell in cells]
    for draft in read(rows, heard=heard):
        assert isinstance(draft, Draft)
        assert [kind for kind, _ in draft.persons[0].identifiers] == ["weak.phone"]
    assert heard.left_out == [(Reason.MIXED_DAYS, "birth_date")]


def test_people_stay_in_their_order_while_a_birth_date_waits() -> None:
    header: list[Cell] = ["reference", *RECORD, *WHO, "birth_date", "id_number"]
    empty: list[Cell] = [""] * len(RECORD)
    rows: list[tuple[int, list[Cell]]] = [
        (2, ["k1", *RECORD.values(), *WHO.values(), "05/06/1990", "99291417710"]),
        (3, ["k1", *empty, "", "", "1985-01-02", "99011524438"]),
        (4, ["k1", *empty, "", "", "16/06/1990", "99398259756"]),
    ]
    columns = layout(header, ASSISTANCE, {})
    (draft,) = group(rows, columns, frozenset(), ASSISTANCE, CONTEXT)
    assert isinstance(draft, Draft)
    assert [(p.row, p.role) for p in draft.persons] == [
        (2, "recipient"), (3, "member"), (4, "member"),
    ]  # fmt: skip
    assert any("1990-06-05" in text for _, text in draft.persons[0].identifiers)


# -- numbers -------------------------------------------------------------------------------------


AMOUNTS = st.decimals(Decimal("0.01"), Decimal(9_999_999), places=2)


def number(value: Decimal, mark: Mark, grouped: bool, decimals: bool) -> str:
    text = f"{value:,.2f}" if grouped else f"{value:.2f}"
    text = text if decimals else text.removesuffix(".00")
    return text.translate(str.maketrans(",.", ".,")) if mark is Mark.COMMA else text


@given(
    st.lists(st.one_of(AMOUNTS, st.integers(1, 9_999_999).map(Decimal)), min_size=1, max_size=8),
    st.sampled_from(Mark),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, *Mark]),
    st.sampled_from(["TRY", "JOD"]),
)
def test_a_column_of_amounts_is_read_as_it_was_meant_or_not_at_all(
    amounts: list[Decimal],
    mark: Mark,
    grouped: bool,
    decimals: bool,
    said: Mark | None,
    currency: str,
) -> None:
    cells = [number(value, mark, grouped, decimals) for value in amounts]
    if why := refused("amount", cells, Said(decimals=said)):
        assert why <= {Reason.AMBIGUOUS_NUMBER, Reason.MIXED_NUMBERS}
        return
    assume(said in (None, mark))
    rows = [RECORD | {"amount": cell, "currency": currency} for cell in cells]
    places = 3 if currency == "JOD" else 2
    found = read(rows, Said(decimals=said))
    assert [one.fields["amount"] for one in found if isinstance(one, Draft)] == [
        f"{value:.{places}f}" for value in amounts
    ]


def test_one_cell_shows_the_mark_of_the_column() -> None:
    assert column("amount", ["1.234", "9.300,50"]) == ["1234.00", "9300.50"]
    assert column("amount", ["1,234", "9,300.50"]) == ["1234.00", "9300.50"]
    assert column("quantity", ["1.234", "0,5"]) == ["1234", "0.5"]


def test_what_no_cell_shows_has_to_be_said() -> None:
    assert refusal("amount", ["6000", "1.234"]) == (Reason.AMBIGUOUS_NUMBER, "3")
    assert column("amount", ["1.234"], Said(decimals=Mark.COMMA)) == ["1234.00"]
    assert refusal("amount", ["9300,50", "9300.50", "1.234"]) == (Reason.MIXED_NUMBERS, "4")
    assert refusal("amount", ["9300.50", "1.234"], Said(decimals=Mark.COMMA))[0] is (
        Reason.MIXED_NUMBERS
    )
    assert column("amount", ["9300,50", "9300.50"]) == ["9300.50", "9300.50"], "no cell is in doubt"


# -- last days -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frequency", "start", "end", "odd"),
    [
        ("monthly", "2026-05-01", "2026-05-31", True),
        ("monthly", "2026-05-01", "2026-06-01", False),
        ("monthly", "2026-05-01", "2026-06-02", True),
        ("monthly", "2026-02-01", "2026-02-28", True),
        ("monthly", "2026-05-16", "2026-06-15", True),
        ("bimonthly", "2025-12-01", "2026-01-31", True),
        ("quarterly", "2025-12-01", "2026-03-01", False),
        ("weekly", "2026-05-04", "2026-05-10", True),
        ("weekly", "2026-05-04", "2026-05-11", False),
        ("one-off", "2026-05-01", "2026-05-31", False),
    ],
)
def test_a_period_one_day_off_is_remarked(frequency: str, start: str, end: str, odd: bool) -> None:
    row = RECORD | {"frequency": frequency, "covers_from": start, "covers_to": end}
    (draft,) = read([row])
    assert isinstance(draft, Draft)
    assert bool(draft.remarks) is odd


def test_a_header_may_say_that_the_last_day_is_covered() -> None:
    plain = {name: cell for name, cell in RECORD.items() if name != "covers_to"}
    (draft,) = read([plain | {"Kapsam bitişi (bu gün dahil)": "31.12.2026"}])
    assert isinstance(draft, Draft)
    assert draft.fields["covers_to"] == "2027-01-01"
    (other,) = read([plain | {"Kapsam bitişi (bu gün hariç)": "31.12.2026"}])
    assert isinstance(other, Draft)
    assert other.fields["covers_to"] == "2026-12-31"


def test_all_questions_about_a_list_are_asked_at_once() -> None:
    plain = {name: cell for name, cell in RECORD.items() if name != "covers_to"}
    with pytest.raises(Refusals) as caught:
        read([plain | {"Bitiş": "2026-12-31", "amount": "1.234", "event_date": "05/06/2026"}])
    assert [(one.reason, one.field) for one in caught.value.all] == [
        (Reason.LAST_DAY_UNSAID, "Bitiş"),
        (Reason.AMBIGUOUS_NUMBER, "amount"),
        (Reason.DAY_OR_MONTH, "event_date"),
    ]
