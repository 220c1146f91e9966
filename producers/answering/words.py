"""An answered row → what the officer reads beside it: answer, what to do, whom to call (pure)."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from events.outputs import Answer
from events.rejection import Reason
from events.texts import read_catalogues
from infra.errors import explained
from infra.visible import visible
from producers import codes
from producers.answers import VALID, AnsweredRow
from producers.versions import REJECTED

_TEXTS: Final = read_catalogues(__file__)
_SENTENCE_END: Final = re.compile(r"(?<=[.؟!])\s+")
_DAYS: Final = {"tr": "%d.%m.%Y"}
_ISOLATED: Final = "\u2068{}\u2069"
"""A value in a sentence that is written from the right (UAX 9)."""
_PLACE: Final = "\ue000"
"""Where a column's title will stand: a character of private use."""
_ASKED_ELSEWHERE: Final = frozenset(
    {
        Reason.UNKNOWN_PARTNER, Reason.UNKNOWN_KEY, Reason.REVOKED_KEY, Reason.ASSURANCE_REFUSED,
        Reason.SUBMISSION_HELD, Reason.QUOTA_EXCEEDED, Reason.NOT_YOUR_PROGRAMME,
        Reason.UNKNOWN_PROGRAMME, Reason.NOT_ALLOWED, Reason.ERASED,
    }
)  # fmt: skip
"""What a partner cannot mend alone."""

Titles = Mapping[str, str]
"""Our column's name → the title that it has in the officer's list."""


class Words(NamedTuple):
    """The three cells of a row."""

    answer: str
    todo: str
    whom: str


def titles(lang: str) -> Words:
    """The headers of the three columns, in `lang` (tr, en or ar)."""
    texts = _TEXTS[lang]
    return Words(*(str(texts[f"title.{name}"]) for name in Words._fields))


def words(row: AnsweredRow, lang: str, named: Titles) -> Words:
    """The cells of one row. What turns the direction of writing stands there by its number."""
    found = _problems(row, lang, named) if row.disposition == REJECTED else _said(row, lang)
    remarks = _remarks(row, lang, named)
    return Words(*map(_shown, (" ".join((found.answer, *remarks)), found.todo, found.whom)))


def closing(rows: Iterable[AnsweredRow], lang: str) -> Iterator[str]:
    """How it went, in sentences; records are counted, and rows where they are to be mended."""
    texts = _TEXTS[lang]
    rows = list(rows)
    records = [row for row in rows if row.row == row.first_row and row.disposition != REJECTED]
    verdicts = Counter(row.answer["verdict"] for row in records if row.answer)
    if sent := sum(row.sent for row in records):
        counted = {name: verdicts[name] for name in ("clear", "covered", "review", "uncheckable")}
        yield str(texts["closing.sent"]).format(sent=sent, **counted)
    if valid := sum(row.disposition == VALID for row in records):
        yield str(texts["closing.valid"]).format(valid=valid)
    refused = sum(row.disposition == REJECTED for row in rows)
    key = "closing.refused" if refused else "closing.all-well"
    yield str(texts[key]).format(rows=refused)
    if remarked := sum(bool(row.remarks) for row in rows):
        yield str(texts["closing.remarks"]).format(rows=remarked)


def _said(row: AnsweredRow, lang: str) -> Words:
    texts = _TEXTS[lang]
    sentences = [str(texts[row.disposition])]
    if not row.answer:
        return Words(" ".join(sentences), "", "")
    verdict = row.answer["verdict"]
    reserved = f"{verdict}.{row.answer['basis']}"
    text = str(texts[reserved] if reserved in texts else texts[verdict])
    sentences.append(text.format(**_places(row.answer, lang)))
    todo = str(texts.get(f"{verdict}.todo", ""))
    return Words(" ".join(sentences), todo, row.answer["focal"])


def _places(answer: Answer, lang: str) -> dict[str, str]:
    found = {
        "purpose": str(_TEXTS[lang].get(f"purpose.{answer['purpose']}", answer["purpose"])),
        "window": _window(answer, lang),
    }
    return {name: _ISOLATED.format(text) for name, text in found.items()} if lang == "ar" else found


def _window(answer: Answer, lang: str) -> str:
    """From the first day to the last one that is covered; the receipt's end is the day after."""
    if not answer["window_from"]:
        return ""
    first = date.fromisoformat(answer["window_from"])
    last = max(first, date.fromisoformat(answer["window_to"]) - timedelta(days=1))
    form = _DAYS.get(lang, "%Y-%m-%d")
    return f"{first:{form}} – {last:{form}}"


def _problems(row: AnsweredRow, lang: str, named: Titles) -> Words:
    """All problems of the row; if it has none of its own, the record's first."""
    texts = _TEXTS[lang]
    own = [(problem.reason, problem.field, problem.hint) for problem in row.problems]
    found = own or [(Reason(row.reason), row.field, "")]
    what, todo = [], []
    for reason, field, hint in found:
        # a title such as T.C. Kimlik No is put in once its sentence is known
        text = _explained(reason, field, hint, lang, _PLACE)
        parts = _SENTENCE_END.split(text, maxsplit=1)
        first, *rest = (part.replace(_PLACE, named.get(field, field) or "-") for part in parts)
        what.append(first)
        todo += rest
    if row.sent:
        lead = texts["refused"]
    elif own:
        lead = texts["not-sent"]
    else:
        lead = texts["other-row"]
    asks = any(reason in _ASKED_ELSEWHERE for reason, _, _ in found)
    whom = str(texts["administration"]) if asks else ""
    return Words(" ".join([str(lead), *what]), " ".join(dict.fromkeys(todo)), whom)


def _remarks(row: AnsweredRow, lang: str, named: Titles) -> Iterator[str]:
    """The warnings about a row, which was taken all the same or has problems beside them."""
    text = str(_TEXTS[lang]["remark"])
    for one in row.remarks:
        title = named.get(one.field, one.field)
        yield text.format(text=_explained(one.reason, one.field, one.hint, lang, title))


def _explained(reason: Reason, field: str, hint: str, lang: str, title: str) -> str:
    """A problem or a warning, with the column's title as it stands in the officer's list."""
    return explained(reason, field, lang, codes.of_column(field), hint, title)


def _shown(text: str) -> str:
    """The isolates are ours; nothing else may turn the line."""
    first, last = _ISOLATED.split("{}")
    return visible(text).replace(visible(first), first).replace(visible(last), last)
