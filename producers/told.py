"""How a list was read, in sentences for the officer (pure)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from events.rejection import Reason
from events.texts import read_catalogues
from infra.errors import explained
from producers.lists.evidence import ReadAs
from producers.lists.grouping import Remark

SHOWN_ROWS: Final = 8
MAX_WARNINGS: Final = 20
"""So many different ones are said; all of them stand in the answer file."""
_TEXTS: Final = read_catalogues(__file__)


def sentences(read_as: Iterable[ReadAs], remarks: Iterable[Remark], lang: str) -> Iterator[str]:
    """What an officer should know, in `lang` (tr, en or ar): once for each column and warning."""
    texts = _TEXTS[lang]
    for one in read_as:
        reading = texts.get(f"read.{one.reading}", "{field} = " + one.reading)
        because = texts[f"because.{one.because}"]
        yield f"{str(reading).format(field=one.field)} ({because})"
    rows: dict[tuple[Reason, str, str], Counter[int]] = {}
    for remark in remarks:
        hint = remark.hint if remark.row == 0 else ""
        rows.setdefault((remark.reason, remark.field, hint), Counter())[remark.row] += 1
    for (reason, field, hint), found in list(rows.items())[:MAX_WARNINGS]:
        text = explained(reason, field, lang, hint=hint)
        where = texts["warning.rows"] if 0 not in found else texts["warning.list"]
        shown = ", ".join(map(str, sorted(found)[:SHOWN_ROWS])) + (
            "…" if len(found) > SHOWN_ROWS else ""
        )
        yield str(where).format(rows=shown, count=len(found), text=text)
    if len(rows) > MAX_WARNINGS:
        yield str(texts["warning.more"]).format(count=len(rows) - MAX_WARNINGS)
