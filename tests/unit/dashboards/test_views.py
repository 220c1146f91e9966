"""The views as pure functions: rows in, words out; nothing is summed, nothing is lost."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from dash.development.base_component import Component

from cli import health as told
from dashboards import queries
from dashboards.parts import Page, age_class
from dashboards.shell import failed, section_of, shell, unknown
from dashboards.timeline import Axis, axis_of, lanes_of
from dashboards.views.finding import finding
from dashboards.views.findings import findings
from dashboards.views.integrity import integrity
from dashboards.views.overview import overview
from dashboards.views.submissions import reason, submissions
from events.texts import LANGS, Lang
from office.health import Health, health
from projections.queries import Query, ViewRow

NOW_MS = 1_795_155_120_000
ID = "7f3a" * 8
DAY = date(2026, 10, 1)


def page(lang: Lang = "tr", path: str = "/", search: str = "") -> Page:
    return Page(lang, "light", "tekil", NOW_MS, path, search)


def walk(tree: Any) -> Iterator[Any]:
    """Every component and text of a tree."""
    if isinstance(tree, list | tuple):
        for child in tree:
            yield from walk(child)
    elif tree is not None:
        yield tree
        if isinstance(tree, Component):
            yield from walk(getattr(tree, "children", None))


def text(tree: Any) -> str:
    """The words of a tree, without marks of direction."""
    found = " ".join(part for part in walk(tree) if isinstance(part, str))
    return re.sub("[\u2068\u2069]", "", found)


RECORD: ViewRow = {
    "org": "BELA", "assistance_id": "b1c0", "version": 1, "stage": "delivered",
    "programme": "BELA-KIRA", "purpose": "rent", "level": "household", "modality": "cash",
    "delivery_mechanism": "bank", "frequency": "monthly", "covers_from": DAY,
    "covers_to": date(2026, 11, 1), "event_date": date(2026, 10, 1), "amount": Decimal(9300),
    "currency": "TRY", "household_size": 4, "household_as_of": DAY, "district": "TUR034026",
    "override_reason": "", "returned_amount": None, "returned_reason": "", "assurance": "hmac",
    "received_day": date(2026, 10, 5),
}  # fmt: skip
OTHER = RECORD | {
    "org": "STKB", "assistance_id": "77d9", "programme": "STKB-BARINMA", "amount": Decimal(6000),
    "covers_from": date(2026, 10, 17), "covers_to": date(2026, 10, 20), "event_date": None,
    "override_reason": "urgent",
}  # fmt: skip
CHECKS = {
    "link": "same-recipient", "subjects": [["recipient", "recipient", "tr.tckimlik"]],
    "matched_as": "household", "succession": "", "window_a": ["2026-10-01", "2026-11-01"],
    "window_b": ["2026-10-17", "2026-11-16"], "overlap_days": 15, "least_overlap_days": 7,
    "modality_class": 0, "same_programme": False, "weight": 0, "threshold": 0,
}  # fmt: skip
FOUND: ViewRow = {
    "finding_id": ID, "kind": "double-coverage", "strength": "certain", "status": "open",
    "revision": 1, "person_ref": "5b1e07d4", "org_a": "BELA", "assistance_a": "b1c0",
    "org_b": "STKB", "assistance_b": "77d9", "purpose": "rent",
    "overlap_from": date(2026, 10, 17), "overlap_to": date(2026, 11, 1),
    "amount_at_risk": Decimal(3000), "currency": "TRY", "district": "TUR034026",
    "opened_day": date(2026, 11, 2), "changed_day": date(2026, 11, 2), "caused_seq": 7,
    "caused_item": 3, "policy": 1, "seq": 7, "case_id": "c" * 32, "late_org": "",
    "need_id": "", "enrolment_id": "", "checks": json.dumps(CHECKS),
}  # fmt: skip
GAP = FOUND | {
    "kind": "unmet-need", "org_b": "", "assistance_a": "9d0e" * 8, "assistance_b": "",
    "overlap_to": None, "amount_at_risk": None, "currency": "", "need_id": "9d0e" * 8,
    "checks": json.dumps({"met_by": ["basic-needs", "rent"], "wait_days": 30,
                          "due": "2026-11-16"}),
}  # fmt: skip
EXCESS: list[ViewRow] = [
    {"currency": "TRY", "period": period, "cases": cases, "amount": amount,
     "confirmed": confirmed, "unknown": 2}
    for period, cases, amount, confirmed in (
        ("over", 9, Decimal(71000), Decimal(500)), ("coming", 1, Decimal(30), None),
        ("all", 10, Decimal(71030), None),
    )
]  # fmt: skip
PROGRESS: list[ViewRow] = [
    {"source": "journal", "next_seq": 8, "next_offset": 9, "skipped": 1, "day": DAY,
     "source_to": 20, "clock_ms": NOW_MS - 60_000, "tick_day": DAY, "ticks": 3},
    {"source": "findings", "next_seq": 7, "next_offset": 7, "skipped": 0, "day": DAY,
     "source_to": 20, "clock_ms": NOW_MS - 60_000, "tick_day": DAY, "ticks": 3},
]  # fmt: skip
CHECK: ViewRow = {
    "check_name": "conservation", "left_count": 5, "right_count": 5, "ok": True, "seq": 7,
    "head": "ab" * 32,
}  # fmt: skip
ENDS = {"submissions": 25, "journal": 9, "findings": 8}
SENT: ViewRow = {
    "submissions": 3, "records": 10, "accepted": 7, "duplicate": 1, "rejected": 2, "last_day": DAY
}  # fmt: skip


class Rows:
    """Answers of the read side, by query."""

    def __init__(self, **changed: list[ViewRow]) -> None:
        def pair(row: ViewRow, kind: str) -> ViewRow:
            return row | {"kind": kind}

        amounts: ViewRow = {
            "kind": "double-coverage", "currency": "TRY", "findings": 42, "valued": 41,
            "quarter": Decimal(1692), "middle": Decimal(2825), "three_quarters": Decimal(4475),
            "largest": Decimal(13992),
        }  # fmt: skip
        self.answers: dict[Query, list[ViewRow]] = {
            queries.TOTALS: [
                {"records": 827, "organisations": 8, "planned": 2, "delivered": 815, "districts": 9}
            ],
            queries.SUBMITTED: changed.get("submitted", [SENT]),
            queries.OPEN_BY_KIND: [amounts, pair(amounts, "repeated-payment")],
            queries.BY_MONTH: [{"month": DAY, "double": 11, "repeated": 1}],
            queries.VERDICTS: [{"verdict": "clear", "records": 816}],
            queries.EXCESS: changed.get("excess", EXCESS),
            queries.FINDING_RECORDS: changed.get("told", []),
            queries.PREVENTED: [{"currency": "TRY", "payments": 4, "amount": Decimal(26275)}],
            queries.COUNT: changed.get("count", [{"findings": 120}]),
            queries.DISTRICTS: [{"district": "TUR034026"}],
            queries.MONTHS: [{"month": "2026-10"}],
            queries.PARTNERS: [{"org": "BELA", "name": "Belediye A"}],
            queries.REVISIONS: changed.get("revisions", [FOUND]),
            queries.DECIDED: changed.get("decided", []),
            queries.POLICY: [
                {"version": 1, "in_force_from": DAY,
                 "modality_classes": [["cash", "voucher"], ["in-kind"]]}
            ],
            queries.RECORD_VERDICT: [],
            queries.BY_PARTNER: [SENT | {"org": "BELA"}, SENT | {"org": "ADMIN"}],
            queries.REJECTIONS: [
                {"org": "BELA", "reason": "invalid-value", "field": "amount", "kind": "assistance",
                 "records": 2, "last_day": DAY}
            ],
            queries.SUBMISSIONS: [
                SENT | {"received_day": DAY, "submission_id": "x" * 36, "org": "BELA", "seq": 1,
                        "assurance": "threshold", "tokens_epoch": "e1-e2",
                        "reason": "", "field": ""}
            ],
            queries.ASSURANCE: changed.get("assurance", []),
            queries.EPOCHS: changed.get("epochs", []),
            queries.LAGGARDS: changed.get("laggards", []),
            queries.EVALUATIONS: changed.get("evaluations", []),
        }  # fmt: skip
        self.answers |= dict.fromkeys(queries.LISTS.values(), changed.get("list", [FOUND]))
        self.asked: list[dict[str, Any]] = []

    def rows(self, query: Query, **values: Any) -> list[ViewRow]:
        self.asked.append(values)
        if query is queries.RECORD:
            wanted = values["org"]
            return [row for row in (RECORD, OTHER) if row["org"] == wanted]
        return self.answers[query]


def sound(**more: Any) -> Health:
    return replace(health(PROGRESS, [CHECK], ENDS), **more)


def test_a_reason_is_explained_in_the_readers_language() -> None:
    said = {reason(page(lang), "invalid-value", "amount") for lang in LANGS}
    assert len(said) == 3
    assert all("amount" in sentence for sentence in said)
    assert reason(page(), "newer-than-this", "") == "newer-than-this"


# -- screens -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_every_screen_has_words_in_every_language(lang: Lang) -> None:
    source = Rows()
    for made in (
        overview(page(lang), source, sound()),
        findings(page(lang, "/findings"), source),
        finding(page(lang, f"/findings/{ID}"), source, sound()),
        submissions(page(lang, "/submissions"), source, sound()),
        integrity(page(lang, "/integrity"), source, sound()),
        [failed(page(lang), NOW_MS, "R-503")],
        [unknown(page(lang, "/nowhere"))],
    ):
        whole = shell(page(lang), "title", made, sound(), 42)
        assert len(text(whole)) > 100
        assert not re.search(r"{\w+}", text(whole))
        assert [part for part in walk(whole) if getattr(part, "id", "") == "main"]


def test_the_overview_shows_a_spread_and_no_sum_of_pairs() -> None:
    said = text(overview(page(), Rows(), sound()))
    for figure in ("827", "1.692 TL", "2.825 TL", "13.992 TL", "26.275", "%100,0"):
        assert figure in said
    assert "118.650" not in said  # 42 findings at the median: a sum that nobody may see


def test_excess_is_called_by_its_name() -> None:
    said = text(overview(page("en"), Rows(), sound()))
    for words in (
        "Excess past months 71,000 TRY confirmed TRY 500.00",
        "Months that are over TRY 71,000.00 TRY 500.00 9",
        "This month and coming ones TRY 30.00 – 1",
        "All months TRY 71,030.00 – 10",
        "not known in 2 cases",
    ):
        assert words in said, words
    nothing = text(overview(page("en"), Rows(excess=[]), sound()))
    assert "No excess" in nothing
    assert "not known" not in nothing


def test_an_empty_system_says_what_to_do() -> None:
    said = text(overview(page(), Rows(submitted=[SENT | {"submissions": 0}]), sound()))
    assert "tekil publish" in said


def test_the_list_binds_its_filters_and_links_its_rows() -> None:
    source = Rows()
    made = findings(page(path="/findings", search="?partner=BELA&page=2&sort=amount"), source)
    (listed,) = [asked for asked in source.asked if "limit" in asked]
    assert (listed["partner"], listed["limit"], listed["offset"]) == ("BELA", 50, 50)
    links = [str(part.href) for part in walk(made) if hasattr(part, "href")]
    assert f"/findings/{ID}" in links
    assert "/findings?partner=BELA&sort=amount&page=3" in links
    sorted_heads = [part for part in walk(made) if "aria-sort" in getattr(part, "_prop_names", ())
                    or hasattr(part, "aria-sort")]  # fmt: skip
    assert len(sorted_heads) == 1
    assert "Sayfa 2 / 3" in text(made)
    assert "3.000,00 TL" in text(made)


def test_an_empty_list_names_what_was_looked_for() -> None:
    source = Rows(list=[], count=[{"findings": 0}])
    said = text(findings(page(path="/findings", search="?purpose=rent"), source))
    assert "Bu süzgeçte bulgu yok" in said
    assert "Aranan: Açık · kira." in said


def test_a_finding_shows_both_records_side_by_side_and_its_policy() -> None:
    said = text(finding(page(path=f"/findings/{ID}"), Rows(), sound()))
    for words in ("9.300,00 TL", "6.000,00 TL", "17 – 31 Eki 2026", "15 gün", "BELA-KIRA",
                  "STKB-BARINMA", "Politika sürüm 1", "en az 7 gün", "nakit · kupon", "≠", "acil",
                  "bulgu açıldı, sürüm 1", "sıra 7, madde 3", "Kesik çizgi"):  # fmt: skip
        assert words in said, words


def test_the_history_tells_withdrawal_and_reopening() -> None:
    revisions = [
        FOUND | {"revision": 4},
        FOUND | {"revision": 3, "status": "withdrawn", "overlap_from": None, "overlap_to": None,
                 "amount_at_risk": None},
        FOUND | {"revision": 2},
        FOUND,
    ]  # fmt: skip
    said = text(finding(page("en", f"/findings/{ID}"), Rows(revisions=revisions), sound()))
    for words in ("reopened, version 4", "withdrawn, version 3", "changed, version 2", "opened,"):
        assert words in said
    past = text(finding(page("en", f"/findings/{ID}"), Rows(revisions=revisions[1:]), sound()))
    assert "no longer hold" in past


def test_the_history_tells_who_decided_and_why() -> None:
    revisions = [
        FOUND | {"revision": 5, "status": "dismissed"},
        FOUND | {"revision": 4, "status": "open"},
        FOUND | {"revision": 3, "status": "confirmed"},
        FOUND | {"revision": 2, "status": "open"},
        FOUND | {"revision": 1, "status": "dismissed"},
    ]
    decided: list[ViewRow] = [
        {"act": "decision", "org": "ADMIN", "revision": 2, "reason": "none", "decided_day": DAY},
        {"act": "deadline", "org": FOUND["org_b"], "revision": 0, "reason": "deadline-missed",
         "decided_day": FOUND["changed_day"]},
    ]  # fmt: skip
    source = Rows(revisions=revisions, decided=decided)
    said = text(finding(page("en", f"/findings/{ID}"), source, sound()))
    for words in (
        f"dismissed: no answer in time ({FOUND['org_b']}), version 5", "reopened, version 4",
        "confirmed: no step needed, version 3", "reopened, version 2",
        "dismissed: covered by an earlier decision, version 1",
    ):  # fmt: skip
        assert words in said, words


def test_a_finding_that_is_not_there() -> None:
    for path, rows in ((f"/findings/{ID}", Rows(revisions=[])), ("/findings/x", Rows())):
        assert "Böyle bir bulgu yok" in text(finding(page(path=path), rows, sound()))


def test_an_address_that_leads_nowhere() -> None:
    assert section_of("/findings/x") == "findings"
    assert section_of("/findingsx") == ""


# -- health --------------------------------------------------------------------------------------


def test_health_counts_what_waits_and_what_was_skipped() -> None:
    found = sound()
    assert [(s.name, s.waiting, s.skipped) for s in found.stages] == [
        ("intake", 5, None), ("registry", 1, None), ("journal", 0, 1), ("findings", 1, 0),
    ]  # fmt: skip
    assert (found.seq, found.skipped, found.is_sound) == (7, 1, True)
    unknown_ends = health(PROGRESS, [CHECK], None)
    assert [stage.waiting for stage in unknown_ends.stages] == [None, 1, None, None]


def test_checks_that_saw_nothing_are_no_good_news() -> None:
    empty = health([], [], ENDS)
    assert not empty.is_sound
    assert empty.seq == -1
    assert "Henüz blok işlenmedi" in text(integrity(page(), Rows(), empty))


def test_a_check_that_fails_stands_first_and_is_told() -> None:
    bad = CHECK | {"check_name": "head", "ok": False, "right_count": 4}
    found = health(PROGRESS, [CHECK, bad], ENDS)
    said = text(integrity(page(), Rows(), found))
    assert said.index("Günlüğün sonu") < said.index("Gelen her kayıt")
    report = told.of(found)
    assert not report.is_well
    assert report.plain["failing"] == ["head"]
    assert "NOT: head" in report.lines[-1]
    assert told.of(sound()).is_well


def test_checks_keep_their_order_however_the_rows_come() -> None:
    rows = [CHECK | {"check_name": name} for name in ("head", "newer-than-this", "conservation")]
    shown = [text(integrity(page(), Rows(), health(PROGRESS, given, ENDS)))
             for given in (rows, rows[::-1])]  # fmt: skip
    assert shown[0] == shown[1]
    assert shown[0].index("Gelen her kayıt") < shown[0].index("Günlüğün sonu")


def test_the_age_of_a_test_clock_is_counted_in_days() -> None:
    midnight = 1_795_122_000_000  # 2026-11-20 00:00 in Istanbul
    by_day = sound(block_ms=midnight)
    assert by_day.is_day_clock
    assert by_day.age_seconds(midnight + 40_000_000) == 0
    assert "(bugün)" in text(overview(page(), Rows(), by_day))
    assert not sound().is_day_clock
    assert [age_class(seconds) for seconds in (0, 900, 7_200)] == ["", "soon", "late"]


# -- timeline ------------------------------------------------------------------------------------


def test_the_axis_holds_everything_and_places_days_in_percent() -> None:
    axis = axis_of(lanes_of(FOUND, CHECKS, [RECORD, None]), FOUND)
    assert axis.start < DAY
    assert axis.end > FOUND["opened_day"]
    assert Axis(DAY, DAY + timedelta(days=10)).at(DAY + timedelta(days=5)) == 50.0


def test_ticks_are_first_days_of_months_and_few() -> None:
    ticks = Axis(date(2025, 11, 20), date(2027, 3, 1)).ticks()
    assert all(day.day == 1 for day in ticks)
    assert 3 <= len(ticks) <= 7
