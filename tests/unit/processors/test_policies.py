"""Which policy is in force: versions, second signatures, days of effect."""

from typing import Any

import orjson
import pytest

from events import codec
from processors.policies import Policies

GENESIS: dict[str, Any] = {
    "root_keys": [{"role": "administrator"}, {"role": "supervisor"}],
    "policy": {"held_records": 20},
}


def proposal(version: int, day: str) -> dict[str, Any]:
    """A policy record."""
    rules = {"held_records": 20 + version}
    return {"kind": "policy", "version": version, "in_force_from": day, "rules": rules}


def signature(version: int) -> dict[str, Any]:
    """The supervisor's record about it."""
    return {"kind": "policy-signature", "policy_version": version}


def folded(*records: dict[str, Any], genesis: dict[str, Any] = GENESIS) -> Policies:
    """The policies of a journal."""
    items: list[dict[str, Any]] = [
        {"t": "genesis", "genesis": genesis},
        {"t": "tick", "day": "2026-01-01"},
    ]
    found = Policies()
    for item in [*items, *({"t": "rec", "rec": record} for record in records)]:
        found = found.fold(item)
    return found


def test_the_first_policy_counts_from_the_first_of_all_days() -> None:
    assert folded().in_force("0001-01-01").version == 1
    assert folded().newest.digest == ""


def test_a_proposal_waits_and_says_what_is_to_be_signed() -> None:
    record = proposal(2, "2026-01-01")
    found = folded(record)
    assert found.in_force("2026-06-01").version == 1
    assert found.waiting[2].digest == codec.content_hash(record, []).hex()
    assert folded(record, signature(2)).in_force("2026-06-01").version == 2
    assert folded(record, signature(2)).waiting == {}


@pytest.mark.parametrize(
    ("day", "version"), [("2026-02-28", 1), ("2026-03-01", 3), ("2026-04-30", 3), ("2026-05-01", 3)]
)
def test_the_one_that_was_signed_last_counts_from_its_day_on(day: str, version: int) -> None:
    records = [proposal(2, "2026-05-01"), proposal(3, "2026-03-01"), signature(2), signature(3)]
    assert folded(*records).in_force(day).version == version


def test_a_day_of_effect_in_the_future_leaves_the_older_in_force() -> None:
    records = [proposal(2, "2026-01-01"), signature(2), proposal(3, "2026-12-01"), signature(3)]
    found = folded(*records)
    assert [found.in_force(day).version for day in ("2026-11-30", "2026-12-01")] == [2, 3]
    assert found.newest.version == 3


def test_what_is_older_than_a_signed_one_can_no_longer_be_signed() -> None:
    found = folded(proposal(2, "2026-01-01"), proposal(3, "2026-01-01"), signature(3))
    assert list(found.waiting) == []
    assert list(found.versions) == [1, 2, 3]
    with pytest.raises(KeyError):
        found.take(signature(2))


def test_without_a_supervisor_one_signature_is_all() -> None:
    alone = GENESIS | {"root_keys": [{"role": "administrator"}]}
    found = folded(proposal(2, "2026-05-01"), genesis=alone)
    assert [found.in_force(day).version for day in ("2026-04-30", "2026-05-01")] == [1, 2]


def test_its_plain_shape_is_read_again() -> None:
    found = folded(proposal(2, "2026-05-01"), proposal(3, "2026-05-01"), signature(2))
    assert Policies.of(orjson.loads(codec.dumps(found))) == found
