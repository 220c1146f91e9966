"""A list as all commands read it: repeats in it, warnings as errors, one place for options."""

from pathlib import Path

import pytest

from events.rejection import Reason
from producers.answering.words import closing, words
from producers.answers import VALID, as_json
from producers.listed import read_list
from producers.lists.columns import Said
from producers.publishing import validate_list
from producers.versions import REJECTED
from tests.unit.producers.lists.files.books import COLUMNS, PAYMENT

GOOD = dict(zip(COLUMNS, PAYMENT, strict=True))


def file(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "list.csv"
    names = [*COLUMNS, *dict.fromkeys(name for row in rows for name in row if name not in GOOD)]
    lines = [",".join(names)]
    lines += [",".join((GOOD | row).get(name, "") for name in names) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def twice(folder: Path) -> Path:
    """One family under two references, and another beside it."""
    return file(
        folder,
        {"reference": "k1"},
        {"reference": "k2", "id_number": "99011524438"},
        {"reference": "k3"},
    )


def test_the_same_person_twice_is_remarked_at_both_rows_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    found = read_list("KIZ", twice(tmp_path), "assistance")
    assert [(one.row, one.reference, one.reason, one.field) for one in found.remarks] == [
        (2, "k1", Reason.REPEATED_IN_LIST, "4"),
        (4, "k3", Reason.REPEATED_IN_LIST, "2"),
    ]
    assert len(found.drafts) == 3
    assert not found.bad


def test_it_is_no_repeat_for_another_time_purpose_or_programme(tmp_path: Path) -> None:
    june = {"covers_from": GOOD["covers_to"], "covers_to": "2026-07-01"}
    for other in (june, {"purpose": "food"}, {"programme": "GIDA"}, {"stage": "cancelled"}):
        path = file(tmp_path, {"reference": "k1"}, {"reference": "k2"} | other)
        assert read_list("KIZ", path, "assistance").remarks == ()


def test_a_warning_stands_beside_its_row_and_is_counted(tmp_path: Path) -> None:
    path = file(tmp_path, {"reference": "k1"}, {"reference": "k2", "id_number": "", "phone": "12"})
    rows = validate_list("KIZ", path, "assistance")
    assert [row.disposition for row in rows] == [VALID, VALID]
    assert [as_json(row)["warnings"] for row in rows] == [
        [],
        [{"reason": "invalid-identifier", "field": "phone"}],
    ]
    for lang, remark in (("tr", "Not: "), ("en", "Remark: "), ("ar", "ملاحظة: ")):
        plain, remarked = (words(row, lang, {"phone": "Cep Tel."}).answer for row in rows)
        assert remarked.startswith(f"{plain} {remark}")
        assert "Cep Tel." in remarked
        assert "1" in list(closing(rows, lang))[-1]
        assert len(list(closing(rows, lang))) == len(list(closing(rows[:1], lang))) + 1


@pytest.mark.parametrize("lang", ["tr", "en", "ar"])
def test_strictly_a_warning_is_an_error(tmp_path: Path, lang: str) -> None:
    rows = validate_list("KIZ", twice(tmp_path), "assistance", said=Said(strict=True))
    assert [(row.disposition, row.reason, row.field) for row in rows] == [
        (REJECTED, "repeated-in-list", "4"),
        (VALID, "", ""),
        (REJECTED, "repeated-in-list", "2"),
    ]
    assert "4" in words(rows[0], lang, {}).answer
