"""Assurance, key epochs, laggards and what key servers were asked, as the page shows them."""

from datetime import date
from typing import Any, Final

import pytest

from dashboards import queries
from dashboards.shell import shell
from dashboards.views.integrity import integrity
from dashboards.views.submissions import submissions
from events.texts import LANGS, Lang
from projections.queries import ViewRow
from tests.unit.dashboards.test_views import DAY, Rows, page, sound, text, walk

EPOCHS: list[ViewRow] = [
    {"epoch": "e2", "status": "open", "number": 2, "public_key": "ab" * 32, "opened_day": DAY,
     "closed_day": None},
    {"epoch": "e1", "status": "closed", "number": 1, "public_key": "cd" * 32, "opened_day": DAY,
     "closed_day": date(2026, 10, 9)},
]  # fmt: skip
LAGGARDS: list[ViewRow] = [
    {"org": "BELA", "epoch": "e1", "status": "open", "laggards": 25, "covering": 7, "live": 100},
    {"org": "STKB", "epoch": "e0", "status": "closed", "laggards": 2, "covering": 0, "live": 8},
]
ASKED: ViewRow = {"day": DAY, "org": "BELA", "servers": 3, "evaluations": 1240, "records": 400}
LEVELS: list[ViewRow] = [
    {"level": "none", "submissions": 2, "records": 9},
    {"level": "threshold", "submissions": 3, "records": 30},
    {"level": "hmac", "submissions": 1, "records": 1},
]
FULL: Final[dict[str, list[ViewRow]]] = {
    "assurance": LEVELS,
    "epochs": EPOCHS,
    "laggards": LAGGARDS,
    "evaluations": [ASKED],
}


def pictures(tree: Any) -> dict[str, list[str]]:
    """Class of each kind of bar → the widths or shares of its parts."""
    found: dict[str, list[str]] = {}
    for part in walk(tree):
        names = str(getattr(part, "className", "")).split()
        if {"shares", "meters"} & set(names):
            styles = [child.style for child in part.children]
            sizes = [style.get("flexGrow") or style["width"] for style in styles]
            found.setdefault(" ".join(names), []).extend(sizes)
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_all_of_it_has_words_in_every_language(lang: Lang) -> None:
    source = Rows(**FULL)
    for made in (
        submissions(page(lang, "/submissions"), source, sound()),
        integrity(page(lang, "/integrity"), source, sound()),
    ):
        assert "{" not in text(shell(page(lang), "title", made, sound(), 42))


def test_submissions_show_how_their_tokens_were_made() -> None:
    made = submissions(page("en", "/submissions"), Rows(**FULL), sound())
    said = text(made)
    for words in ("threshold", "e1-e2", "no tokens", "75.0%", "shared key"):
        assert words in said, words
    assert pictures(made)["shares"] == ["30", "1", "9"], "strongest first"


def test_the_assurance_of_one_partner_is_asked_for() -> None:
    source = Rows(**FULL)
    submissions(page(path="/submissions", search="?partner=BELA"), source, sound())
    assert source.asked.count({"partner": "BELA"}) == 3


def test_a_submission_without_tokens_has_no_epoch() -> None:
    source = Rows()
    (row,) = source.answers[queries.SUBMISSIONS]
    source.answers[queries.SUBMISSIONS] = [
        row | {"assurance": level, "tokens_epoch": epoch}
        for level, epoch in (("hmac", "none"), ("", ""))
    ]
    said = text(submissions(page("en", "/submissions"), source, sound()))
    assert "shared key" not in said
    assert "none" not in said


def test_integrity_shows_epochs_laggards_and_what_servers_were_asked() -> None:
    made = integrity(page("tr", "/integrity"), Rows(**FULL), sound())
    said = text(made)
    for words in ("e2", "abababababababab…", "9 Eki 2026", "kapalı", "%75,0", "bugünü kapsayan 7",
                  "1.240", "3,1"):  # fmt: skip
        assert words in said, words
    drawn = pictures(made)
    assert drawn["shares cell"] == ["75", "25", "6", "2"]
    assert drawn["meters"] == ["100.0%", "32.3%"]
    names = {str(getattr(part, "className", "")) for part in walk(made)}
    assert {"behind", "lost"} <= names, "what is lost is told from what may still be renewed"


def test_without_epochs_or_servers_integrity_says_so_and_shows_no_empty_table() -> None:
    said = text(integrity(page("en", "/integrity"), Rows(), sound()))
    assert "No epoch was opened" in said
    assert "Live records" not in said
    assert "Evaluations" not in said


def test_a_day_without_records_has_no_share() -> None:
    source = Rows(evaluations=[ASKED | {"records": 0, "evaluations": 0}])
    made = integrity(page("en", "/integrity"), source, sound())
    assert pictures(made)["meters"] == ["0.0%", "0.0%"]
    assert text(made).endswith("–")
