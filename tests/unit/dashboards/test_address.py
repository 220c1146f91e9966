"""The filters in the address: what is not known never reaches a query."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.address import KINDS, SORTS, STATUSES, Filters, finding_in, local
from dashboards.queries import LISTS


def test_the_way_there_and_back() -> None:
    text = "?kind=repeated-payment&status=all&purpose=rent&district=TUR034026&partner=BELA"
    filters = Filters.of(text + "&month=2026-05&sort=amount&order=asc&page=7")
    assert (filters.page, filters.offset, filters.sort) == (7, 300, "amount")
    assert Filters.of(urlsplit(filters.href()).query) == filters
    assert Filters().href() == "/findings"
    assert not Filters().is_narrow
    assert filters.is_narrow


@pytest.mark.parametrize(
    "text",
    [
        "?kind=x&status=y&purpose=z&sort=1;DROP&order=up&page=-1",
        "?district=' OR 1=1&partner=%00&month=2026-13&page=½",
        "?page=" + "9" * 30 + "&page=2",
        "?%%%=&&&===",
    ],
)
def test_what_is_not_known_is_dropped(text: str) -> None:
    found = Filters.of(text)
    assert found.href(page=1) == "/findings"
    assert 1 <= found.page <= 100_000


@given(st.text(max_size=200))
def test_any_address_gives_a_list_that_exists(text: str) -> None:
    found = Filters.of(text)
    assert (found.sort, found.order) in LISTS
    assert found.status in STATUSES
    assert found.kind in ("", *KINDS)


def test_each_sort_has_both_orders() -> None:
    assert set(LISTS) == {(sort, order) for sort in SORTS for order in ("asc", "desc")}


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("/findings?kind=rent&page=2", "/findings?kind=rent&page=2"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\nSet-Cookie: x", "/"),
        ("", "/"),
    ],
)
def test_only_an_address_of_ours_is_gone_to(target: str, wanted: str) -> None:
    assert local(target) == wanted


def test_the_id_of_a_finding() -> None:
    assert finding_in("/findings/" + "0a" * 16) == "0a" * 16
    assert finding_in("/findings/../etc") == ""
    assert finding_in("/findings/" + "0A" * 16) == ""
