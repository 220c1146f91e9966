"""DESIGN, "Abuse": partners that use what they may, in order to harm (in the city)."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from events import codec
from producers.receipts import read_receipts
from tests.chaos.system import wait_for
from tests.e2e import wire
from tests.e2e.wire import line
from tests.redteam.place import SMALL, Place
from tests.redteam.table import Attack

WINDOW = {"covers_from": "2026-12-01", "covers_to": "2027-01-01"}
FLOOD = 102
HOUSEHOLDS = 12


def told(place: Place, org: str, lines: Sequence[bytes]) -> list[dict[str, Any]]:
    """What an organisation of the city is answered, row by row."""
    outcome = answered(place, org, *wire.submission(place.city, org, org, lines))
    assert not outcome["reason"], outcome["reason"]
    rows: list[dict[str, Any]] = outcome["rows"]
    return rows


def answered(place: Place, org: str, headers: Any, value: bytes) -> dict[str, Any]:
    """What comes of a submission as it is on the wire."""
    city = place.city
    offset = wire.send(city.settings, headers, value)
    found: list[dict[str, Any]] = []

    def has_come() -> bool:
        found[:] = [one for one in read_receipts(city.settings, org, 50) if one["offset"] == offset]
        return bool(found)

    wait_for(f"{org} is answered", has_come)
    return found[0]


def said(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Of each row its verdict, or why it was refused."""
    return [row["reason"] or (row["answer"] or {}).get("verdict", "") for row in rows]


def plan(number: int, programme: str = "KIZ-TEMEL", version: int = 1, **more: Any) -> bytes:
    """A plan about somebody of his own."""
    return line(number, version=version, stage="planned", programme=programme, **WINDOW | more)


def reserve_a_province(place: Place) -> str:
    """More plans than the policy lets one organisation hold open."""
    limit, more = SMALL["open_reservations"], 5
    rows = told(place, "KIZ", [plan(10_000 + n) for n in range(limit + more)])
    assert said(rows) == ["clear"] * limit + ["quota-exceeded"] * more, said(rows)
    assert {row["field"] for row in rows[limit:]} == {"open_reservations"}
    other = told(place, "STK", [plan(10_900, "STK-NAKIT")])
    assert said(other) == ["clear"], "nobody else is held up"
    return f"{limit} plans held, {more} refused (open_reservations); STK plans on"


def probe_by_plan_and_cancel(place: Place) -> str:
    """Plans and cancels, to see who is covered without paying anybody."""
    plans = SMALL["cancel_plans"] + 2
    numbers = range(11_000, 11_000 + plans)
    told(place, "STK", [plan(n, "STK-NAKIT") for n in numbers])
    told(
        place,
        "STK",
        [line(n, version=2, stage="cancelled", programme="STK-NAKIT", **WINDOW) for n in numbers],
    )
    rows = told(place, "STK", [plan(11_900, "STK-NAKIT")])
    assert [(row["reason"], row["field"]) for row in rows] == [("quota-exceeded", "cancel_percent")]
    paid = told(place, "STK", [line(11_901, programme="STK-NAKIT", **WINDOW)])
    assert said(paid) == ["clear"], "who pays is not held up"
    return f"after {plans} plans cancelled no further plan (cancel_percent); a payment goes on"


def ask_all_day(place: Place) -> str:
    """Inquiries beyond the day's number; each is counted."""
    limit, more = SMALL["inquiries_a_day"], 3
    rows = told(place, "KIZ", [_inquiry(12_000 + n) for n in range(limit + more)])
    assert said(rows).count("quota-exceeded") == more, said(rows)
    assert {row["field"] for row in rows[limit:]} == {"inquiries_a_day"}
    return f"{limit} answered, {more} refused (inquiries_a_day)"


def _inquiry(number: int) -> bytes:
    id_ = str(uuid.UUID(int=number, version=4))
    fields = {
        "kind": "inquiry", "nonce": f"{number:032x}", "version": 1, "inquiry_id": id_,
        "reason": "other", "programme": "KIZ-TEMEL", "purpose": "rent", "modality": "cash",
        "frequency": "monthly", "district": "TUR034026",
        "subjects": [{"role": "recipient", "tokens": [["tr.tckimlik", f"{number:032x}"]]}],
    }  # fmt: skip
    return codec.dumps(fields | WINDOW)


def flood_a_number(place: Place) -> str:
    """One person's number in a hundred records, beside a dozen households' own."""
    victim = ["tr.tckimlik", f"{0xF100D:032x}"]

    def listed(number: int) -> bytes:
        own = ["tr.tckimlik", f"{number % HOUSEHOLDS + 14_000:032x}"]
        people = [
            {"role": "recipient", "tokens": [victim]},
            {"role": "member", "tokens": [own]},
        ]
        return line(13_000 + number, purpose="hygiene", subjects=people, **WINDOW)

    rows = told(place, "KIZ", [listed(n) for n in range(FLOOD)])
    assert said(rows).count("quota-exceeded") == FLOOD - 100, said(rows)
    alone = [{"role": "recipient", "tokens": [victim]}]
    own = line(13_900, purpose="hygiene", programme="STK-NAKIT", subjects=alone, **WINDOW)
    assert said(told(place, "STK", [own])) == ["covered"], "the number still counts"
    cases = "SELECT count() AS n FROM v1_cases WHERE kind = 'suspect-identifier'"
    wait_for("a case is opened", lambda: int(place.city.query(cases)[0]["n"]) > 0)
    return "100 taken, 2 refused; the victim is answered; a suspect-identifier case is open"


def link_strangers(place: Place) -> str:
    """A succession of one stranger's number to another's, said twice by one organisation."""
    one, other = 15_001, 15_002
    told(place, "KIZ", [line(one, purpose="food", **WINDOW)])
    told(place, "STK", [line(other, purpose="food", programme="STK-NAKIT", **WINDOW)])
    for number in (15_003, 15_004):
        rows = told(place, "KIZ", [_succession(number, one, other)])
        assert said(rows) == [""], rows
    found = place.city.query(
        "SELECT DISTINCT strength FROM v1_findings WHERE purpose = 'food' AND status = 'open'"
    )
    assert found == [{"strength": "probable"}], found
    return "said twice by one organisation it stays probable"


def _succession(number: int, one: int, other: int) -> bytes:
    subjects = [
        {"role": role, "tokens": [["tr.tckimlik", f"{who:032x}"]]}
        for role, who in (("former", one), ("successor", other))
    ]
    return codec.dumps(
        {
            "kind": "succession",
            "nonce": f"{number:032x}",
            "version": 1,
            "succession_id": str(uuid.UUID(int=number, version=4)),
            "subjects": subjects,
        }
    )


def all_attacks() -> Iterator[Attack]:
    """The rows of DESIGN's "Abuse"."""
    yield Attack(
        "reserving a province", ("a partner that reserves a province",),
        "45 plans where 40 may be open", "The rest is refused, others plan on", reserve_a_province,
    )  # fmt: skip
    yield Attack(
        "probing by plan and cancel", ("a partner that probes by plan and cancel",),
        "12 plans, each cancelled, and one more", "cancel_percent", probe_by_plan_and_cancel,
    )  # fmt: skip
    yield Attack(
        "asking all day", ("a partner that probes by plan and cancel", "partner"),
        "18 inquiries where 15 a day are allowed", "Each is counted, the rest refused", ask_all_day,
        "a partner may ask about one person at a time, and each question is in the journal",
    )  # fmt: skip
    yield Attack(
        "flooding a number", ("a partner that floods a victim's number",),
        "102 records of 12 households list one number",
        "The number goes on counting; a case opens", flood_a_number,
    )  # fmt: skip
    yield Attack(
        "linking strangers", ("a partner that links strangers by a succession",),
        "a succession between two strangers, twice", "It stays probable", link_strangers,
    )  # fmt: skip
