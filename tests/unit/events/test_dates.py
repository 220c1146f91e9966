"""Birth dates: the forms that are read, and the ones that are refused."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.dates import Birth, birth
from events.rejection import Reason, Refusal
from tests.matching.febrl import remains

DAY = "1990-03-25"


def read(text: str) -> Birth | None:
    try:
        return birth(text)
    except Refusal:
        return None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1990-03-25", DAY),
        (" 1990-03-25T00:00:00 ", DAY),
        ("1990-03-25 00:00:00", DAY),
        ("1990/3/25", DAY),
        ("25.03.1990", DAY),
        ("25/03/1990", DAY),
        ("25-3-1990", DAY),
        ("25–03–1990", DAY),
        ("٢٥/٠٣/١٩٩٠", DAY),
        ("۲۵/۰۳/۱۹۹۰", DAY),
        ("\u200f25.03.1990\u200e", DAY),
        ("25 Mart 1990", DAY),
        ("25 MART 1990", DAY),
        ("25-Mar-1990", DAY),
        ("March 25, 1990", DAY),
        ("7 Ağustos 1985", "1985-08-07"),
        ("7 AĞUSTOS 1985", "1985-08-07"),
        ("7 KASIM 1985", "1985-11-07"),
        ("7 Sept 1985", "1985-09-07"),
        ("19900325", DAY),
        ("25031990", DAY),
        ("20111220", "2011-12-20"),
        ("20121920", "1920-12-20"),
        ("32957", "1990-03-25"),
        ("32957.0", "1990-03-25"),
        ("29.02.2000", "2000-02-29"),
        ("03/04/1990", "1990-04-03"),
        ("1990", "1990"),
        ("١٩٩٠", "1990"),
        ("01.01.1990", "1990"),
        ("1990-01-01", "1990"),
        ("00.00.1990", "1990"),
        ("01.01.1901", "1901"),
    ],
)
def test_a_date_is_read(text: str, expected: str) -> None:
    assert birth(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "25.03.90",
        "25/3/90",
        "03/25/1990",
        "30.02.1990",
        "29.02.1900",
        "1990-13-01",
        "00.03.1990",
        "03.1990",
        "1369-01-05",
        "05.01.1369",
        "1369",
        "2100",
        "25.03-1990",
        "25.03.1990 14:30",
        "9999",
        "99999",
        "3295",
        "329570",
        "32957.5",
        "25 Foo 1990",
        "Foo 25 1990",
        "yesterday",
        "1990-03-25 and more of it, which nobody reads",
    ],
)
def test_what_is_no_date_or_two_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        birth(text)
    assert (caught.value.reason, caught.value.field) == (Reason.INVALID_VALUE, "birth_date")
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", ["", "  ", "\u200f"])
def test_nothing_is_a_missing_date(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        birth(text)
    assert caught.value.reason is Reason.MISSING_FIELD


@pytest.mark.parametrize("text", ["01.01.1900", "1900-01-01"])
def test_the_first_day_of_1900_is_a_filler(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        birth(text)
    assert caught.value.reason is Reason.PLACEHOLDER


@given(st.dates(datetime.date(1900, 1, 2), datetime.date(2099, 12, 31)))
def test_all_forms_of_a_day_are_one(day: datetime.date) -> None:
    forms = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y%m%d", "%d%m%Y", "%d %B %Y")
    found = {birth(day.strftime(form)) for form in forms}
    assert found == {birth(day.isoformat())}
    assert birth(found.pop().text).year == day.year


@given(st.text() | st.text(alphabet="0123456789./- ", max_size=12))
def test_every_text_is_a_date_or_refused(text: str) -> None:
    found = read(text)
    assert found is None or birth(found.text) == found


def test_a_year_alone_is_not_full() -> None:
    assert not Birth(1990).is_full
    assert Birth(1990, 3, 25).is_full
    assert not Birth(1990, 0, 25).is_full


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("25.03.1990", Birth(1990, 3, 25)),
        ("01.01.1990", Birth(1990)),
        ("25.13.1990", Birth(1990, 0, 25)),
        ("19231164", Birth(1923, 11)),
        ("31.02.1990", Birth(1990, 2, 31)),
        ("25.03.1890", Birth(0, 3, 25)),
        ("45.99.1890", None),
        ("01.01.1900", None),
        ("", None),
        ("spring", None),
    ],
)
def test_a_date_that_cannot_be_leaves_the_parts_that_can(text: str, left: Birth | None) -> None:
    assert remains(text) == left


@given(st.text() | st.text(alphabet="0123456789./- ", max_size=12))
def test_remains_never_raises_and_never_contradicts_a_date(text: str) -> None:
    found = read(text)
    assert found is None or remains(text) == found
