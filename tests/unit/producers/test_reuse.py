"""A reference that is used twice is asked about: the first payment stays what it was."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rejection import Reason, Refusal
from infra.settings import Settings
from producers import keys, publishing, reuse
from producers.answers import AnsweredRow
from producers.ledger import Ledger
from producers.lists import columns
from producers.lists.people import Person
from producers.records import assistance_id
from producers.reuse import Said
from tests.fakes.wire import FakeSystem

KEY = bytes(32)
P01, P02, P03 = "99291417710", "99011524438", "99398259756"
HEADER = (
    "reference,programme,stage,version,purpose,modality,frequency,amount,currency,"
    "covers_from,covers_to,district,role,id_number"
)
APRIL, MAY = "2026-04-01,2026-05-01", "2026-05-01,2026-06-01"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", assurance="hmac")
    keys.keygen(settings, "KIZ")
    keys.token_key(settings, make=True)
    return settings


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem()


def row(
    window: str = APRIL,
    number: str = P01,
    stage: str = "delivered",
    version: str = "",
    amount: int = 6000,
) -> str:
    return (
        f"HH-7,TEMEL,{stage},{version},basic-needs,cash,monthly,{amount},TRY,"
        f"{window},TUR034026,,{number}"
    )


def publish(
    settings: Settings, system: FakeSystem, *rows: str, same_assistance: bool = False
) -> list[tuple[str, int, str, str]]:
    path = settings.home / "list.csv"
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    found: list[AnsweredRow] = publishing.publish_list(
        settings,
        "KIZ",
        path,
        connect=system.connect,
        said=columns.Said(same_assistance=same_assistance),
    )
    return [(one.disposition, one.version, one.reason, one.field) for one in found]


REUSED = Reason.REFERENCE_REUSED.value


@pytest.mark.parametrize(
    ("again", "field"),
    [
        (row(MAY), "covers_from"),
        (row(MAY, stage="planned"), "covers_from"),
        (row(number=P02), "id_number"),
        (row(MAY, P02), "id_number"),
    ],
)
def test_it_is_asked_about(settings: Settings, system: FakeSystem, again: str, field: str) -> None:
    assert publish(settings, system, row()) == [("accepted", 2, "", "")]
    assert publish(settings, system, again) == [("rejected", 0, REUSED, field)]
    # nothing of it was sent or remembered
    assert publish(settings, system, row()) == [("duplicate", 2, "", "")]
    answered = publish(settings, system, again, same_assistance=True)
    assert answered == [("accepted", 3, "", "")]
    assert publish(settings, system, again) == [("duplicate", 3, "", "")]


@pytest.mark.parametrize(
    "again",
    [
        row(amount=5000),
        row("2026-04-10,2026-05-20"),
        row(MAY, stage="amended"),
        row(MAY, P02, version="3"),
        row(number="") + "\nHH-7,,,,,,,,,,,,member," + P01,
    ],
)
def test_a_correction_is_a_further_version(
    settings: Settings, system: FakeSystem, again: str
) -> None:
    publish(settings, system, row())
    assert {one[:3] for one in publish(settings, system, again)} == {("accepted", 3, "")}


def test_a_plan_and_another_months_delivery_in_one_list(
    settings: Settings, system: FakeSystem
) -> None:
    found = publish(settings, system, row(stage="planned"), row(MAY))
    assert [one[2] for one in found] == [REUSED, REUSED]


def test_a_refused_version_is_no_assistance_that_was_sent(
    settings: Settings, system: FakeSystem
) -> None:
    publish(settings, system, row())
    with sqlite3.connect(keys.ledger_path(settings, "KIZ")) as db:
        db.execute("UPDATE sent SET status = 'rejected'")
    assert publish(settings, system, row(MAY))[0][0] != "rejected"


def test_an_older_ledger_goes_on(settings: Settings, system: FakeSystem) -> None:
    """What it holds has no marks of people: the period alone is compared."""
    publish(settings, system, row())
    with sqlite3.connect(keys.ledger_path(settings, "KIZ")) as db:
        db.execute("ALTER TABLE sent DROP COLUMN people")
    assert publish(settings, system, row(MAY)) == [("rejected", 0, REUSED, "covers_from")]
    assert publish(settings, system, row(number=P02)) == [("accepted", 3, "", "")]
    assert publish(settings, system, row(number=P03)) == [("rejected", 0, REUSED, "id_number")]


def test_the_ledger_tells_nobodys_number(settings: Settings, system: FakeSystem) -> None:
    publish(settings, system, row())
    with Ledger(keys.ledger_path(settings, "KIZ")) as ledger:
        [[sent]] = ledger.versions([("assistance", system_id(settings))]).values()
    assert len(sent.people) == 9
    assert P01.encode() not in sent.people
    number = [Person(1, "recipient", (("tr.tckimlik", P01),))]
    assert reuse.marks(bytes(31) + b"1", number) != sent.people, "another partner's differ"


def system_id(settings: Settings) -> str:
    return assistance_id(keys.reference_key(settings, "KIZ"), "KIZ", "HH-7")


# -- the comparison ----------------------------------------------------------------------

NUMBERS = st.sampled_from([("tr.tckimlik", P01), ("tr.tckimlik", P02), ("tr.tckimlik", P03)])
OTHERS = st.sampled_from([("weak.phone", "+905321112233"), ("weak.a", "x"), ("weak.b", "y")])
PEOPLE = st.lists(
    st.builds(
        lambda ids: Person(1, "recipient", tuple(ids)),
        st.lists(st.one_of(NUMBERS, OTHERS), max_size=3, unique=True),
    ),
    max_size=3,
)


@given(PEOPLE, PEOPLE)
def test_people_are_compared_by_number_else_by_what_is_known(
    was: list[Person], now: list[Person]
) -> None:
    sets = [{i for one in people for i in one.identifiers} for people in (was, now)]
    numbers = [{i for i in ids if i[0] == "tr.tckimlik"} for ids in sets]
    if not all(sets):
        same = True
    elif all(numbers):
        same = bool(numbers[0] & numbers[1])
    else:
        same = bool(sets[0] & sets[1])
    before, after = (Said("succession", {}, reuse.marks(KEY, people)) for people in (was, now))
    if same:
        reuse.check(before, after)
    else:
        with pytest.raises(Refusal):
            reuse.check(before, after)


DAYS = st.dates().map(lambda day: day.isoformat())


@given(st.lists(DAYS, min_size=4, max_size=4, unique=True), st.booleans())
def test_periods_are_half_open_and_may_go_on(days: list[str], goes_on: bool) -> None:
    first, second = sorted(days[:2]), sorted(days[2:])
    meet = first[0] < second[1] and (goes_on or second[0] < first[1])
    before = {"assessed_on": first[0]} | ({} if goes_on else {"closed_on": first[1]})
    after = {"assessed_on": second[0], "closed_on": second[1]}
    versions = Said("need", before, b""), Said("need", after, b"")
    if meet:
        reuse.check(*versions)
    else:
        with pytest.raises(Refusal, match="assessed_on"):
            reuse.check(*versions)
