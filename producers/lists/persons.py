"""A row's person → a person of its record, or another row of one that is there (pure)."""

from dataclasses import replace

from events.identity import NUMBER_FIELD
from events.model.types import MAX_SUBJECTS
from events.rejection import Reason
from producers.lists import documents, people
from producers.lists.columns import Doubt
from producers.lists.drafts import OfPerson, Open
from producers.lists.likeness import Likeness, are_two, likeness
from producers.lists.people import Person


def add(record: Open, said: OfPerson) -> None:
    """Read a row's person, and put it to the record's, or to the one that it is."""
    row, found = said.row, said.found
    own_role = str(found.get("role", ""))
    role = own_role or ("member" if record.persons else "recipient")
    read = people.identifiers(found, role, said.read_as)
    more, wrong = documents.others(found, said.read_as)
    for refusal in (*read.problems, *wrong):
        record.problem(row, refusal.reason, refusal.field)
    if people.has_weak(role):  # of others these columns are not looked at
        for one in (*said.unread, *read.left_out):
            record.remark(row, one.reason, one.field, one.hint)
    if len(record.persons) > MAX_SUBJECTS:
        return  # no record has so many: what is compared with all others would take for ever
    person = Person(row, role, tuple(dict.fromkeys((*read.identifiers, *more))))
    _refuse_copies(record, person, likeness(found))
    for place, known in enumerate(record.persons):
        if known.is_same(person) and own_role in ("", known.role):
            # one number twice is one person, with all that the two rows say
            both = tuple(dict.fromkeys(known.identifiers + person.identifiers))
            record.persons[place] = replace(known, identifiers=both)
            return
    record.persons.append(person)


def add_numbers(record: Open, said: OfPerson) -> None:
    """The two numbers of a succession."""
    numbers = []
    for role, read in people.succession(said.found, said.read_as).items():
        for refusal in read.problems:
            record.problem(said.row, refusal.reason, refusal.field)
        numbers.append(Person(said.row, role, read.identifiers))
    if not record.persons:
        record.persons += numbers
    elif [p.identifiers for p in record.persons] != [p.identifiers for p in numbers]:
        record.problem(said.row, Reason.CONFLICTING_ROWS, "new_number")


def add_waiting(record: Open, *, without_birth: bool) -> None:
    """Read the people who waited for their birth dates, in their rows' order.

    `without_birth`: the column of birth dates is left out of the whole list.
    """
    waiting, record.waiting = record.waiting, []
    for said in waiting:
        born = said.found.get("birth_date")
        if isinstance(born, Doubt):
            if without_birth:
                del said.found["birth_date"]
            else:
                said.found["birth_date"] = born.settled()
        add(record, said)
    if without_birth:
        record.persons = [person.without_birth() for person in record.persons]


def _refuse_copies(record: Open, person: Person, like: Likeness) -> None:
    """A number that stands for two people of a record: filled down, or a parent's for a child."""
    for number in person.strong:
        known = record.likenesses.setdefault(number, [])
        if any(are_two(one, like) for one in known):
            record.problem(person.row, Reason.NUMBER_COPIED, NUMBER_FIELD)
        if like not in known:
            known.append(like)
