"""The same list with another epoch's tokens: the next version of each record, and only once."""

import hashlib

from producers.versions import Sent, Wanted, numbered


def hash_of(tokens: str, what: str, version: int) -> bytes:
    return hashlib.sha256(f"{tokens} {what} {version}".encode()).digest()


def wanted(tokens: str, what: str, explicit: int | None = None) -> Wanted:
    """A draft as it would be under a version, with the tokens of some epochs."""
    is_plan = what == "plan"
    return Wanted(explicit, is_plan, lambda version: hash_of(tokens, what, version))


def sent(tokens: str, *versions: tuple[int, str]) -> list[Sent]:
    """What the ledger knows."""
    return [
        Sent("assistance", "a", version, hash_of(tokens, what, version), b"")
        for version, what in versions
    ]


def test_a_plan_or_a_delivery_gets_the_next_version() -> None:
    for what, first in (("plan", 1), ("delivery", 2)):
        assert numbered([], [wanted("e1", what)]) == [first]
        known = sent("e1", (first, what))
        assert numbered(known, [wanted("e1 e2", what)]) == [first + 1]
        known += sent("e1 e2", (first + 1, what))
        assert numbered(known, [wanted("e1 e2", what)]) == [first + 1], "a second run is the same"
        assert numbered(known, [wanted("e2", what)]) == [first + 2], "the old tokens are left out"


def test_a_plan_and_its_delivery_in_one_file_stay_a_run() -> None:
    known = sent("e1", (1, "plan"), (2, "delivery"))
    again = [wanted("e1 e2", "plan"), wanted("e1 e2", "delivery")]
    assert numbered(known, again) == [3, 4]
    known += sent("e1 e2", (3, "plan"), (4, "delivery"))
    assert numbered(known, again) == [3, 4]


def test_a_version_that_the_list_says_is_kept_and_will_be_a_conflict() -> None:
    known = sent("e1", (2, "delivery"))
    assert numbered(known, [wanted("e1 e2", "delivery", explicit=2)]) == [2]
