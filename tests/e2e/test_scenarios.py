"""The acceptance scenarios of docs/scenarios.md through the commands, on the real broker.

Each runs on an empty system (a namespace) in the written order, and in the reverse order on
another; every list is sent twice, which must change nothing. What belongs to a later issue is
not asked for: v1_district_month (S07, S19, property 5) and S25's aggregate of formal employment.
"""

from collections.abc import Iterator, Sequence

import pytest

from events.rejection import Reason
from infra.settings import Settings
from projections import query as analyst
from tests.e2e.cases import agreed, changing, links, pairs
from tests.e2e.cases.model import PROGRAMMES, Case, Step, Story
from tests.e2e.fleet import Fleet
from tests.e2e.kit import PERSONS, Tekil, record
from tests.e2e.planting import plant
from tests.e2e.receipts import answers_of
from tests.scanner import needles
from tests.scanner.look import look

ALL = (*pairs.CASES, *links.CASES, *changing.CASES, *agreed.CASES)
CASES = sorted(ALL, key=lambda case: case.name)
IBAN = "TR330006100519786457841326"
PRIVATE = (
    *PERSONS.values(), links.PLACEHOLDER, links.PHONE[3:], IBAN[2:],
    "übeyde", "ubeyde", "rnekoğlu", "rnekoĞlu", "rnekoglu", r"rneko\u011flu", links.BIRTH_DATE,
)  # fmt: skip
"""What must stand nowhere: numbers, phone, IBAN, names in any spelling, the birth date."""


@pytest.fixture(scope="module")
def fleet(services: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Empty systems for the cases; what they wrote stays until the last test of this module."""
    made = Fleet(services, tmp_path_factory.mktemp("fleet"))
    try:
        yield made
    finally:
        made.close()


def ready(tekil: Tekil, case: Case) -> Story:
    """The organisations, programmes and policy of a case."""
    tekil.join(*case.orgs)
    rows = [
        {"programme": code, "owner": org, "purpose": "basic-needs", "complements": others}
        for org, code, others in PROGRAMMES
        if org in case.orgs
    ]
    tekil.run("programme", "add", str(tekil.write(rows)))
    if case.rules:
        tekil.policy(**dict(case.rules))
    return Story(tekil)


def take(story: Story, step: Step) -> None:
    """Publish a list, or step the clock; every record must be accepted."""
    if step.day is not None:
        story.tekil.run("tick", "--as-of", step.day.isoformat())
    if step.rows:
        for answer in story.tekil.publish(step.org, step.rows, kind=step.kind):
            assert answer["disposition"] == "accepted", answer
            story.answers.setdefault(answer["reference"], answer)


def send_again(story: Story, steps: Sequence[Step]) -> None:
    """Every list a second time: all of it is known."""
    for step in steps:
        if step.rows:
            again = story.tekil.publish(step.org, step.rows, kind=step.kind)
            assert {answer["disposition"] for answer in again} == {"duplicate"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_written_order(fleet: Fleet, case: Case) -> None:
    tekil = fleet.fresh()
    story = ready(tekil, case)
    for step in case.steps:
        take(story, step)
        if step.see:
            step.see(story)
    assert story.rows() == sorted(case.expected)
    assert [(name, story.verdict(name)) for name, _ in case.verdicts] == list(case.verdicts)
    send_again(story, case.steps)
    assert story.rows() == sorted(case.expected)
    for see in (case.always, case.see):
        if see:
            see(story)
    tekil.conserved()
    fleet.end(tekil)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_reverse_order(fleet: Fleet, case: Case) -> None:
    tekil = fleet.fresh()
    story = ready(tekil, case)
    other = case.orders[1]
    for step in other:
        take(story, step)
    send_again(story, other)
    assert story.rows() == sorted(case.expected)
    if case.always:
        case.always(story)
    tekil.conserved()
    fleet.end(tekil)


def test_a_receipts_verdict_has_the_documented_fields_and_no_other(fleet: Fleet) -> None:
    """Property 7, over every answer of every case that ran here."""
    systems = fleet.systems or [run_one(fleet)]
    found = answers_of([tekil.settings for tekil in systems])
    assert len(found) >= 2 * len(systems)
    problems = [problem for row in found for problem in row.problems()]
    assert problems == []


def test_every_refusal_has_a_documented_reason(fleet: Fleet) -> None:
    """Property 2 over all cases; that nothing is lost each case says for itself."""
    systems = fleet.systems or [run_one(fleet)]
    reasons = {
        row["reason"]
        for tekil in systems
        for row in analyst.query(tekil.settings, "SELECT reason FROM v1_rejections").plain()
    }
    assert reasons <= {reason.value for reason in Reason}
    if len(systems) >= 2 * len(CASES):
        assert reasons == {"id-conflict", "placeholder-identifier", "unknown-field"}


def run_one(fleet: Fleet) -> Tekil:
    """A system in which one case ran, where a test of all is run alone."""
    [case] = [case for case in CASES if case.name == "S23"]
    tekil = fleet.fresh()
    story = ready(tekil, case)
    for step in case.steps:
        take(story, step)
    fleet.end(tekil)
    return tekil


def test_nothing_of_a_person_is_kept_anywhere(fleet: Fleet, services: Settings) -> None:
    """Property 4, after all cases; the same look finds what was planted in each kind of store."""
    tekil = publish_a_whole_person(fleet)
    fleet.close()
    planted = plant(services)
    wanted = needles.of_texts([*PRIVATE, *planted.values()])
    # answer files stand beside the lists and are the lists: they are the partner's, as those are
    found = look(services.root, wanted).found
    assert [one for one in found if one.needle not in planted.values()] == []
    seen = {(one.kind, one.needle) for one in found}
    assert set(planted.items()) <= seen, "the look sees what is there"
    assert tekil.settings.namespace in {system.settings.namespace for system in fleet.systems}


def publish_a_whole_person(fleet: Fleet) -> Tekil:
    """Every column of a person's filled in, through every command that reads a list."""
    tekil = fleet.fresh()
    tekil.join("KIZ")
    tekil.programmes(("KIZ", "TEMEL", ""))
    rows = record("TEMEL", "secret", "rent/cash/m 100", "2026-05", "R=P01 M=T1,T2,X1")
    rows[0] |= {
        "first_name": links.FIRST_NAME, "last_name": links.LAST_NAME,
        "birth_date": links.BIRTH_DATE, "phone": links.PHONE, "iban": IBAN, "sex": "f",
    }  # fmt: skip
    path = str(tekil.write(rows))
    tekil.run("validate", path, "--org", "KIZ")
    tekil.run("check", path, "--org", "KIZ")
    tekil.publish("KIZ", rows)
    assert len(tekil.query("SELECT * FROM v1_assistance")) == 1
    return tekil
