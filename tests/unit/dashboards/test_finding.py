"""One finding: its heading, what the registry recorded, the counted days, what is equal."""

import json
import re
from datetime import date
from typing import Any

import pytest

from dashboards.timeline import lanes_of
from dashboards.views.finding import finding
from dashboards.views.why import lines
from dashboards.words import WORDS
from events.texts import LANGS, Lang
from projections.queries import ViewRow
from tests.unit.dashboards.test_views import (
    CHECKS,
    DAY,
    FOUND,
    GAP,
    ID,
    OTHER,
    RECORD,
    Rows,
    page,
    sound,
    text,
    walk,
)

ONE_PERSON = re.compile("same person|aynı kişi|الشخص نفسه|same recipient|aynı alıcı", re.IGNORECASE)
NEED: ViewRow = {
    "org": "BELA", "id": "9d0e" * 8, "programme": "", "purpose": "", "modality": "",
    "covers_from": None, "covers_to": None, "amount": None, "currency": "", "needed": "rent",
    "left_programme": "",
}  # fmt: skip
WEAK = ("weak.phone", "weak.names-year", "weak.first-birth")
POLICY: list[ViewRow] = [{"version": 1, "in_force_from": DAY, "modality_classes": []}]


def shown(lang: Lang = "en", found: ViewRow = FOUND, **rows: list[ViewRow]) -> str:
    """The words of a finding's screen."""
    source = Rows(revisions=[found], **rows)
    return text(finding(page(lang, f"/findings/{ID}"), source, sound()))


def classes(tree: Any) -> list[str]:
    return [str(getattr(part, "className", "")) for part in walk(tree)]


@pytest.mark.parametrize(
    ("lang", "words"),
    [("tr", "açılış 2 Kas 2026"), ("en", "opened 2 Nov 2026"), ("ar", "فُتح 2 تشرين الثاني 2026")],
)
def test_the_heading_says_which_day_it_was_opened(lang: Lang, words: str) -> None:
    assert words in shown(lang)


# -- why they met --------------------------------------------------------------------------------


def test_what_was_recorded_is_shown_and_nothing_else() -> None:
    said = shown()
    for words in (
        "same recipient in both records", "Certain", "A recipient ↔ B recipient",
        "Turkish identity number", "1 – 31 Oct 2026", "17 Oct – 15 Nov 2026",
        "overlap by 7 days at least", "15 days", "Different organisations",
    ):  # fmt: skip
        assert words in said, words
    assert "Weight of the weak details" not in said
    again = CHECKS | {"same_programme": True, "succession": "one"}
    said = shown(found=FOUND | {"checks": json.dumps(again)})
    assert "Same organisation and programme" in said
    assert "One organisation vouches" in said
    assert "complement" not in said


@pytest.mark.parametrize("lang", LANGS)
def test_a_rule_by_which_two_met_though_they_differ_is_named(lang: Lang) -> None:
    words = {key: str(text) for key, text in WORDS[lang].items()}
    part = CHECKS | {"meets_by": "as-part"}
    said = shown(lang, FOUND | {"checks": json.dumps(part)})
    assert words["meets_by.as-part"] in said
    assert words["matched_as.household"] not in said
    apart = CHECKS | {"meets_by": "excluding-programmes", "modality_class": None}
    said = shown(lang, FOUND | {"checks": json.dumps(apart)})
    assert words["meets_by.excluding-programmes"] in said
    for name in ("matched_as.household", "check_form", "check_complement"):
        assert words[name] not in said, name


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("link", ["shared-member", "telephone-or-account", "weak"])
def test_a_possible_link_never_says_that_it_is_one_person(lang: Lang, link: str) -> None:
    checks = CHECKS | {
        "link": link, "subjects": [["member", "recipient", name] for name in WEAK], "weight": 12,
        "threshold": 10,
    }  # fmt: skip
    found = FOUND | {"strength": "possible", "checks": json.dumps(checks)}
    assert not ONE_PERSON.search(shown(lang, found))
    made = list(lines(page(lang), found, checks, POLICY))
    assert len(made) >= 8
    assert [fact for _, fact in made].count("12") == (link == "weak")
    assert len(made) == len(set(made)), "two types of one word are one line"


@pytest.mark.parametrize(
    ("lang", "words"), [("tr", "kaydedilmedi"), ("en", "Checks not recorded"), ("ar", "لم تُسجَّل")]
)
def test_an_older_finding_says_that_its_checks_were_not_recorded(lang: Lang, words: str) -> None:
    said = shown(lang, FOUND | {"checks": ""})
    assert words in said
    assert not ONE_PERSON.search(said)


def test_a_gap_names_its_need_and_what_was_looked_for() -> None:
    said = shown(found=GAP, told=[NEED])
    for words in (
        "need   9d0e9d0e", "basic needs · rent", "30 days", "16 Nov 2026", "since 17 Oct",
    ):  # fmt: skip
        assert words in said, words
    lapsed = GAP | {"kind": "lapsed-coverage", "need_id": "", "enrolment_id": "ab" * 16}
    assert "enrolment   abababab" in shown(found=lapsed, told=[NEED])


def test_a_sum_shows_what_it_was_held_against() -> None:
    checks = {"size": 5, "cap": "9000.00", "total": "12500.50"}
    cap = FOUND | {"kind": "over-cap", "org_b": "", "checks": json.dumps(checks)}
    said = shown("tr", cap)
    for words in ("5 kişi", "9.000,00 TL", "12.500,50 TL"):
        assert words in said, words


# -- what is equal -------------------------------------------------------------------------------


def test_equal_values_are_equal_whatever_stands_beside_them(monkeypatch: Any) -> None:
    other = RECORD | {"org": "STKB", "household_as_of": date(2026, 10, 12)}
    monkeypatch.setitem(OTHER, "household_as_of", other["household_as_of"])
    made = finding(page("en", f"/findings/{ID}"), Rows(), sound())
    (cells,) = (
        part.children
        for part in walk(made)
        if type(part).__name__ == "Tr" and text(part).startswith("Household")
    )
    assert text(cells).split() == [
        "Household", "4", "people", "as", "of", "1", "Oct", "2026", "=",
        "4", "people", "as", "of", "12", "Oct", "2026",
    ]  # fmt: skip


# -- the counted days ----------------------------------------------------------------------------


def test_a_window_that_begins_before_the_payment_is_drawn() -> None:
    """Winter aid counts for its season: from before the day on which it was paid."""
    winter = CHECKS | {"window_b": ["2026-10-01", "2026-11-16"]}
    lanes = lanes_of(FOUND, winter, [RECORD, OTHER])
    assert lanes[0].beyond == []
    assert lanes[1].beyond == [
        (date(2026, 10, 1), date(2026, 10, 17)), (date(2026, 10, 20), date(2026, 11, 16)),
    ]  # fmt: skip
    source = Rows(revisions=[FOUND | {"checks": json.dumps(winter)}])
    found = classes(finding(page(path=f"/findings/{ID}"), source, sound()))
    assert "bar effective before B" in found
    assert "bar effective after B" in found
    assert "bar effective before A" not in found


def test_without_recorded_windows_the_overlap_shows_as_far_as_it_reaches() -> None:
    found = FOUND | {"overlap_from": date(2026, 10, 10)}
    lanes = lanes_of(found, {}, [RECORD, OTHER])
    assert lanes[1].beyond[0] == (date(2026, 10, 10), date(2026, 10, 17))
    gone = FOUND | {"status": "withdrawn", "overlap_from": None, "overlap_to": None}
    assert [lane.beyond for lane in lanes_of(gone, CHECKS, [RECORD, None])] == [[], []]
