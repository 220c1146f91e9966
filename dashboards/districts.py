"""Names of districts by p-code, from the OCHA table that comes with the source."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

PCODES: Final = Path(__file__).resolve().parents[1] / "data" / "geo" / "pcodes.csv"


@cache
def names() -> Mapping[str, str]:
    """p-code → name of the district."""
    with PCODES.open(encoding="utf-8", newline="") as file:
        found = {row["pcode"]: row["district"] for row in csv.DictReader(file)}
    return MappingProxyType(found)


def name(pcode: str) -> str:
    """A district's name; its code if the table does not know it, – for none."""
    return names().get(pcode, pcode) or "–"
