"""The filters of the list as they stand in the address, and back. Pure.

What an address says and the list does not know is dropped, never passed on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Final
from urllib.parse import parse_qs, urlencode

from dashboards.words import codes

PAGE_ROWS: Final = 50
MAX_PAGE: Final = 100_000
SORTS: Final = ("opened", "amount", "overlap", "kind", "district", "changed")
KINDS: Final = (
    "double-coverage", "repeated-payment", "over-cap", "unmet-need", "lapsed-coverage",
)  # fmt: skip
STATUSES: Final = ("open", "confirmed", "dismissed", "withdrawn", "all")
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_FINDING: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows. Empty text: not filtered. `page` counts from 1."""

    kind: str = ""
    status: str = "open"
    purpose: str = ""
    district: str = ""
    partner: str = ""
    month: str = ""
    sort: str = "opened"
    order: str = "desc"
    page: int = 1

    @classmethod
    def of(cls, search: str) -> "Filters":
        """From the part of an address after `?`."""
        found = one_each(search)
        page = found.get("page", "1")
        return cls(
            kind=_among(found.get("kind", ""), KINDS),
            status=_among(found.get("status", ""), STATUSES) or "open",
            purpose=_among(found.get("purpose", ""), codes("purpose")),
            district=_shaped(found.get("district", ""), _CODE),
            partner=_shaped(found.get("partner", ""), _CODE),
            month=_shaped(found.get("month", ""), _MONTH),
            sort=_among(found.get("sort", ""), SORTS) or "opened",
            order=_among(found.get("order", ""), ("asc", "desc")) or "desc",
            page=min(max(int(page), 1), MAX_PAGE) if page.isascii() and page.isdigit() else 1,
        )

    def href(self, **changes: str | int) -> str:
        """The address of the list with some values changed; defaults are left out."""
        wanted, standard = replace(self, **changes), Filters()  # type: ignore[arg-type]
        given = {
            f.name: str(getattr(wanted, f.name))
            for f in fields(self)
            if getattr(wanted, f.name) != getattr(standard, f.name)
        }
        return "/findings" + (f"?{urlencode(given)}" if given else "")

    @property
    def is_narrow(self) -> bool:
        """True if anything is left out that the plain list shows."""
        return self.href(page=1, sort="opened", order="desc") != "/findings"

    def parameters(self) -> dict[str, str | int | date]:
        """Values for the named queries."""
        return {
            "kind": self.kind,
            "status": "" if self.status == "all" else self.status,
            "purpose": self.purpose,
            "district": self.district,
            "partner": self.partner,
            "month": self.month,
        }

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * PAGE_ROWS


def one_each(search: str) -> dict[str, str]:
    """The first value of each name in a query string."""
    found = parse_qs(search.lstrip("?"), max_num_fields=32)
    return {name: values[0] for name, values in found.items()}


def finding_in(path: str) -> str:
    """The id in `/findings/<id>`, or '' if it is none."""
    return _shaped(path.removeprefix("/findings/"), _FINDING)


def local(target: str) -> str:
    """A path of this page, or `/`: an address elsewhere is never gone to."""
    plain = re.fullmatch(r"/(?!/)[A-Za-z0-9/_?&=%.-]*", target)
    return target if plain else "/"


def _among(value: str, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else ""


def _shaped(value: str, pattern: re.Pattern[str]) -> str:
    return value if pattern.fullmatch(value) else ""


def parameters(values: Mapping[str, str]) -> str:
    """A query string of some values."""
    return urlencode(values)
