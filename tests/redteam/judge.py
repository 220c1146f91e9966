"""Whether everything is as the plain loop says: receipts as partners read them, and the views."""

from collections.abc import Iterable, Iterator
from typing import Any

from events.catalog import Topic
from infra.genesis import load_genesis
from infra.scan import scan
from infra.settings import Settings
from producers.receipts import read_receipts
from projections import query as analyst
from tests.chaos.compare import differences
from tests.chaos.judge import VERDICT_KEY, amounts, counted, nulls, refused
from tests.chaos.plain_loop import Sent
from tests.redteam.data import Expected, is_protected

MANY = 1_000_000


def expected_of(settings: Settings) -> Expected:
    """What must come out of what stands in aid-submissions."""
    genesis = load_genesis(settings)
    assert genesis is not None
    loop = Expected(genesis)
    for message in scan(settings, Topic.SUBMISSIONS):
        loop.read(Sent(message.offset, message.headers, message.value))
    return loop


def wrong(settings: Settings, orgs: Iterable[str]) -> list[str]:
    """Every difference between what the system says and what it must say."""
    loop = expected_of(settings)
    assert len(loop.outcomes) > 50, "a comparison that saw little says nothing"
    assert loop.findings
    return [*_receipts(settings, loop, orgs), *_tables(settings, loop)]


def _receipts(settings: Settings, loop: Expected, orgs: Iterable[str]) -> Iterator[str]:
    for org in orgs:
        said: list[dict[str, Any]] = []
        for one in read_receipts(settings, org, MANY):
            if one not in said:  # a stage that was restarted may say one again
                said.append(one)
        due = [outcome for outcome in loop.outcomes if outcome["org"] == org]
        yield from (f"receipts of {org}: {text}" for text in differences(due, said, "offset"))


def _tables(settings: Settings, loop: Expected) -> Iterator[str]:
    hidden = {aid.id for aid in loop.aids.values() if is_protected(aid)}
    verdicts = [
        amounts({k: v for k, v in row.items() if k != "answer"} | nulls(row["answer"]))
        for row in loop.verdicts()
        if row["assistance_id"] not in hidden
    ]
    compared = {
        ("v1_findings", "finding_id"): [amounts(one) for one in loop.findings.values()],
        ("v1_verdicts", *VERDICT_KEY): verdicts,
        ("v1_submissions", "source_offset"): [counted(one) for one in loop.outcomes],
        ("v1_rejections", "source_offset", "row_no"): [
            row for outcome in loop.outcomes for row in refused(outcome)
        ],
    }
    for (name, *key), due in compared.items():
        found = view(settings, name)
        yield from (f"{name}: {text}" for text in differences(due, found, *key))
        shown = hidden & {str(value) for row in found for value in row.values()}
        yield from (f"{name}: shows the protected record {one}" for one in shown)
    checks = view(settings, "v1_integrity")
    if len(checks) < 10:
        yield f"v1_integrity has {len(checks)} rows"
    yield from (f"v1_integrity: {check}" for check in checks if not check["ok"])


def view(settings: Settings, name: str) -> list[dict[str, Any]]:
    """All rows of a view, with amounts as numbers."""
    found = analyst.query(settings, f"SELECT * FROM {name}", max_rows=MANY)
    assert not found.truncated
    return [amounts(row) for row in found.plain()]
