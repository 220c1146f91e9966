"""Counts that survive, and a rate that does not have to."""

import threading
from pathlib import Path

import pytest

from keyserver.partners import Partner
from keyserver.quotas import (
    REQUEST_KEPT_SECONDS,
    Quotas,
    QuotaUsed,
    Rates,
    Replayed,
    day_of,
    seconds_to_next_day,
)

DAY = "2026-01-02"
NOW = 1_767_300_000.0


def test_a_day_is_counted_over_all_epochs_and_restarts(tmp_path: Path) -> None:
    path = tmp_path / "quotas.sqlite"
    quotas = Quotas(path)
    assert quotas.take(DAY, "KIZ", "e1", 4, 10) == 6
    assert quotas.take(DAY, "KIZ", "e2", 6, 10) == 0
    with pytest.raises(QuotaUsed) as caught:
        quotas.take(DAY, "KIZ", "e1", 1, 10)
    assert caught.value.remaining == 0
    assert quotas.take(DAY, "STK", "e1", 10, 10) == 0
    quotas.close()
    again = Quotas(path)
    with pytest.raises(QuotaUsed):
        again.take(DAY, "KIZ", "e1", 1, 10)
    assert again.take("2026-01-03", "KIZ", "e1", 1, 10) == 9
    assert again.counts() == [
        (DAY, "KIZ", "e1", 4),
        (DAY, "KIZ", "e2", 6),
        (DAY, "STK", "e1", 10),
        ("2026-01-03", "KIZ", "e1", 1),
    ]
    assert again.remaining(DAY, "KIZ", 12) == 2
    again.close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_refused_counts_nothing_and_uses_no_id_up(tmp_path: Path) -> None:
    quotas = Quotas(tmp_path / "q")
    with pytest.raises(QuotaUsed):
        quotas.take(DAY, "KIZ", "e1", 11, 10, "request", NOW)
    assert not quotas.was_answered("KIZ", "request")
    assert quotas.take(DAY, "KIZ", "e1", 1, 10, "request", NOW) == 9
    with pytest.raises(Replayed):
        quotas.take(DAY, "KIZ", "e1", 1, 10, "request", NOW)
    assert quotas.was_answered("KIZ", "request")
    assert not quotas.was_answered("STK", "request")
    assert quotas.counts() == [(DAY, "KIZ", "e1", 1)]
    quotas.close()


def test_request_ids_are_forgotten_when_their_time_has_passed(tmp_path: Path) -> None:
    quotas = Quotas(tmp_path / "q")
    quotas.take(DAY, "KIZ", "e1", 1, 10, "first", NOW)
    quotas.take(DAY, "KIZ", "e1", 1, 10, "second", NOW + REQUEST_KEPT_SECONDS)
    assert quotas.was_answered("KIZ", "first")
    quotas.take(DAY, "KIZ", "e1", 1, 10, "third", NOW + REQUEST_KEPT_SECONDS + 1)
    assert not quotas.was_answered("KIZ", "first")
    assert quotas.was_answered("KIZ", "second")
    quotas.close()


def test_threads_together_take_no_more_than_there_is(tmp_path: Path) -> None:
    quotas, other = Quotas(tmp_path / "q"), Quotas(tmp_path / "q")
    taken: list[int] = []

    def take(own: Quotas) -> None:
        for _ in range(20):
            try:
                taken.append(own.take(DAY, "KIZ", "e1", 1, 50))
            except QuotaUsed:
                return

    threads = [threading.Thread(target=take, args=(own,)) for own in (quotas, other) * 2]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(taken) == list(range(50))
    assert quotas.counts() == [(DAY, "KIZ", "e1", 50)]
    quotas.close()
    other.close()


def test_a_day_begins_at_nine_in_the_evening_utc() -> None:
    midnight = 1_767_301_200.0  # 2026-01-01T21:00:00Z
    assert day_of(midnight - 1) == "2026-01-01"
    assert day_of(midnight) == "2026-01-02"
    assert seconds_to_next_day(midnight - 1) == 1
    assert seconds_to_next_day(midnight - 0.5) == 1
    assert seconds_to_next_day(midnight) == 24 * 3600


def test_the_rate_allows_a_burst_and_says_when_to_come_back() -> None:
    rates = Rates()
    slow = Partner(org="KIZ", public_keys=("ab" * 32,), elements_per_second=200)
    assert slow.burst == 2000
    assert rates.take(slow, 1000) == 0
    assert rates.take(slow, 1000) == 0
    assert rates.take(slow, 500) == 3
    assert rates.take(slow.model_copy(update={"org": "STK"}), 500) == 0
    slowest = slow.model_copy(update={"elements_per_second": 1})
    assert slowest.burst == 1000, "a whole request is never too much"
