"""The first difference of what should stand somewhere and what does: record and field. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

ABSENT: Final = "(not there)"
MAX_CHARACTERS: Final = 160
_HIDDEN: Final = ("tokens", "subjects", "nonce")
"""Fields of which only that they differ is said."""
_NAMES: Final = (
    "org", "submission_id", "kind", "id", "assistance_id", "finding_id", "case_id", "decision_id",
    "month", "version", "revision",
)  # fmt: skip
"""The fields that name a record, or what is said about one."""

Path = tuple[str | int, ...]
Found = tuple[Path, Any, Any]
"""Where the two differ, what was expected there and what stands there."""


@dataclass(frozen=True, slots=True)
class What:
    """One difference. `seq` is the block's, -1 where it is about none."""

    where: str
    """The topic or table."""
    at: str
    """Offset of the message, or the row's key."""
    seq: int
    record: str
    field: str
    expected: str
    found: str

    def __str__(self) -> str:
        place = ", ".join(filter(None, (self.where, self.at, self._block, self.record)))
        values = f"expected {self.expected}, found {self.found}"
        return f"{place}: {self.field}: {values}" if self.field else f"{place}: {values}"

    @property
    def _block(self) -> str:
        return f"block {self.seq}" if self.seq >= 0 else ""

    def plain(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


class Difference(Exception):
    """What stands in a topic or table is not what follows from the log."""

    def __init__(
        self,
        where: str,
        at: str | int,
        seq: int,
        expected: object,
        found: object,
        *,
        record: str = "",
        field: str = "",
    ) -> None:
        place = f"offset {at}" if isinstance(at, int) else at
        shown_expected, shown_found = shown(expected, field), shown(found, field)
        self.what = What(str(where), place, seq, record, field, shown_expected, shown_found)
        super().__init__(str(self.what))


class Said(str):
    """A remark that stands as it is where a value would be quoted."""


def shown(value: object, field: str = "") -> str:
    """A value as a line shows it: short, and never one of those that only differ."""
    if isinstance(value, Said):
        return str(value)
    if any(word in field for word in _HIDDEN):
        return "(not shown)"
    text = orjson.dumps(_bare(value), default=str).decode()
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}…"


def _bare(value: object) -> object:
    """Without what is only said to differ."""
    if isinstance(value, dict):
        hidden = [name for name in value if any(word in name for word in _HIDDEN)]
        return {name: "…" if name in hidden else _bare(one) for name, one in value.items()}
    return [_bare(one) for one in value] if isinstance(value, list) else value


def first(expected: Any, found: Any, path: Path = ()) -> Found | None:
    """The first place where two JSON values differ; None if they are the same."""
    if type(expected) is not type(found):
        return path, expected, found
    if isinstance(expected, dict):
        return _first_field(expected, found, path)
    if isinstance(expected, list):
        return _first_element(expected, found, path)
    return None if expected == found else (path, expected, found)


def _first_field(expected: dict[str, Any], found: dict[str, Any], path: Path) -> Found | None:
    for name in (*expected, *(name for name in found if name not in expected)):
        here = (*path, name)
        if name not in expected or name not in found:
            absent = Said(ABSENT)
            return here, expected.get(name, absent), found.get(name, absent)
        if difference := first(expected[name], found[name], here):
            return difference
    return None


def _first_element(expected: Sequence[Any], found: Sequence[Any], path: Path) -> Found | None:
    for place, (one, other) in enumerate(zip(expected, found, strict=False)):
        if difference := first(one, other, (*path, place)):
            return difference
    if len(expected) == len(found):
        return None
    place, absent = min(len(expected), len(found)), Said(ABSENT)
    longer = [*expected[place : place + 1], absent], [*found[place : place + 1], absent]
    return (*path, place), longer[0][0], longer[1][0]


def named(path: Path) -> str:
    """A path as text: `submissions[0].rows[2].reason`."""
    parts = [f"[{one}]" if isinstance(one, int) else f".{one}" for one in path]
    return "".join(parts).removeprefix(".")


def record_at(path: Path, *values: Any) -> str:
    """What the records on the way are called, from the first value that has names there."""
    for value in values:
        names: dict[str, Any] = {}
        for step in (*path, None):
            if isinstance(value, dict):
                names |= {name: value[name] for name in _NAMES if _is_name(value.get(name))}
            try:
                value = value[step]
            except (LookupError, TypeError):
                break
        if names:
            return " ".join(f"{name}={value}" for name, value in names.items())
    return ""


def _is_name(value: Any) -> bool:
    return isinstance(value, str | int) and value != ""
