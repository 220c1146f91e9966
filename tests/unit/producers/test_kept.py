"""Whether the last day is covered is asked once for each partner, header and mapping."""

import json
from pathlib import Path

import pytest

from events.rejection import Reason
from infra.errors import UsageProblem
from infra.settings import Settings
from office import lists
from office.lists import ListWanted, Watch
from producers import publishing, told
from producers.kept import FILE, Kept, name_of
from producers.listed import ReadList
from producers.lists.columns import LastDay, Mark, Said

HEADER = (
    "reference,programme,stage,purpose,modality,frequency,amount,currency,covers_from,{},"
    "district,id_number"
)
ROW = "k1,TEMEL,delivered,basic-needs,cash,monthly,6000,TRY,01.05.2026,31.05.2026,TUR034026,"
INCLUSIVE = Said(covers_to=LastDay.INCLUSIVE)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def file(folder: Path, title: str = "Bitiş tarihi") -> Path:
    path = folder / "list.csv"
    path.write_text(f"{HEADER.format(title)}\n{ROW}99291417710\n", encoding="utf-8")
    return path


def ends(settings: Settings, path: Path, org: str = "KIZ", **options: object) -> tuple[str, str]:
    """The day that the record's window ends on, and what the officer hears of it."""
    heard: list[ReadList] = []
    wanted = ListWanted(org, path, **options)  # type: ignore[arg-type]
    lists.validate(settings, wanted, Watch(hear=heard.append))
    (found,) = heard
    said = "\n".join(told.sentences(found.read_as, found.remarks, "en"))
    return str(found.drafts[0].fields["covers_to"]), said


def refused(settings: Settings, path: Path, **options: object) -> tuple[Reason | None, str]:
    with pytest.raises(UsageProblem) as caught:
        ends(settings, path, **options)  # type: ignore[arg-type]
    assert "--covers-to" in caught.value.explained("tr")
    return caught.value.reason, caught.value.field


def test_it_is_asked_once_and_said_again(settings: Settings, tmp_path: Path) -> None:
    path = file(tmp_path)
    assert refused(settings, path) == (Reason.LAST_DAY_UNSAID, "Bitiş tarihi")
    assert ends(settings, path, said=INCLUSIVE)[0] == "2026-06-01"
    day, said = ends(settings, path)
    assert day == "2026-06-01"
    assert "last day is covered" in said
    assert "as answered before" in said


def test_another_partner_header_or_mapping_is_asked_anew(
    settings: Settings, tmp_path: Path
) -> None:
    ends(settings, file(tmp_path), said=INCLUSIVE)
    refused(settings, file(tmp_path), org="STK")
    refused(settings, file(tmp_path, "Kapsam bitişi"))
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps({"Bitiş tarihi": "covers_to"}), encoding="utf-8")
    refused(settings, file(tmp_path), mapping=mapping)
    assert ends(settings, file(tmp_path, "BİTİŞ  TARİHİ"))[0] == "2026-06-01", "the same header"


def test_a_later_answer_takes_the_place_of_an_earlier(settings: Settings, tmp_path: Path) -> None:
    path = file(tmp_path)
    ends(settings, path, said=INCLUSIVE)
    assert ends(settings, path, said=Said(covers_to=LastDay.EXCLUSIVE))[0] == "2026-05-31"
    day, said = ends(settings, path)
    assert day == "2026-05-31"
    assert "not covered" in said
    assert "Warning, rows 2" in said, "a month one day short"


def test_a_list_of_nobody_is_validated_with_the_option_alone(
    settings: Settings, tmp_path: Path
) -> None:
    path = file(tmp_path)
    refused(settings, path, org="")
    assert ends(settings, path, org="", said=INCLUSIVE)[0] == "2026-06-01"
    refused(settings, path, org="")
    assert not settings.home.exists() or not list(settings.home.rglob(FILE))


def test_a_header_that_says_it_is_not_asked_and_not_overruled(
    settings: Settings, tmp_path: Path
) -> None:
    assert ends(settings, file(tmp_path, "Bitiş tarihi (bu gün dahil)"))[0] == "2026-06-01"
    assert ends(settings, file(tmp_path, "covers_to"))[0] == "2026-05-31"
    refused(settings, file(tmp_path, "Bitiş tarihi (bu gün hariç)"), said=INCLUSIVE)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / FILE
    for text in ("{", "[]", '{"a": "perhaps"}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UsageProblem, match="Delete it"):
            Kept(lambda: path).last_day("a")
    assert name_of("assistance", "Bitiş", {}) != name_of("assistance", "Bitiş", {"a": "b"})


def test_warnings_are_errors_if_they_shall_be(settings: Settings, tmp_path: Path) -> None:
    path = file(tmp_path, "covers_to")
    rows = publishing.validate_list("KIZ", path, "assistance")
    assert [(row.disposition, [r.reason for r in row.remarks]) for row in rows] == [
        ("valid", [Reason.ODD_WINDOW])
    ]
    strict = publishing.validate_list("KIZ", path, "assistance", said=Said(strict=True))
    assert [(row.disposition, row.reason) for row in strict] == [("rejected", "odd-window")]


@pytest.mark.parametrize("lang", ["tr", "en", "ar"])
def test_how_a_list_was_read_is_said_in_each_language(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "list.csv"
    text = f"{HEADER.format('End date (included)')},DOB\n{ROW}99291417710,05/06/1990\n"
    path.write_text(text.replace("6000", "6.000"), encoding="utf-8")
    heard: list[ReadList] = []
    publishing.validate_list(
        "KIZ", path, "assistance", said=Said(decimals=Mark.COMMA), hear=heard.append
    )
    lines = list(told.sentences(heard[0].read_as, heard[0].remarks, lang))
    assert len(lines) == 6, lines
    assert not any("{" in line for line in lines)
