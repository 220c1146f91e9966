"""The use cases of a partner's list: typed requests, typed results, nothing printed."""

from pathlib import Path

import pytest
import python_calamine

from events.model import InquiryReason
from infra.errors import UsageProblem
from infra.settings import Settings
from office import lists
from office.lists import Answered, ListWanted, Watch
from producers import checking, publishing
from producers.answers import AnsweredRow
from producers.listed import Hear, ReadList
from producers.lists.readings import Reading
from producers.lists.templates import TEMPLATES
from tests.unit.producers.lists.files.books import COLUMNS, PAYMENT

READING = Reading("", "utf-8", 1, 2_000, width=len(COLUMNS), read_as="utf-8")
READ = ReadList(TEMPLATES["assistance"], (), (), READING)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", assurance="hmac")


@pytest.fixture
def wanted(tmp_path: Path) -> ListWanted:
    path = tmp_path / "list.csv"
    payments = [",".join(PAYMENT).replace("k1", f"../../k{number}") for number in range(2_000)]
    path.write_text("\n".join([",".join(COLUMNS), *payments]))
    return ListWanted("KIZ", path)


def test_a_list_is_validated_without_keys_and_without_a_file(
    settings: Settings, wanted: ListWanted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps: list[tuple[int, int]] = []
    found = lists.validate(settings, wanted, Watch(read=lambda *step: steps.append(step)))
    assert [row.disposition for row in found.rows] == ["valid"] * 2_000
    assert (found.file, found.problem) == (None, "")
    assert steps[0][1] == wanted.file.stat().st_size, "progress in bytes"
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"], "nothing was written"
    assert capsys.readouterr() == ("", "")


def answering(monkeypatch: pytest.MonkeyPatch, *rows: AnsweredRow) -> None:
    def answered(*_: object, hear: Hear, **__: object) -> list[AnsweredRow]:
        hear(READ)
        return list(rows)

    monkeypatch.setattr(publishing, "publish_list", answered)
    monkeypatch.setattr(checking, "check_list", answered)


def test_answers_stand_beside_the_list(
    settings: Settings, wanted: ListWanted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = AnsweredRow(2, 2, "k1", "accepted")
    answering(monkeypatch, row)
    said = lists.publish(settings, wanted), lists.check(settings, wanted)
    assert said == (
        Answered([row], tmp_path / "list.answers.csv"),
        Answered([row], tmp_path / "list.check.csv"),
    )


def test_answers_that_cannot_be_written_where_they_were_wanted_are_kept(
    settings: Settings, wanted: ListWanted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, AnsweredRow(2, 2, "k1", "accepted"))
    place = tmp_path / "none" / "mine.xlsx"
    found = lists.publish(settings, ListWanted("KIZ", wanted.file, answers=place))
    assert found.file == settings.folder("answers") / "mine.xlsx"
    with found.file.open("rb") as file:
        sheet = python_calamine.load_workbook(file).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert [row[0] for row in rows] == ["", "2"], "nothing of the list comes into the home"
    assert "mine.xlsx cannot be written" in found.problem


def test_questions_are_about_assistance_alone(settings: Settings, wanted: ListWanted) -> None:
    with pytest.raises(UsageProblem, match="assistance"):
        lists.check(settings, ListWanted("KIZ", wanted.file, kind="need"))


def test_a_question_has_a_coded_reason(
    settings: Settings, wanted: ListWanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageProblem, match="application, recertification, new-member, referral"):
        lists.check(settings, ListWanted("KIZ", wanted.file, reason="curiosity"))
    said: list[object] = []

    def asked(*_: object, reason: object, hear: Hear, **__: object) -> list[AnsweredRow]:
        said.append(reason)
        hear(READ)
        return []

    monkeypatch.setattr(checking, "check_list", asked)
    for reason in ("referral", "other"):
        lists.check(settings, ListWanted("KIZ", wanted.file, reason=reason))
    lists.check(settings, wanted)
    assert said == [InquiryReason.REFERRAL, InquiryReason.OTHER, InquiryReason.OTHER]


def test_limits_of_the_settings_hold_for_each_use_case(
    tmp_path: Path, wanted: ListWanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home", assurance="hmac", list_memory_mib=64)
    wanted.file.write_text(",".join(COLUMNS) + "\n" + f"{'x' * 1_900},\n" * 40_000)
    for use in (lists.validate, lists.publish, lists.check):
        with pytest.raises(UsageProblem, match="64 MiB"):
            use(settings, wanted)
    assert not (tmp_path / "home" / "partners" / "KIZ" / "ledger.sqlite").exists()
