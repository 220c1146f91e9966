"""The facts that partners report of families, as they stand: their highest version counts."""

from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from events import money
from events.identity import is_strong
from events.outputs import VerdictRow
from processors.registry.days import ordinal
from processors.registry.keys import ASSISTANCE, ENROLMENT, NEED, Person, record_key
from processors.registry.rules import ONE_OFF, Transfer, Window, outer_window
from processors.reservations import lapse_day

_SAYING = ("planned", "delivered", "returned")
Listed = tuple[str, list[str], list[str]]
"""A subject as a record lists it: role, strong tokens, other tokens; each as `type:hex`."""


def listed(subjects: list[dict[str, Any]]) -> list[Listed]:
    """The subjects of a record, their tokens told apart."""
    return [
        (
            subject["role"],
            [f"{kind}:{value}" for kind, value in subject["tokens"] if is_strong(kind)],
            [f"{kind}:{value}" for kind, value in subject["tokens"] if not is_strong(kind)],
        )
        for subject in subjects
    ]


@dataclass(slots=True)
class Fact:
    """What an assistance, a need and an enrolment have in common. `first` is (seq, index)."""

    org: str
    record_id: str
    first: tuple[int, int]
    top: int = 0
    content: dict[str, Any] = field(default_factory=dict)
    people: list[Listed] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    _key: bytes = b""
    _strong: frozenset[str] | None = None
    _loose: frozenset[str] | None = None

    KIND = b""

    @property
    def key(self) -> bytes:
        """The store's key."""
        if not self._key:
            self._key = record_key(self.org, self.record_id, self.KIND)
        return self._key

    @property
    def order(self) -> tuple[str, str]:
        """Text order of organisation, then id."""
        return self.org, self.record_id

    @property
    def strong(self) -> frozenset[str]:
        """All strong tokens that the record lists."""
        if self._strong is None:
            self._strong = frozenset(token for _, tokens, _ in self.people for token in tokens)
        return self._strong

    @property
    def loose(self) -> frozenset[str]:
        """All case numbers and weak tokens that the record lists."""
        if self._loose is None:
            self._loose = frozenset(token for _, _, tokens in self.people for token in tokens)
        return self._loose

    @property
    def protected(self) -> bool:
        """True if no other partner may learn anything from this record."""
        return bool(self.content.get("protected", False))

    def take(
        self, version: int, content: dict[str, Any], people: list[Listed], persons: list[Person]
    ) -> bool:
        """The content of a version, if it is the highest so far; True if it is."""
        if version <= self.top:
            return False
        self.top, self.content, self.people, self.persons = version, content, people, persons
        self._strong = self._loose = None
        return True

    def forget_people(self) -> None:
        """They are erased; it takes no further version."""
        self.people, self.persons = [], []
        self._strong = self._loose = None

    def _common(self) -> dict[str, Any]:
        return {
            "o": self.org,
            "i": self.record_id,
            "q": self.first,
            "top": self.top,
            "c": self.content,
            "p": self.people,
            "w": self.persons,
        }

    @staticmethod
    def _of_common(d: dict[str, Any]) -> dict[str, Any]:
        return {
            "org": d["o"],
            "record_id": d["i"],
            "first": (d["q"][0], d["q"][1]),
            "top": d["top"],
            "content": d["c"],
            "people": [(role, strong, loose) for role, strong, loose in d["p"]],
            "persons": [(p[0], p[1], p[2]) for p in d["w"]],
        }

    def encode(self) -> bytes:
        """For the store."""
        return orjson.dumps(self._common())

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """From the store."""
        return cls(**cls._of_common(orjson.loads(value)))


@dataclass(slots=True)
class Assistance(Fact):
    """One assistance: its versions' stages, its answers, and until when its plan holds."""

    stages: dict[int, str] = field(default_factory=dict)
    answers: dict[int, VerdictRow] = field(default_factory=dict)
    announced: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Planned version → (place in the order of arrival, day)."""
    paid_on: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """Delivered or returned version → (seq, index, day) at which it was accepted."""
    reservation_days: int = 0
    came_on: int = 0
    """The day (ordinal) on which its first version was accepted."""
    _transfer: Transfer | None = None
    _outer: Window | None = None

    KIND = ASSISTANCE

    def take(
        self, version: int, content: dict[str, Any], people: list[Listed], persons: list[Person]
    ) -> bool:
        """See `Fact.take`."""
        self.stages[version] = content["stage"]
        self._transfer = self._outer = None
        return Fact.take(self, version, content, people, persons)

    @property
    def delivered(self) -> bool:
        """Delivered or returned since the last cancellation, and not all of it came back."""
        return self.paid and not self._returned_in_full

    @property
    def paid(self) -> bool:
        """Delivered or returned since the last cancellation, even if all of it came back."""
        return self._any_since_cancellation("delivered", "returned")

    def _any_since_cancellation(self, *stages: str) -> bool:
        if len(self.stages) == 1:
            return next(iter(self.stages.values())) in stages
        cancelled = self._cancelled
        return any(v > cancelled and s in stages for v, s in self.stages.items())

    @property
    def _cancelled(self) -> int:
        """The highest cancelled version; 0 for none. What comes after it is a life of its own."""
        return max((v for v, s in self.stages.items() if s == "cancelled"), default=0)

    @property
    def held_until(self) -> int:
        """The day on which the plan of this life lapses; 0 without a plan."""
        cancelled = self._cancelled
        found = sorted(at for version, at in self.announced.items() if version > cancelled)
        return lapse_day([day for _, day in found], self.reservation_days)

    @property
    def paid_at(self) -> tuple[int, int, int]:
        """(seq, index, day) of the first word that it was delivered in this life."""
        cancelled = self._cancelled
        found = [at for version, at in self.paid_on.items() if version > cancelled]
        return min(found, default=(0, 0, 0))

    @property
    def days_to_upload(self) -> int:
        """Days from the delivery to the first word of it; 0 if it was not delivered."""
        day = self.paid_at[2]
        delivered = self.content.get("event_date") or self.content["covers_from"]
        return day - ordinal(delivered) if day else 0

    @property
    def _returned_in_full(self) -> bool:
        returned = self.content.get("returned_amount")
        return returned is not None and self.net_amount == 0

    @property
    def net_amount(self) -> int:
        """Minor units that stayed with the family."""
        currency = self.content["currency"]
        paid = money.to_minor(self.content["amount"], currency)
        returned = self.content.get("returned_amount")
        return paid - money.to_minor(returned, currency) if returned else paid

    @property
    def planned(self) -> bool:
        """Announced, neither delivered nor cancelled; an amendment alone announces nothing."""
        return not self.paid and self._any_since_cancellation("planned")

    @property
    def is_cancelled(self) -> bool:
        """True if nothing was announced or delivered since the last cancellation."""
        return bool(self._cancelled) and not self._any_since_cancellation(*_SAYING)

    @property
    def was_paid_in_its_last_life(self) -> bool:
        """True if it was delivered when it was last announced or delivered at all."""
        cancelled = sorted(v for v, s in self.stages.items() if s == "cancelled")
        spans = zip([0, *cancelled], [*cancelled, max(self.stages) + 1], strict=True)
        lives = [{s for v, s in self.stages.items() if lo < v < hi} for lo, hi in spans]
        last = [life for life in lives if life & {*_SAYING}][-1]
        return bool(last & {"delivered", "returned"})

    def lapsed(self, today: int) -> bool:
        """True for a plan whose time is over."""
        return self.planned and today >= self.held_until

    def holds(self, today: int) -> bool:
        """True if this plan blocks a later record: last answered clear, and not lapsed."""
        if not self.planned or today >= self.held_until or not self.answers:
            return False
        return self.answers[max(self.answers)]["answer"]["verdict"] == "clear"

    def transfer(self) -> Transfer:
        """What the rules need to know."""
        if self._transfer is None:
            c = self.content
            self._transfer = Transfer(
                org=self.org,
                assistance_id=self.record_id,
                programme=c["programme"],
                purpose=c["purpose"],
                modality=c["modality"],
                one_off=c["frequency"] == ONE_OFF,
                declared=Window(ordinal(c["covers_from"]), ordinal(c["covers_to"])),
                amount=self.net_amount,
                currency=c["currency"],
                district=c["district"],
            )
        return self._transfer

    def outer(self) -> Window:
        """See `rules.outer_window`."""
        if self._outer is None:
            self._outer = outer_window(self.transfer())
        return self._outer

    def encode(self) -> bytes:
        """For the store."""
        more = {
            "s": {str(v): s for v, s in self.stages.items()},
            "a": {str(v): a for v, a in self.answers.items()},
            "h": {str(v): said for v, said in self.announced.items()},
            "d": {str(v): at for v, at in self.paid_on.items()},
            "n": self.reservation_days,
            "y": self.came_on,
        }
        return orjson.dumps(self._common() | more)

    @classmethod
    def decode(cls, value: bytes) -> "Assistance":
        """From the store."""
        d = orjson.loads(value)
        return cls(
            **cls._of_common(d),
            stages={int(v): s for v, s in d["s"].items()},
            answers={int(v): a for v, a in d["a"].items()},
            announced={int(v): (said[0], said[1]) for v, said in d["h"].items()},
            paid_on={int(v): (at[0], at[1], at[2]) for v, at in d["d"].items()},
            reservation_days=d["n"],
            came_on=d["y"],
        )


@dataclass(slots=True)
class Need(Fact):
    """An assessed need."""

    KIND = NEED

    @property
    def purpose(self) -> str:
        """What is needed."""
        return str(self.content["purpose"])


@dataclass(slots=True)
class Enrolment(Fact):
    """A time in a programme. `purpose` is the programme's; '' if it declared none."""

    purpose: str = ""

    KIND = ENROLMENT

    def encode(self) -> bytes:
        """For the store."""
        return orjson.dumps(self._common() | {"u": self.purpose})

    @classmethod
    def decode(cls, value: bytes) -> "Enrolment":
        """From the store."""
        d = orjson.loads(value)
        return cls(**cls._of_common(d), purpose=d["u"])
