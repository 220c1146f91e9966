"""Numbers, money, days and ages in the three languages."""

import re
from datetime import date
from decimal import Decimal

import pytest

from dashboards import formats
from dashboards.words import count, say
from events.texts import Lang


def plain(text: str) -> str:
    """Without marks of direction."""
    return re.sub("[\u2068\u2069]", "", text)


@pytest.mark.parametrize(("lang", "text"), [("tr", "48.216"), ("en", "48,216"), ("ar", "48,216")])
def test_count(lang: Lang, text: str) -> None:
    assert count(lang, 48_216) == text
    assert count(lang, -1_000) == "−" + text[:0] + ("1.000" if lang == "tr" else "1,000")


def test_share_has_one_decimal_and_no_whole_is_no_zero() -> None:
    assert formats.share("tr", 24, 1_000) == "%2,4"
    assert formats.share("en", 24, 1_000) == "2.4%"
    assert formats.share("tr", 0, 0) == "–"


@pytest.mark.parametrize(
    ("lang", "whole", "exact"),
    [
        ("tr", "6.184.500 TL", "6.184.499,50 TL"),
        ("en", "TRY 6,184,500", "TRY 6,184,499.50"),
        ("ar", "6,184,500 ل.ت", "6,184,499.50 ل.ت"),
    ],
)
def test_money(lang: Lang, whole: str, exact: str) -> None:
    value = Decimal("6184499.500")
    assert formats.with_currency(lang, value, "TRY") == whole
    assert formats.with_currency(lang, value, "TRY", exact=True) == exact


def test_money_of_other_currencies_and_of_nothing() -> None:
    assert formats.with_currency("tr", Decimal("1.250"), "JOD", exact=True) == "1,250 JOD"
    assert formats.with_currency("tr", Decimal("7"), "JPY", exact=True) == "7 JPY"
    assert formats.with_currency("en", Decimal("-12.5"), "USD", exact=True) == "USD −12.50"
    assert formats.with_currency("ar", None, "TRY") == "–"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2026, 10, 17), date(2026, 11, 1), "17 – 31 Eki 2026"),
        (date(2026, 10, 17), date(2026, 11, 16), "17 Eki – 15 Kas 2026"),
        (date(2026, 12, 17), date(2027, 1, 16), "17 Ara 2026 – 15 Oca 2027"),
        (date(2026, 10, 17), date(2026, 10, 18), "17 Eki 2026"),
        (None, date(2026, 10, 18), "–"),
    ],
)
def test_a_half_open_period_is_shown_with_its_last_day(
    start: date | None, end: date, text: str
) -> None:
    assert formats.period("tr", start, end) == text


def test_days_months_and_instants() -> None:
    assert formats.day("ar", date(2026, 11, 20)) == "20 تشرين الثاني 2026"
    assert formats.month("ar", date(2026, 11, 20), short=True) == "ت2"
    assert formats.month("tr", date(2026, 2, 1)) == "Şub 2026"
    ms = 1_795_155_120_000  # 2026-11-20 06:12 UTC
    assert formats.instant("tr", ms) == "20 Kas 2026 09.12"
    assert formats.instant("en", ms) == "20 Nov 2026 09:12"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 يوم"),
        (1, "يوم"),
        (2, "يومين"),
        (3, "3 أيام"),
        (10, "10 أيام"),
        (11, "11 يومًا"),
        (99, "99 يومًا"),
        (100, "100 يوم"),
        (102, "102 يوم"),
        (103, "103 أيام"),
        (111, "111 يومًا"),
    ],
)
def test_arabic_plurals_follow_cldr(number: int, text: str) -> None:
    assert plain(say("ar", "days", n=number)) == text


@pytest.mark.parametrize(
    ("seconds", "tr", "en", "ar"),
    [
        (5, "az önce", "just now", "الآن"),
        (360, "6 dk önce", "6 min ago", "قبل 6 دقائق"),
        (7_200, "2 saat önce", "2 h ago", "قبل ساعتين"),
        (259_200, "3 gün önce", "3 days ago", "قبل 3 أيام"),
    ],
)
def test_ages(seconds: int, tr: str, en: str, ar: str) -> None:
    assert formats.age("tr", seconds) == tr
    assert formats.age("en", seconds) == en
    assert plain(formats.age("ar", seconds)) == ar


def test_turkish_order() -> None:
    words = ["Şişli", "Çatalca", "Zeytinburnu", "Sarıyer", "Cizre", "İzmit", "Iğdır", "Üsküdar"]
    wanted = ["Cizre", "Çatalca", "Iğdır", "İzmit", "Sarıyer", "Şişli", "Üsküdar", "Zeytinburnu"]
    assert sorted(words, key=formats.turkish_key) == wanted
