"""What a prefix of the history says, recomputed from scratch: who lives, who plans, who is who."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import takewhile
from typing import Any, TypeAlias

from tests.oracle.facts import Fact, Tick
from tests.oracle.judgement import Key
from tests.oracle.policy import PolicyVersion, Rules, in_force, rules_of

Token: TypeAlias = tuple[str, str]
Succession: TypeAlias = tuple[Token, Token]
"""(former token, successor token)."""
CONTACTS = ("weak.phone", "weak.iban")
ID_FIELDS = {
    "assistance": "assistance_id",
    "need": "need_id",
    "enrolment": "enrolment_id",
    "inquiry": "inquiry_id",
    "succession": "succession_id",
    "programme": "programme",
    "quarantine": "quarantine_id",
}


@dataclass(frozen=True)
class Person:
    """One subject of a record: its role and its tokens that are not switched off."""

    role: str
    tokens: frozenset[Token]

    @cached_property
    def strong(self) -> frozenset[Token]:
        """Tokens that name this person alone."""
        return frozenset(t for t in self.tokens if not t[0].startswith(("case.", "weak.")))

    @cached_property
    def household(self) -> frozenset[Token]:
        """Case numbers."""
        return frozenset(t for t in self.tokens if t[0].startswith("case."))

    @cached_property
    def contacts(self) -> frozenset[Token]:
        """Phone and IBAN."""
        return frozenset(t for t in self.tokens if t[0] in CONTACTS)

    @cached_property
    def weak(self) -> frozenset[Token]:
        """Weak tokens that have weights."""
        return frozenset(
            t for t in self.tokens if t[0].startswith("weak.") and t[0] not in CONTACTS
        )


@dataclass(frozen=True)
class Said:
    """One accepted version of a thing; `day` is the day it was accepted."""

    day: date
    org: str
    version: int
    record: Mapping[str, Any]
    people: tuple[Person, ...]

    @property
    def protected(self) -> bool:
        """As the record says; if it is silent, protection is protected."""
        by_default = self.record.get("purpose") == "protection"
        return bool(self.record.get("protected", by_default))


@dataclass(frozen=True)
class Aid:
    """What one assistance (or inquiry) says, as far as the rules look at it.

    `net` is the amount less what was returned, in `currency`; `state` is delivered, planned,
    cancelled or returned (in full).
    """

    key: Key
    state: str
    programme: str
    purpose: str
    modality: str
    frequency: str
    covers_from: date
    covers_to: date
    amount: str
    net: Fraction
    currency: str
    size: int
    size_as_of: date
    protected: bool
    people: tuple[Person, ...]
    district: str = ""


class World:
    """A prefix of a history, read. Nothing is kept from one prefix to the next.

    `confirmed` are successions that a decision confirmed.
    """

    def __init__(self, prefix: Sequence[Fact | Tick], confirmed: Iterable[Succession] = ()) -> None:
        self.day = date.min
        self.signed: list[PolicyVersion] = []
        self.things: dict[str, dict[Key, list[Said]]] = {kind: {} for kind in ID_FIELDS}
        off = _switched_off(prefix)
        unsigned: dict[int, PolicyVersion] = {}
        signatures: set[int] = set()
        for fact in prefix:
            if isinstance(fact, Tick):
                self.day = _date(fact.day)
                continue
            record, kind = fact.record, fact.record["kind"]
            if kind == "genesis":
                self.day = _date(record["first_day"])
                self.signed.append(PolicyVersion(date.min, rules_of(record["policy"])))
            elif kind == "policy":
                effect = _date(record["in_force_from"])
                unsigned[record["version"]] = PolicyVersion(effect, rules_of(record["rules"]))
            elif kind == "policy-signature":
                signatures.add(record["policy_version"])
            elif kind in ID_FIELDS:
                key = fact.org, str(record[ID_FIELDS[kind]])
                said = Said(self.day, fact.org, record["version"], record, _people(fact, off))
                self.things[kind].setdefault(key, []).append(said)
            for version in sorted(signatures & set(unsigned)):
                self.signed.append(unsigned.pop(version))
        self.successions = self._successions(confirmed)
        self.aids = {key: self.aid(key) for key in self.things["assistance"]}
        self.ignored: dict[int, frozenset[Token]] = {}

    def on(self, day: date) -> "World":
        """The same facts on a later day."""
        other = copy(self)
        other.day = day
        return other

    # -- things and their versions --------------------------------------------------------------

    def newest(self, kind: str) -> Iterator[tuple[Key, Said]]:
        """Each thing of a kind with its highest version, whose content wins."""
        for key, versions in self.things[kind].items():
            yield key, max(versions, key=lambda said: said.version)

    def lives(self, key: Key) -> list[list[Said]]:
        """The versions of an assistance in order of version, parted by its cancellations."""
        parted: list[list[Said]] = [[]]
        for said in sorted(self.things["assistance"][key], key=lambda said: said.version):
            if said.record["stage"] == "cancelled":
                parted.append([])
            else:
                parted[-1].append(said)
        return parted

    def aid(self, key: Key) -> Aid:
        """An assistance as it stands: the highest version's content."""
        last = max(self.things["assistance"][key], key=lambda said: said.version)
        current = self.lives(key)[-1]
        amount = _fraction(last.record["amount"])
        returned = last.record.get("returned_amount")
        if not current:
            state = "cancelled"
        elif is_plan(current):
            state = "planned"
        elif not was_delivered(current):
            state = "unannounced"
        elif returned is not None and _fraction(returned) >= amount:
            state = "returned"
        else:
            state = "delivered"
        return aid_of(key, state, last)

    def delivered(self) -> list[Aid]:
        """Live delivered records that are not protected, in text order."""
        return [
            aid
            for _, aid in sorted(self.aids.items())
            if aid.state == "delivered" and not aid.protected
        ]

    # -- plans ----------------------------------------------------------------------------------

    def held_until(self, key: Key) -> date:
        """The day a plan lapses: `reservation_days` from its first day, renewed once."""
        by_arrival = [
            said
            for said in self.things["assistance"][key]
            if any(said is other for other in self.lives(key)[-1])
            and said.record["stage"] == "planned"
            and not self._is_of_another_epoch(key, said)
        ]
        days = timedelta(self.rules(self.aid(key).covers_from).reservation_days)
        until = by_arrival[0].day + days
        return until + days if any(said.day < until for said in by_arrival[1:]) else until

    def _is_of_another_epoch(self, key: Key, said: Said) -> bool:
        """Whether it says what the highest version before it says, but for tokens beside others."""
        versions = self.things["assistance"][key]
        before = list(takewhile(lambda one: one is not said, versions))
        if not before:
            return False
        last = max(before, key=lambda one: one.version)
        if {**last.record, "version": 0} != {**said.record, "version": 0}:
            return False
        if len(last.people) != len(said.people) or last.people == said.people:
            return False
        return all(
            a.role == b.role
            and {name for name, _ in a.tokens & b.tokens} == {n for n, _ in a.tokens | b.tokens}
            for a, b in zip(last.people, said.people, strict=True)
        )

    def holds(self, key: Key, last_verdict: str | None) -> bool:
        """Whether an assistance is a plan that reserves: answered clear and not lapsed."""
        aid = self.aids[key]
        return (
            aid.state == "planned"
            and not aid.protected
            and last_verdict == "clear"
            and self.day < self.held_until(key)
        )

    # -- policy, programmes, successions --------------------------------------------------------

    def rules(self, *days: date) -> Rules:
        """The rules for records that cover from these days: those in force on the last."""
        return in_force(self.signed, max(days))

    def complementary(self, one: str, other: str) -> bool:
        """Whether the owners of both programmes signed that the two are complementary."""

        def signed(mine: str, theirs: str) -> bool:
            owner = mine.partition("-")[0]
            said = dict(self.newest("programme")).get((owner, mine))
            return said is not None and theirs in said.record.get("complements", ())

        if one.partition("-")[0] == other.partition("-")[0]:
            return signed(one, other) or signed(other, one)
        return signed(one, other) and signed(other, one)

    def purpose_of(self, programme: str) -> str | None:
        """The purpose of a programme in its highest version, whoever registered it."""
        versions = [
            (said.version, said.record.get("purpose"))
            for (_, name), said in self.newest("programme")
            if name == programme
        ]
        return max(versions, key=lambda pair: pair[0])[1] if versions else None

    def _successions(self, confirmed: Iterable[Succession]) -> dict[Succession, set[str]]:
        """(former token, successor token) → who says so; '' is a decision that confirmed it."""
        said_by: dict[Succession, set[str]] = {pair: {""} for pair in confirmed}
        for (org, _), said in self.newest("succession"):
            holders = {person.role: person.strong for person in said.people}
            for former in holders["former"]:
                for successor in holders["successor"]:
                    said_by.setdefault((former, successor), set()).add(org)
        return said_by


def is_plan(life: Sequence[Said]) -> bool:
    """Whether the versions announce something that none of them delivers."""
    return not was_delivered(life) and any(said.record["stage"] == "planned" for said in life)


def says_anything(life: Sequence[Said]) -> bool:
    """Whether the versions announce or deliver; an amendment alone does neither."""
    return was_delivered(life) or is_plan(life)


def was_delivered(life: Sequence[Said]) -> bool:
    """Whether any of these versions is delivered or returned."""
    return any(said.record["stage"] in ("delivered", "returned") for said in life)


def aid_of(key: Key, state: str, said: Said) -> Aid:
    """One version of an assistance or an inquiry as the rules look at it."""
    record = said.record
    amount = _fraction(record.get("amount", "0"))
    size = record.get("household_size")
    covers_from = _date(record["covers_from"])
    as_of = record.get("household_as_of")
    return Aid(
        key=key,
        state=state,
        programme=record["programme"],
        purpose=record["purpose"],
        modality=record["modality"],
        frequency=record["frequency"],
        covers_from=covers_from,
        covers_to=_date(record["covers_to"]),
        amount=record.get("amount", ""),
        net=amount - _fraction(record.get("returned_amount") or "0"),
        currency=record.get("currency", ""),
        size=len(said.people) if size is None else size,
        size_as_of=covers_from if as_of is None else _date(as_of),
        protected=said.protected,
        people=said.people,
        district=record.get("district", ""),
    )


def _switched_off(prefix: Sequence[Fact | Tick]) -> frozenset[Token]:
    """The tokens of quarantines whose highest version is active."""
    newest: dict[Key, Fact] = {}
    for fact in prefix:
        if isinstance(fact, Fact) and fact.record["kind"] == "quarantine":
            key = fact.org, fact.record["quarantine_id"]
            if key not in newest or newest[key].record["version"] < fact.record["version"]:
                newest[key] = fact
    return frozenset(
        (token[0], token[1])
        for fact in newest.values()
        if fact.record.get("status", "active") == "active"
        for subject in fact.subjects
        for token in subject["tokens"]
    )


def _people(fact: Fact, off: frozenset[Token]) -> tuple[Person, ...]:
    return tuple(_person(role, tokens - off if off else tokens) for role, tokens in fact.listed)


# What follows from its arguments alone is read once, as each prefix reads the same texts again.
_person = lru_cache(maxsize=4_096)(Person)
_fraction = lru_cache(maxsize=4_096)(Fraction)
_date = lru_cache(maxsize=4_096)(date.fromisoformat)
