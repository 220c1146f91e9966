"""Two lists of synthetic people become two organisations' assistance lists.

    .venv/bin/python -m examples.two_organisations [FOLDER]

Each list is a household-level cash payment of 1,000.00 TRY for basic needs in May 2026,
one programme each. Published through the whole system they must give exactly 1,863
double-coverage findings over 1,294 people and 873 repeated-payment findings over 423
people (people = same number); `expected` counts that from the lists alone.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCE: Final = ROOT / "data" / "two-organisations"
DEFAULT_FOLDER: Final = Path("build") / "two-organisations"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who pays, from which programme, and the file of people it pays."""

    code: str
    programme: str
    source: str
    district: str


ORGANISATIONS: Final = (
    Organisation("ORGA", "ORGA-CASH", "test_overlap1.csv", "TUR034026"),
    Organisation("ORGB", "ORGB-CASH", "test_overlap2.csv", "TUR034018"),
)
PAYMENT: Final = {
    "stage": "delivered",
    "purpose": "basic-needs",
    "modality": "cash",
    "delivery_mechanism": "bank",
    "frequency": "monthly",
    "amount": "1000.00",
    "currency": "TRY",
    "covers_from": "2026-05-01",
    "covers_to": "2026-06-01",
    "event_date": "2026-05-04",
    "level": "household",
    "role": "recipient",
    "id_scheme": "us.ssn",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """How many findings the lists must give, and over how many people."""

    double_coverage: int
    double_people: int
    repeated_payment: int
    repeated_people: int


def people(organisation: Organisation) -> list[dict[str, str]]:
    """The rows of an organisation's source file."""
    with (SOURCE / organisation.source).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(organisation: Organisation) -> Iterator[dict[str, str]]:
    """The rows of its assistance list, in the columns of the template."""
    for person in people(organisation):
        yield {
            "reference": person["RecordId"],
            "programme": organisation.programme,
            **PAYMENT,
            "district": organisation.district,
            "id_number": person["SocialSecurityNumber"],
            "first_name": person["FirstName"],
            "last_name": person["LastName"],
            "birth_date": person["BirthDate"],
        }


def expected() -> Expected:
    """Count pairs naively: the same digits in both lists, or twice in one."""
    first, second = (
        Counter(row["id_number"].replace("-", "") for row in rows(organisation))
        for organisation in ORGANISATIONS
    )
    both = first.keys() & second.keys()
    repeated = [n for counted in (first, second) for n in counted.values() if n > 1]
    twice = {key for counted in (first, second) for key, n in counted.items() if n > 1}
    return Expected(
        sum(first[key] * second[key] for key in both),
        len(both),
        sum(n * (n - 1) // 2 for n in repeated),
        len(twice),
    )


def write(folder: Path) -> list[Path]:
    """Write both lists and the programmes' list; returns the paths of the lists."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for organisation in ORGANISATIONS:
        path = folder / f"{organisation.code}.csv"
        _write_csv(path, list(rows(organisation)))
        paths.append(path)
    programmes = [
        {"programme": o.programme, "owner": o.code, "purpose": "basic-needs", "currency": "TRY"}
        for o in ORGANISATIONS
    ]
    _write_csv(folder / "programmes.csv", programmes)
    return paths


def commands(folder: Path) -> list[str]:
    """The commands that publish what `write` wrote, on a system that is up."""
    found = [f"./tekil keygen {o.code}" for o in ORGANISATIONS]
    found += [
        f"./tekil partner add {o.code} --mailbox cash@{o.code.lower()}.example"
        for o in ORGANISATIONS
    ]
    found.append(f"./tekil programme add {folder / 'programmes.csv'}")
    found += [f"./tekil publish {folder / f'{o.code}.csv'} --org {o.code}" for o in ORGANISATIONS]
    found.append(
        './tekil query "SELECT kind, count(), uniqExact(person_ref) FROM v1_findings'
        " WHERE status = 'open' GROUP BY kind\""
    )
    return found


def _write_csv(path: Path, table: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Write both lists and the programmes' list.")
    arguments.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER)
    target = arguments.parse_args().folder
    write(target)
    print("\n".join(["Next:", *commands(target), f"Expected: {expected()}"]))
