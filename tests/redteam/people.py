"""Who could turn tokens back into people: the attacker of `tests/attack` at the running city."""

import uuid
from collections.abc import Iterator, Sequence

from events import codec
from events.model import SUPERVISOR, Assurance
from keyserver import holder, local
from keyserver.oprf.shares import Committee, KeyShare
from producers import keys
from tests import keyservers
from tests.attack import harvest, test_attack, test_guessing
from tests.attack.attacker import Recovered, recover
from tests.attack.loot import Loot
from tests.attack.people import Bodies, world
from tests.e2e import wire
from tests.e2e.wire import line
from tests.oprf import refresh
from tests.redteam import abuse
from tests.redteam.keyservers import SERVERS
from tests.redteam.place import PEOPLE, SHARED_PEOPLE, Place
from tests.redteam.table import Attack

ADMINISTRATION = "central administration (registry, broker, ClickHouse, logs, all its keys)"
OWN_QUOTA = (
    "central administration with its own quota at the key servers (2,000 evaluations a day, for"
    " placeholders' tokens)"
)
BOTH = "two key servers"
LEVEL = "assurance `hmac`"


def everything(place: Place) -> Loot:
    """What the administration holds of the city: broker, registry, ClickHouse, logs, its keys."""
    if place.loot is None:
        place.loot = _everything(place)
    return place.loot


def _everything(place: Place) -> Loot:
    loot, city = Loot(), place.city.settings
    harvest.topics(city, loot)
    assert harvest.unsealed(city, loot) >= PEOPLE + SHARED_PEOPLE
    assert harvest.stores(city, loot) > PEOPLE
    assert harvest.tables(city, loot)
    harvest.logs(city, loot)
    assert harvest.key_files(city.folder("keys"), loot)
    harvest.key_files(city.folder("partners"), loot)
    return loot


def held(place: Place) -> tuple[Committee, list[KeyShare]]:
    """What the three servers hold, opened with their passphrases."""
    root = place.settings.shared_folder("keyservers")
    opened = []
    for number in SERVERS:
        words = local.read_passphrase(root / str(number) / "passphrase")
        opened.append(keyservers.newest(holder.unlock(root / str(number), words)))
    return opened[0][0].committee, [share for _, share in opened]


def with_shares(place: Place, loot: Loot, *servers: int) -> Loot:
    """The loot, and what is public of the key servers, and these servers' shares."""
    committee, shares = held(place)
    more = Loot(set(loot.tokens), set(loot.secrets), dict(loot.keys))
    for commitment in committee.commitments:
        more.key("commitment", commitment)
    for share in shares:
        if share.server in servers:
            more.key(f"share {share.server}", share.secret)
    return more


def attack(place: Place, loot: Loot) -> Recovered:
    """Which of the candidates he finds; he knows three people of the register."""
    return recover(loot, place.people.candidates, place.people.known)


def share_found(place: Place, found: Recovered) -> float:
    """How many of the people of the city were found, 0 to 1."""
    return found.share_of([one.strong for one in place.people.people[:PEOPLE]])


def nobody(place: Place, loot: Loot, what: str) -> str:
    """AssertionError if he finds anybody."""
    found = attack(place, loot)
    assert found == Recovered(), f"{len(found.tokens)} people by {found.recipes}"
    size = f"{len(loot.tokens)} values, {len(loot.secrets) + len(loot.keys)} secrets"
    return f"{what}: {size}; of {len(place.people.candidates)} candidates nobody"


def hold_all_stores(place: Place) -> str:
    """All stores, logs and keys of the administration."""
    loot = everything(place)
    sent = {one for one in loot.tokens if one}
    assert len(sent) > PEOPLE, "the tokens are in his hands"
    return nobody(place, loot, "all stores")


def hold_all_stores_and_a_share(place: Place) -> str:
    """Also one key server's share; or one from before a refresh and one from after it."""
    loot = everything(place)
    committee, shares = held(place)
    _, later = refresh(committee, shares, [1, 2, 3], seed=7)
    mixed = with_shares(place, loot, 1)
    mixed.key("share 2 after the refresh", later[1].secret)
    return nobody(place, mixed, "all stores, a share, and another of a later generation")


def hold_two_shares(place: Place) -> str:
    """Two key servers and any store: everybody. So the attacks above fail for want of a share."""
    found = attack(place, with_shares(place, everything(place), 1, 3))
    part = share_found(place, found)
    assert part == 1, part
    return f"all {PEOPLE} people of the city were found, as is accepted"


def hold_the_topics(place: Place) -> str:
    """The broker's administrator: all topics, sealed records opened."""
    loot = Loot()
    harvest.topics(place.city.settings, loot)
    harvest.unsealed(place.city.settings, loot)
    return nobody(place, with_shares(place, loot), "all topics")


def hold_the_tables(place: Place) -> str:
    """ClickHouse's administrator; and the views alone, with a share."""
    views, tables = Loot(), Loot()
    harvest.views(place.city.settings, views)
    harvest.tables(place.city.settings, tables)
    topics = Loot()
    harvest.unsealed(place.city.settings, topics)
    assert topics.tokens, "the tokens are known to the test"
    assert tables.tokens.isdisjoint(topics.tokens), "no token is in a table"
    nobody(place, with_shares(place, views, 1, 2), "")
    return nobody(place, with_shares(place, tables, 1, 2), "all tables and two shares")


def open_what_is_erased(place: Place) -> str:
    """Records whose keys are gone: nothing opens."""
    loot = Loot()
    assert harvest.unsealed(place.city.settings, loot, erased=True) == 0
    return "of the journal without its keys no subject opens"


def erase_alone(place: Place) -> str:
    """An erasure that the administration alone says, or a partner."""
    city, number = place.city, 17_000
    own = abuse.told(place, "KIZ", [line(number, **abuse.WINDOW)])
    assert abuse.said(own) == ["clear"]
    one = own[0]["id"]
    city.run("erase", "records", "KIZ", "assistance", one, "--reason", "request", "--propose")
    (said,) = city.run("erase", "list", "--json").json
    erasure = {
        "kind": "erasure", "nonce": "3" * 32, "version": 1, "reason": "request",
        "erasure_id": said["erasure_id"], "records": [["KIZ", "assistance", one]],
    }  # fmt: skip
    headers, value = wire.submission(city, "STK", "STK", [codec.dumps(erasure)])
    outcome = abuse.answered(place, "STK", headers, value)
    assert {row["disposition"] for row in outcome["rows"]} == {"rejected"}, outcome
    same = [{"role": "recipient", "tokens": [["tr.tckimlik", f"{number:032x}"]]}]
    other = line(number + 1, programme="STK-NAKIT", subjects=same, **abuse.WINDOW)
    assert abuse.said(abuse.told(place, "STK", [other])) == ["covered"], "nobody is erased"
    return "one body's word erases nobody, a partner's is refused: the family is still covered"


def see_what_a_server_sees(place: Place) -> str:
    """One running key server that keeps every element it was ever asked for."""
    everyone = world(500)
    test_guessing.test_what_a_key_server_sees_says_neither_who_was_asked_for_nor_whether_again(
        Bodies.made(), everyone
    )
    return "neither who was asked for, nor whether again"


def be_a_partner_and_a_server(place: Place) -> str:
    """A partner that runs a key server: what it asked it knows, and no more."""
    bodies, everyone = Bodies.made(), world(500)
    register = {one: bytes(16) for one in everyone.strong[:200]}
    test_guessing.test_a_guessers_tokens_and_his_servers_share_say_nothing_of_other_numbers(
        bodies, everyone, register
    )
    return "a share and the tokens that it asked for say nothing of other numbers"


def hold_the_shared_key(place: Place) -> str:
    """The weak levels: a shared key, hashes with and without salt."""
    test_attack.test_two_hundred_thousand_numbers_hide_nobody_from_who_holds_the_shared_key()
    test_attack.test_hashes_without_a_key_and_with_a_published_salt_hide_nobody(world(2_000))
    return "everybody is found, as is accepted for trying out; a threshold system refuses the level"


def refuse_the_weak_level(place: Place) -> str:
    """A submission with a shared key's tokens, signed by a partner of this system."""
    headers, value = codec.encode_submission(
        org="KIZ",
        submission_id=str(uuid.uuid4()),
        assurance=Assurance.HMAC,
        tokens_epoch="e1",
        lines=[abuse.plan(16_000)],
        private_key=keys.load_signing_key(place.city.settings, "KIZ"),
    )
    outcome = abuse.answered(place, "KIZ", headers, value)
    assert outcome["reason"] == "assurance-refused", outcome
    return "assurance-refused"


def sign_alone_as_the_supervisor(place: Place) -> str:
    """The supervisor's key under facts that are the administration's."""
    nonce = {"nonce": "2" * 32, "version": 1}
    control: Sequence[dict[str, object]] = (
        {"kind": "partner", "org": "EVIL", "name": "x", "mailbox": "a@b.example"},
        {"kind": "key", "org": "ADMIN", "public_key": "cd" * 32, "status": "active"},
        {"kind": "clock-step", "day": "2030-01-01"},
    )
    rows = abuse.told(place, SUPERVISOR, [codec.dumps(nonce | one) for one in control])
    reasons = [row["reason"] for row in rows]
    assert reasons == ["not-allowed"] * 3, reasons
    return "not-allowed three times"


def follow_my_record(place: Place) -> str:
    """A partner that reads the analysts' views: by its own record's id it finds the other's."""
    found = place.city.query(
        "SELECT a.amount, a.programme, a.district FROM v1_findings AS f"
        " INNER JOIN v1_assistance AS a ON a.assistance_id = f.assistance_b"
        " WHERE f.org_a = 'KIZ' AND f.org_b = 'STK' LIMIT 1"
    )
    assert found
    return "amount, programme and district of the other's record, as is accepted"


def all_attacks() -> Iterator[Attack]:
    """The rows about who could learn what."""
    yield Attack(
        "all stores and keys of the administration",
        (ADMINISTRATION, "weak tokens (name and birth date, telephone, IBAN, case number)"),
        "all topics, states, tables, logs and keys; hashes, HMAC and the function with each secret",
        "Nobody of 40 among 7,000 candidates", hold_all_stores,
    )  # fmt: skip
    yield Attack(
        "all stores and one key server",
        ("key server + administration, with every store",
         "thief of one backup, or of one share before and another after a refresh"),
        "the same, with one share, and with shares of two generations", "Nobody",
        hold_all_stores_and_a_share,
    )  # fmt: skip
    yield Attack(
        "two key servers",
        (BOTH, "two key servers + administration",
         "everything on one machine"),
        "the same, with two shares", "Everybody is found: two bodies together have the key",
        hold_two_shares, "two key servers together have the key, and nobody sees that they used it",
    )  # fmt: skip
    yield Attack(
        "all topics", ("broker's administrator (all topics, aid-keys too)",),
        "the files of all topics, sealed records opened", "Nobody", hold_the_topics,
    )  # fmt: skip
    yield Attack(
        "all tables",
        ("ClickHouse's administrator", "analyst (published views)",
         "supervisor (views, access log, signatures under policies)"),
        "all tables, and all views, with two key servers' shares", "No token is there: nobody",
        hold_the_tables,
    )  # fmt: skip
    yield Attack(
        "the supervisor alone", ("supervisor (views, access log, signatures under policies)",),
        "a partner, a key and a clock step signed with the supervisor's key", "not-allowed",
        sign_alone_as_the_supervisor,
    )  # fmt: skip
    yield Attack(
        "what a key server sees", ("one key server, running, with all that passes it",),
        "all elements that it was ever asked for, its share, all candidates", "Counts, no more",
        see_what_a_server_sees,
    )  # fmt: skip
    yield Attack(
        "a partner that runs a key server", ("partner + one key server",),
        "its tokens and its share", "Nothing of other numbers", be_a_partner_and_a_server,
    )  # fmt: skip
    yield Attack(
        "records without their keys", ("erasure",), "the journal without aid-keys",
        "No subject opens", open_what_is_erased,
    )  # fmt: skip
    yield Attack(
        "an erasure by one body", ("erasure",),
        "proposed by the administration alone; said by a partner", "Nobody is erased", erase_alone,
    )  # fmt: skip
    yield Attack(
        "a shared key, and hashes", (LEVEL, "hashes, salted or not"),
        "200,000 numbers under the shared key; hashes with a published salt",
        "Everybody is found", hold_the_shared_key, "those levels are for trying out only",
    )  # fmt: skip
    yield Attack(
        "a weaker level in this system", (LEVEL,), "a submission that says assurance `hmac`",
        "Refused", refuse_the_weak_level,
    )  # fmt: skip
    yield Attack(
        "a partner that reads the views", ("partner + analyst",),
        "the other's record by one's own id", "It is found", follow_my_record,
        "views are for the administration's analysts, not for partners'",
    )  # fmt: skip
    for name, why in UNTRIED.items():
        yield Attack(name, (name,), "", "", None, why)


UNTRIED = {
    "assurance `single`": "the one server has the key: for trying out",
    "frequencies": "who knows the one mother of nine needs no key",
    "`person_ref`": "it links a person's findings within a year, on purpose",
    "times and traffic": "no cover traffic is made",
    "the partner's machine": "lists and names are there, where they belong",
    "a quantum computer": "a new epoch with another function is the way out",
}
"""Rows about which nothing can be tried on one machine in minutes."""
