"""Districts by name, as people write them, and by p-code (pure)."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from events.rejection import Reason, Refusal
from producers.lists.templates import fold

MAX_NAMED: Final = 5
CLOSE: Final = 0.7
CENTRE: Final = "merkez"
_PARTS: Final = re.compile(r"[/,;()|\[\]]|\s[-–—>]\s?|\s?[-–—>]\s")
_OF_A_KIND: Final = frozenset({"ilce", "ilcesi", "il", "ili", "district", "province", "turkiye"})


class District(NamedTuple):
    """A district of the list of p-codes."""

    code: str
    name: str
    province: str

    def __str__(self) -> str:
        return f"{self.name} ({self.province}) {self.code}"


@dataclass(frozen=True, slots=True)
class Places:
    """The districts by folded name, and by folded province."""

    by_name: dict[str, tuple[District, ...]]
    provinces: frozenset[str]

    @classmethod
    def of(cls, districts: Iterable[District]) -> "Places":
        """The districts of a list."""
        found: dict[str, tuple[District, ...]] = {}
        provinces = set()
        for district in districts:
            name = _key(district.name)
            found[name] = (*found.get(name, ()), district)
            provinces.add(_key(district.province))
        return cls(found, frozenset(provinces))

    def code(self, written: str, column: str) -> str:
        """The p-code of a district by its name, with or without its province.

        Raises Refusal naming `column`, with what is near: ambiguous-district, unknown-district.
        """
        found = {district.code: district for one in self._splits(written) for district in one}
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise Refusal(Reason.AMBIGUOUS_DISTRICT, column, _named(found.values()))
        raise Refusal(Reason.UNKNOWN_DISTRICT, column, _named(self._near(written)))

    def _splits(self, written: str) -> Iterator[list[District]]:
        """The districts of each way to part a text into a name and a province."""
        parts = [part for part in map(_key, _PARTS.split(written)) if part]
        words = [word for word in fold(written).split("_") if word not in _OF_A_KIND]
        if len(parts) == 1:
            yield list(self.by_name.get("".join(words), ()))
            pairs = [("".join(words[:i]), "".join(words[i:])) for i in range(1, len(words))]
        else:
            pairs = [(parts[0], parts[1])] if len(parts) == 2 else []
        for one, other in pairs:
            yield self._of(one, other)
            yield self._of(other, one)

    def _of(self, name: str, province: str) -> list[District]:
        name = province if name == CENTRE else name  # a centre has its province's name there
        return [d for d in self.by_name.get(name, ()) if _key(d.province) == province]

    def _near(self, written: str) -> list[District]:
        for part in (written, *_PARTS.split(written), *written.split()):
            names = difflib.get_close_matches(_key(part)[:60], self.by_name, 3, CLOSE)
            if names:
                return [district for name in names for district in self.by_name[name]]
        return []


NOWHERE: Final = Places({}, frozenset())


def _key(name: str) -> str:
    """A name without case, marks and spaces, and without the word that says what it is of."""
    return "".join(word for word in fold(name).split("_") if word not in _OF_A_KIND)


def _named(districts: Iterable[District]) -> str:
    return ", ".join(map(str, list(districts)[:MAX_NAMED]))
