"""All attacks, in the order in which they are tried."""

from tests.redteam import (
    abuse,
    analyst,
    files,
    keyservers,
    machine,
    page,
    people,
    senders,
    topics,
)
from tests.redteam.table import Attack, Round

ROUNDS: tuple[Round, ...] = (
    Round("topics", tuple(topics.all_attacks())),
    Round("a rebuild", tuple(machine.after_the_topics()), upsets=True),
    Round("senders", tuple(senders.all_attacks())),
    Round("abuse", tuple(abuse.all_attacks())),
    Round("page", tuple(page.all_attacks())),
    Round("analysts", tuple(analyst.all_attacks())),
    Round("key servers", tuple(keyservers.all_attacks())),
    Round("people", tuple(people.all_attacks())),
    Round("files", tuple(files.all_attacks())),
    Round("outages", tuple(machine.all_attacks()), upsets=True),
)
ATTACKS: tuple[Attack, ...] = tuple(one for each in ROUNDS for one in each.attacks)
