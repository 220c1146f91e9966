"""The page's statements on the real engine, as the analyst."""

import uuid
from collections.abc import Iterator

import orjson
import pytest

from dashboards import queries
from dashboards.address import Filters
from dashboards.queries import LISTS
from infra.clickhouse import OWNER, connect
from infra.settings import Settings
from office.health import PROGRESS, read_health
from projections.migrate import migrate
from projections.queries import Query
from projections.reader import Reader
from projections.writer import Projector
from tests.fakes.projection_log import (
    PERSON_KEY,
    Chain,
    ListLog,
    assistance,
    finding,
    made_id,
    submission,
)

VALUES = {
    "kind": "", "status": "", "purpose": "", "district": "", "partner": "", "month": "",
    "limit": 10, "offset": 0, "finding": "x", "case": "x", "org": "KIZ", "assistance": "x",
    "version": 1,
}  # fmt: skip
COUNT = 7
OVER, COMING = "2026-04-01", "2026-05-01"  # the journal's day is the first of May
EXCESS = (
    ("c0", OVER, "10.00", "4.00", "TRY"), ("c0", COMING, "5.00", "0", "TRY"),
    ("c1", OVER, "1.00", "1.00", "TRY"), ("c2", OVER, None, None, ""),
    ("c4", OVER, "7.00", None, "USD"),
)  # fmt: skip


@pytest.fixture(scope="module")
def home(services: Settings) -> Settings:
    """A namespace with seven findings."""
    settings = services.model_copy(update={"namespace": f"q{uuid.uuid4().hex[:12]}"})
    migrate(settings)
    chain = Chain()
    chain.genesis()
    chain.offset += 1
    rejected = {"t": "rej", "reason": "invalid-value", "field": "amount"}
    _, output = chain.step(
        *submission("KIZ", "s", 0, [assistance("k1"), assistance("m1"), rejected]),
        findings=[
            finding(
                f"f{number}",
                1,
                org_a="KIZ",
                assistance_a=made_id("k1"),
                org_b="STK" if number % 2 else "BEL",
                assistance_b=f"other-{number}",
                amount_at_risk=str(1000 * number) if number else None,
                status="withdrawn" if number == 3 else "open",
                case_id=f"c{number}",
            )
            for number in range(COUNT)
        ],
    )
    output["excess"] = [
        {"case_id": case, "purpose": "basic-needs", "month": month, "amount": amount,
         "amount_confirmed": confirmed, "currency": currency, "district": ""}
        for case, month, amount, confirmed, currency in EXCESS
    ]  # fmt: skip
    chain.answers[-1] = orjson.dumps(output)
    client = connect(settings, OWNER)
    log = ListLog(chain.blocks, chain.answers)
    projector = Projector(client, log, PERSON_KEY)
    while any(log.at[source] < log.bounds(source)[1] for source in log.at):
        projector.step(0)
    client.close()
    return settings


@pytest.fixture
def reader(home: Settings) -> Iterator[Reader]:
    made = Reader(home)
    yield made
    made.close()


def named() -> dict[str, Query]:
    """Every query of the module, by name."""
    found = {name: value for name, value in vars(queries).items() if isinstance(value, Query)}
    found |= {f"LISTS {sort} {order}": query for (sort, order), query in LISTS.items()}
    assert len(found) > 25
    return found


@pytest.mark.parametrize("name", sorted(named()))
def test_every_statement_runs_as_the_analyst(reader: Reader, name: str) -> None:
    query = named()[name]
    wanted = {key: value for key, value in VALUES.items() if f"{{{key}:" in query.sql}
    reader.rows(query, **wanted)


def test_statements_read_published_views_alone() -> None:
    for name, query in named().items():
        tables = [word for word in query.sql.replace("(", " ").split() if word.startswith("v")]
        assert tables, name
        assert all(word.startswith("v1_") for word in tables if "_" in word), name
        assert "SELECT *" not in query.sql


def test_the_list_is_filtered_sorted_and_paged_by_the_engine(reader: Reader) -> None:
    def listed(search: str, limit: int = 50, offset: int = 0) -> list[str]:
        filters = Filters.of(search)
        rows = reader.rows(
            LISTS[filters.sort, filters.order],
            **filters.parameters(),
            limit=limit,
            offset=offset,
        )
        return [f"{row['amount_at_risk']}" for row in rows]

    every = listed("?sort=amount&order=asc&status=all")
    assert len(every) == COUNT
    assert every[-1] == "None", "no amount stands last in both orders"
    assert listed("?sort=amount&order=desc&status=all")[-1] == "None"
    assert listed("?sort=amount&order=asc&status=all", 2, 2) == every[2:4]
    assert len(listed("")) == COUNT - 1
    assert len(listed("?status=withdrawn")) == 1
    assert len(listed("?partner=STK&status=all")) == 3
    assert len(listed("?partner=KIZ&status=all")) == COUNT
    assert listed("?month=1999-01&status=all") == []
    (counted,) = reader.rows(queries.COUNT, **Filters.of("?status=all").parameters())
    assert counted["findings"] == COUNT


def test_excess_is_told_by_period_with_what_is_confirmed_and_what_is_not_known(
    reader: Reader,
) -> None:
    found = {
        (row["currency"], row["period"]): tuple(
            None if row[name] is None else int(row[name])
            for name in ("cases", "unknown", "amount", "confirmed")
        )
        for row in reader.rows(queries.EXCESS)
    }
    assert found == {
        ("TRY", "over"): (2, 0, 11, 5), ("TRY", "coming"): (1, 0, 5, 0),
        ("TRY", "all"): (2, 0, 16, 5),
        ("USD", "over"): (1, 0, 7, None), ("USD", "all"): (1, 0, 7, None),
        ("", "over"): (0, 1, None, None), ("", "all"): (0, 1, None, None),
    }  # fmt: skip
    assert next(iter(found)) == ("TRY", "over")


def test_a_value_is_bound_never_read_as_a_statement(reader: Reader) -> None:
    values = Filters().parameters() | {"partner": "' OR 1 = 1 --", "status": ""}
    (counted,) = reader.rows(queries.COUNT, **values)
    assert counted["findings"] == 0


def test_health_is_read_from_the_views(reader: Reader) -> None:
    found = read_health(reader, None)
    assert found.seq == 1
    assert {row["check_name"] for row in found.checks} >= {"conservation", "head"}
    assert found.skipped == 0


def test_an_answer_is_shown_again_only_while_it_may_be(reader: Reader) -> None:
    first = reader.rows(queries.TOTALS)
    assert reader.rows(queries.TOTALS) is first
    assert reader.rows(PROGRESS) is not reader.rows(PROGRESS)
    assert reader.last_good_ms > 0
