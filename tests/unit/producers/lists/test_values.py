"""A cell's many forms are one value."""

import contextlib
import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rejection import Reason, Refusal
from producers.lists import numbers, values
from producers.lists.columns import Doubt, Numbers
from producers.lists.days import Written
from producers.lists.numbers import Figures, Number
from producers.lists.templates import ASSISTANCE, PROGRAMME, TEMPLATES, Column, Form, fold
from producers.lists.values import Cell, Context

CONTEXT = Context("KIZ", frozenset({"TUR034026"}))


def read(name: str, cell: Cell) -> values.Value | Written | Figures:
    return values.read(ASSISTANCE.by_name[name], cell, CONTEXT)


def reason(call: Callable[[], object]) -> Reason:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.reason


def money(cell: Cell, currency: str = "TRY") -> str:
    found = read("amount", cell)
    assert isinstance(found, Figures)
    number = Numbers().take(found, 2)
    assert isinstance(number, Number), "in doubt"
    return numbers.amount(number, currency, "amount")


def is_doubtful(cell: Cell) -> bool:
    found = read("amount", cell)
    return isinstance(found, Figures) and isinstance(Numbers().take(found, 2), Doubt)


# -- words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words", "code"),
    [
        ("purpose", ["rent", "RENT", "Kira", "KİRA", "KIRA", " kira "], "rent"),
        ("purpose", ["basic-needs", "Basic needs", "TEMEL İHTİYAÇLAR"], "basic-needs"),
        ("purpose", ["kışlık", "KIŞLIK", "winterization"], "winterisation"),
        ("modality", ["in-kind", "Ayni", "AYNİ", "in kind"], "in-kind"),
        ("frequency", ["Tek seferlik", "one-off", "ONE OFF"], "one-off"),
        ("stage", ["iptal edildi", "cancelled", "İPTAL"], "cancelled"),
        ("role", ["ALICI", "alıcı", "recipient"], "recipient"),
        ("returned_reason", ["bounced", "Geri döndü"], "bounced"),
    ],
)
def test_codes_and_turkish_words(name: str, words: list[str], code: str) -> None:
    assert {read(name, word) for word in words} == {code}


def test_every_code_reads_as_itself() -> None:
    for template in TEMPLATES.values():
        for column in template.columns:
            assert all(column.words[fold(code)] == code for code in column.words.values())


def test_an_unknown_word_is_refused() -> None:
    assert reason(lambda: read("purpose", "kir")) is Reason.INVALID_VALUE


def test_headers_are_unambiguous_and_complete() -> None:
    for template in (ASSISTANCE, PROGRAMME):
        headers = template.headers()
        assert {column.name for column in template.columns} == set(headers.values())
    assert ASSISTANCE.headers()[fold("KİMLİK NO")] == "id_number"
    assert ASSISTANCE.headers()[fold("Ilce")] == "district"


@given(st.sampled_from(["Işık", "IŞIK", "ışık", "isik", "ISIK"]))
def test_turkish_letters_fold_to_one_word(word: str) -> None:
    assert fold(word) == "isik"


# -- dates -------------------------------------------------------------------------------


@given(st.dates(datetime.date(1951, 1, 1), datetime.date(2099, 12, 31)), st.integers(0, 9))
def test_every_form_of_a_date(day: datetime.date, form: int) -> None:
    serial = (day - datetime.date(1899, 12, 30)).days
    forms: list[Cell] = [
        day.isoformat(),
        f"{day:%Y/%m/%d}",
        f"{day.year}-{day.month}-{day.day}",
        f"{day:%Y%m%d}",
        serial,
        float(serial),
        str(serial),
        datetime.datetime(day.year, day.month, day.day),
        day,
        f"{day.isoformat()}T00:00:00",
    ]
    assert read("covers_from", forms[form]) == day.isoformat()


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d%m%Y", "%d.%m.%Y 00:00"])
@given(day=st.dates(datetime.date(1951, 1, 1), datetime.date(2099, 12, 31)))
def test_a_day_with_its_year_last_has_two_readings(form: str, day: datetime.date) -> None:
    found = read("covers_from", f"{day:{form}}")
    assert isinstance(found, Written)
    assert found.day_first == day.isoformat()
    swapped = f"{day.year}-{day.day:02}-{day.month:02}" if day.day <= 12 else ""
    assert found.month_first == swapped


@pytest.mark.parametrize(
    "cell",
    ["31.02.2026", "1.5.26", "May 2026", "1", 99999999, True, 0.5, "1447-09-01", "05.2026",
     "32/13/2026", "2026-13-01", "٣١/٠٢/٢٠٢٦"],
)  # fmt: skip
def test_what_is_no_date(cell: Cell) -> None:
    assert reason(lambda: read("covers_from", cell)) is Reason.INVALID_VALUE


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("2026-04-30T21:00:00.000Z", "2026-05-01"),
        ("2026-04-30T21:00Z", "2026-05-01"),
        ("2026-05-01T00:00:00+03:00", "2026-05-01"),
        ("2026-05-01T00:00:00-05:00", "2026-05-01"),
        ("1990-03-24T22:00:00.000Z", "1990-03-25"),  # Türkiye's clocks stood at UTC+2
        ("1 Mayıs 2026", "2026-05-01"),
        ("5/1/2026 12:00:00 AM", Written("2026-01-05", "2026-05-01", "/")),
    ],
)
def test_somebodys_midnight_is_a_day(cell: str, wanted: str | Written) -> None:
    assert read("covers_from", cell) == wanted


@pytest.mark.parametrize(
    "cell",
    [
        "2026-04-30T23:59:04",  # no zone: what a web export makes of 1 May
        datetime.datetime(2026, 4, 30, 23, 59, 4),
        46142.9993518519,
        "2026-05-01T00:00:00.001",
        "2026-05-01T20:59:59Z",  # a last moment: of an inclusive day, or of none
        "1990-03-24T21:00:00Z",  # UTC+3 in a year of UTC+2: one day or the other
        "30.04.2026 23:59",
    ],
)
def test_a_time_that_tells_no_day_is_refused(cell: Cell) -> None:
    assert reason(lambda: read("covers_from", cell)) is Reason.TIME_OF_DAY


def test_what_happened_at_a_moment_happened_on_turkiyes_day() -> None:
    assert read("event_date", "2026-05-03T22:15:00.000Z") == "2026-05-04"
    assert read("event_date", "2026-05-03T10:00:00+03:00") == "2026-05-03"
    assert reason(lambda: read("event_date", "2026-05-03T10:00:00")) is Reason.TIME_OF_DAY


# -- decimals ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", ["9.300,50", "9300,5", "9,300.50", "9300.50", 9300.5, "9 300,50", "9300.500", "٩٣٠٠٫٥"]
)
def test_every_form_of_an_amount(cell: Cell) -> None:
    assert money(cell) == "9300.50"


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("1.234.567", "1234567.00"),
        ("1,234,567", "1234567.00"),
        ("1.234.567,8", "1234567.80"),
        ("0,500", "0.50"),
        ("6000", "6000.00"),
        ("006000", "6000.00"),
        (6000, "6000.00"),
        (3099.9999999999995, "3100.00"),
        (0.1 + 0.2, "0.30"),
    ],
)
def test_amounts(cell: Cell, wanted: str) -> None:
    assert money(cell) == wanted


@pytest.mark.parametrize("cell", ["1.234", "9,300", "12.000", "999,999"])
def test_three_digits_after_one_mark_can_be_read_in_two_ways(cell: str) -> None:
    assert is_doubtful(cell)


@pytest.mark.parametrize("cell", ["0,500", "1234.500", "1.234.567", "1,234.5", "12.5", 1.234])
def test_other_numbers_cannot(cell: Cell) -> None:
    assert not is_doubtful(cell)


@pytest.mark.parametrize(
    "cell", ["-5", "1.2.3", "1,23,456", "12,34.5", "5 TL", "1e3", "", ".", True]
)
def test_what_is_no_amount(cell: Cell) -> None:
    assert reason(lambda: read("amount", cell)) is Reason.INVALID_VALUE


def test_more_decimals_than_the_currency_has() -> None:
    assert reason(lambda: money("10.1234")) is Reason.TOO_MANY_DECIMALS
    assert reason(lambda: money("10.5", "JPY")) is Reason.TOO_MANY_DECIMALS


@given(st.decimals(0, 10**9, places=2), st.integers(0, 4))
def test_any_notation_gives_the_same_amount(value: Decimal, form: int) -> None:
    plain, english = f"{value:.2f}", f"{value:,.2f}"
    swapped = english.translate(str.maketrans(",.", ".,"))
    forms: list[Cell] = [plain, plain.replace(".", ","), english, swapped, float(value)]
    assert money(forms[form]) == plain


def test_marks_of_its_thousands_do_not_matter_where_two_decimals_stand() -> None:
    assert {money(cell) for cell in ("9300,00", "9.300,00", "9 300.00", "9'300.00")} == {"9300.00"}


# -- identity numbers --------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", ["99291417710", 99291417710, 9.9291417710e10, "9.9291417710E+10", "99291417710.0"]
)
def test_numbers_that_a_spreadsheet_changed(cell: Cell) -> None:
    assert read("id_number", cell) == "99291417710"


@pytest.mark.parametrize("cell", ["9,93E+10", "9.929141771E+10", "9.93e10", 1.5, 1e20, -1])
def test_digits_are_never_guessed(cell: Cell) -> None:
    assert reason(lambda: read("id_number", cell)) is Reason.DIGITS_LOST


# -- the rest ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [(True, True), ("evet", True), ("EVET", True), ("1", True), (1.0, True), ("hayır", False),
     ("HAYIR", False), ("false", False), (0, False)],
)  # fmt: skip
def test_truth_values(cell: Cell, wanted: bool) -> None:
    assert read("protected", cell) is wanted


@pytest.mark.parametrize("cell", [2, "2", 2.0, "2.0", "2,0", "٢"])
def test_whole_numbers(cell: Cell) -> None:
    assert read("household_size", cell) == 2


@pytest.mark.parametrize("cell", ["2.5", 2.5, "iki", True, "-1", datetime.date(2026, 1, 1)])
def test_what_is_no_whole_number(cell: Cell) -> None:
    assert reason(lambda: read("household_size", cell)) is Reason.INVALID_VALUE


def test_programmes_districts_and_currencies() -> None:
    assert read("programme", "TEMEL") == "KIZ-TEMEL"
    assert read("programme", "kiz-temel") == "KIZ-TEMEL"
    assert read("programme", "essın") == "KIZ-ESSIN"
    assert read("programme", "BEL-KIRA") == "BEL-KIRA"
    assert read("district", "tur034026") == "TUR034026"
    assert read("currency", "TL") == "TRY"
    assert read("currency", "eur") == "EUR"
    assert reason(lambda: read("district", "TUR999999")) is Reason.UNKNOWN_DISTRICT
    complements = PROGRAMME.by_name["complements"]
    assert values.read(complements, "EK; BEL-X", CONTEXT) == ("BEL-X", "KIZ-EK")


def test_references_keep_what_the_partner_wrote() -> None:
    assert read("reference", 1001.0) == "1001"
    assert read("reference", " k1 ") == "k1"
    assert read("reference", "=1+1") == "=1+1"
    assert reason(lambda: read("reference", "x" * 121)) is Reason.INVALID_VALUE
    assert reason(lambda: read("reference", "a\x00b")) is Reason.INVALID_VALUE


CELLS = st.one_of(
    st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.dates(), st.datetimes(),
    st.times(), st.timedeltas(),
)  # fmt: skip


@given(st.sampled_from(ASSISTANCE.columns), CELLS)
def test_any_cell_is_read_or_refused_without_its_value(column: Column, cell: Cell) -> None:
    if column.form is Form.UNREAD or values.is_empty(cell):
        return
    with contextlib.suppress(Refusal):
        values.read(column, cell, CONTEXT)
        return
    with pytest.raises(Refusal) as caught:
        values.read(column, cell, CONTEXT)
    assert caught.value.field == column.name
