"""What did not count in each topic: told by `status` and the page, and no failed check."""

from datetime import date, timedelta

import pytest

from cli import health as told
from dashboards.views.integrity import integrity
from events.texts import Lang
from office.health import health
from projections.queries import ViewRow
from tests.unit.dashboards.test_views import CHECK, DAY, ENDS, PROGRESS, Rows, page, sound, text


def of_topic(topic: str, foreign: int, repeated: int, day: date | None) -> ViewRow:
    return {
        "topic": topic, "foreign_count": foreign, "repeated": repeated, "last_day": day
    }  # fmt: skip


STRANGE = [
    of_topic("journal", 3, 1, DAY - timedelta(days=1)),
    of_topic("receipts", 1_204, 0, DAY - timedelta(days=2)),
    of_topic("findings", 0, 7, None),
]


def test_what_did_not_count_is_told_of_all_five_topics_and_is_no_failed_check() -> None:
    found = health(PROGRESS, [CHECK], ENDS, STRANGE)
    assert [(one.topic, one.foreign, one.repeated, one.is_new) for one in found.foreign] == [
        ("submissions", 0, 0, False), ("journal", 3, 1, True), ("keys", 0, 0, False),
        ("findings", 0, 7, False), ("receipts", 1_204, 0, False),
    ]  # fmt: skip
    assert found.is_sound
    report = told.of(found)
    assert report.is_well
    assert report.plain["foreign"]["journal"] == {
        "foreign": 3, "repeated": 1, "last_day": DAY - timedelta(days=1), "is_new": True
    }  # fmt: skip
    lines = {line.split()[0]: line for line in report.lines}
    assert "submissions 0, journal 3, keys 0, findings 0, receipts 1204" in lines["foreign"]
    assert "; NEW: journal (docs/runbook.md" in lines["foreign"]
    assert lines["repeated"].endswith("journal 1, keys 0, findings 7, receipts 0")
    assert "NEW" not in " ".join(told.of(health(PROGRESS, [CHECK], ENDS, STRANGE[1:])).lines)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Foreign messages", "Journal 3 1", "⚠ new", "Receipts 1,204 0", "none since")),
        ("tr", ("Yabancı iletiler", "Günlük 3 1", "⚠ yeni", "Alındılar 1.204 0", "yenisi yok")),
        ("ar", ("رسائل غريبة", "السجل 3 1", "⚠ جديد", "الإيصالات 1,204 0", "لا جديد")),
    ],
)
def test_the_page_shows_what_did_not_count(lang: Lang, words: tuple[str, ...]) -> None:
    shown = text(integrity(page(lang), Rows(), health(PROGRESS, [CHECK], ENDS, STRANGE)))
    for wanted in words:
        assert wanted in shown
    calm = text(integrity(page(lang), Rows(), sound()))
    assert words[2] not in calm
