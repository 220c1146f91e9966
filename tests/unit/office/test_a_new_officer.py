"""A new officer's first sheet: two validations, and the answers beside her own rows."""

import csv
import datetime
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from stdnum.tr import tckimlik

from events.rejection import Reason
from infra.errors import UsageProblem
from infra.settings import Settings
from office import lists
from office.lists import Answered, ListWanted, Watch
from producers.answering.words import closing, titles, words
from producers.listed import ReadList
from producers.lists.columns import LastDay, Said
from producers.lists.days import following

TITLE: Final = "Mayıs 2026 kira yardımı listesi"
HEADER: Final = (
    "Referans no", "T.C. Kimlik No", "Adı", "SOYADI", "Program Adı", "Durum", "Yardım Amacı",
    "Yöntem", "Sıklık", "Tutar (TL)", "Kapsam Başlangıcı", "Kapsam Bitişi", "İlçe", "Cep Tel",
)  # fmt: skip
DISTRICTS: Final = (
    "Küçükçekmece",
    "ESENYURT",
    "Bağcılar",
    "istanbul / fatih",
    "Sultanbeyli ilçesi",
)
AMOUNTS: Final = ("9.300,50", "6.000,00", "4.750,25", "12.500,00", "9.300")
MINOR: Final = ("9300.50", "6000.00", "4750.25", "12500.00", "9300.00")
WRONG: Final = 7
"""Of the fifteen payments, the one whose number has a wrong check digit."""
MAY, LAST = datetime.date(2026, 5, 1), datetime.date(2026, 5, 31)


def number(place: int) -> str:
    first = str(700_000_001 + place * 7_919)
    found = first + tckimlik.calc_check_digits(first)
    return found[:-1] + str((int(found[-1]) + 1) % 10) if place == WRONG else found


def payment(place: int) -> list[Any]:
    return [
        f"KR-{place + 1}", number(place), f"Ayşe{'m' * place}", "Çelik", "TEMEL", "planlandı",
        "kira", "nakit", "aylık", AMOUNTS[place % 5], MAY, LAST, DISTRICTS[place % 5],
        f"0532 111 22 {place + 10}",
    ]  # fmt: skip


ROWS: Final = [payment(place) for place in range(15)]


def as_book(path: Path) -> list[list[Any]]:
    """The sheet; its cells as a library gives them."""
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("Mayıs")
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        page.merge_range(0, 0, 0, len(HEADER) - 1, TITLE, book.add_format({"bold": True}))
        page.write_row(1, 0, HEADER)
        for row, cells in enumerate(ROWS, 2):
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime.date):
                    page.write_datetime(row, column, cell, day)
                else:
                    page.write_string(row, column, cell)
    return [[TITLE], list(HEADER), *ROWS]


def as_text(path: Path) -> list[list[Any]]:
    def shown(cell: Any) -> str:
        return f"{cell:%d.%m.%Y}" if isinstance(cell, datetime.date) else str(cell)

    rows = [[TITLE], list(HEADER), *([shown(cell) for cell in row] for row in ROWS)]
    with path.open("w", encoding="cp1254", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return rows


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", assurance="hmac", lang="tr")


def validated(settings: Settings, path: Path, target: Path) -> tuple[Answered, ReadList]:
    """What she does: validates, reads the question, answers it, validates again."""
    with pytest.raises(UsageProblem) as asked:
        lists.validate(settings, ListWanted("KIZ", path, answers=target))
    assert [(one.reason, one.field) for one in asked.value.all] == [
        (Reason.LAST_DAY_UNSAID, "Kapsam Bitişi")
    ]
    assert "--covers-to inclusive" in asked.value.explained("tr")
    assert not target.exists()
    heard: list[ReadList] = []
    said = Said(covers_to=LastDay.INCLUSIVE)
    wanted = ListWanted("KIZ", path, answers=target, said=said)
    found = lists.validate(settings, wanted, Watch(hear=heard.append))
    assert (found.file, found.problem) == (target, "")
    (read,) = heard
    # the answer is kept: the next list with this header is not asked about
    assert lists.validate(settings, ListWanted("KIZ", path)).rows == found.rows
    return found, read


def expect_what_was_meant(found: Answered, read: ReadList) -> None:
    """Fourteen payments as they were meant, and one that has to be mended."""
    assert [(row.row, row.disposition, row.reason, row.field) for row in found.rows] == [
        (place + 3, "rejected", "invalid-identifier", "id_number")
        if place == WRONG
        else (place + 3, "valid", "", "")
        for place in range(15)
    ]
    assert not any(row.remarks for row in found.rows)
    places = [place for place in range(15) if place != WRONG]
    for place, draft in zip(places, read.drafts, strict=True):
        fields = draft.fields
        assert (draft.reference, fields["amount"], fields["currency"]) == (
            f"KR-{place + 1}", MINOR[place % 5], "TRY",
        )  # fmt: skip
        assert (fields["covers_from"], fields["covers_to"]) == (
            MAY.isoformat(), following(LAST.isoformat()),
        )  # fmt: skip
        (person,) = draft.persons
        assert person.strong == (("tr.tckimlik", number(place)),)
    codes = [draft.fields["district"] for draft in read.drafts]
    assert len(set(codes[:5])) == 5
    assert (read.reading.header_row, read.reading.rows) == (2, 15)
    assert list(closing(found.rows, "tr")) == [
        "Gönderilebilecek kayıt: 14.",
        *list(closing(found.rows, "tr"))[1:],
    ]


def expected(rows: list[list[Any]], found: Answered, read: ReadList) -> list[list[Any]]:
    """Her sheet, with three columns more."""
    told = {row.row: list(words(row, "tr", read.reading.titles)) for row in found.rows}
    told[2] = list(titles("tr"))
    return [
        [*row, *told[at]] if at in told else [*row, *[""] * (len(HEADER) + 3 - len(row))]
        for at, row in enumerate(rows, 1)
    ]


def test_a_workbook_takes_two_validations_and_comes_back_as_it_was(
    settings: Settings, tmp_path: Path
) -> None:
    path, target = tmp_path / "mayis.xlsx", tmp_path / "yanit.xlsx"
    rows = as_book(path)
    found, read = validated(settings, path, target)
    expect_what_was_meant(found, read)
    wanted = expected(rows, found, read)
    back = openpyxl.load_workbook(target).worksheets[0]
    assert [
        [cell.date() if isinstance(cell, datetime.datetime) else cell or "" for cell in row]
        for row in back.iter_rows(values_only=True)
    ] == wanted
    assert [str(one) for one in back.merged_cells.ranges] == ["A1:N1"]
    assert (back["A1"].font.bold, back["K3"].number_format) == (True, "dd.mm.yyyy")
    with target.open("rb") as file:
        sheet = python_calamine.load_workbook(file).get_sheet_by_name("Mayıs")
    assert sheet.to_python(skip_empty_area=False) == wanted


def test_a_text_takes_two_validations_and_keeps_its_mark_and_encoding(
    settings: Settings, tmp_path: Path
) -> None:
    path, target = tmp_path / "mayis.csv", tmp_path / "yanit.csv"
    rows = as_text(path)
    found, read = validated(settings, path, target)
    expect_what_was_meant(found, read)
    assert read.reading.encoding == "windows-1254"
    with target.open(encoding="cp1254", newline="") as file:
        back = list(csv.reader(file, delimiter=";"))
    wanted = expected(rows, found, read)
    assert back == [wanted[0][:1], *wanted[1:]]


def test_she_is_told_what_to_mend_in_her_language(settings: Settings, tmp_path: Path) -> None:
    path, target = tmp_path / "mayis.csv", tmp_path / "yanit.csv"
    as_text(path)
    found, read = validated(settings, path, target)
    wrong = found.rows[WRONG]
    for lang in ("tr", "en", "ar"):
        told = words(wrong, lang, read.reading.titles)
        assert "T.C. Kimlik No" in told.answer, "as the column is called in her sheet"
        assert number(WRONG) not in " ".join(told)
        assert told.todo
