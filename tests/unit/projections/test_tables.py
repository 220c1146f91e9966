"""The tables as data, the frozen migrations, and the analyst's guide: they say the same."""

import hashlib
import re
from pathlib import Path

import pytest

from projections.migrate import MIGRATIONS
from projections.tables import BY_NAME, TABLES

FROZEN = {
    "0001_tables.sql": "e7a002fd3873d0330d7c15778eef148bc8a83ddc1deaf2d6dfc70a10ef56d0c7",
    "0002_views_v1.sql": "9d5244fbfa27e0dfc9b180373516f16c33d255f77d5ec02eef5f553e6e594f2c",
    "0003_policies.sql": "b1c015d887cd91aa832f08af3bffb2906eb0d8c865c8439ba783d2222bee92fb",
    "0004_progress.sql": "6f6a3b6236a5b8eff180b36fc22f94a9545fe82bde3fc9f17fdfc5a13849b894",
    "0005_domain.sql": "fcecc31178a3c3f237ca54f77959e95c8f3470b8a6eb03e1035027e50b4ac6f5",
    "0006_protected_cases.sql": "9a82db15a7ccff980711b6409b95f221c123377315e795c81a1b8b9a60f0c8fb",
    "0007_epochs.sql": "4e836e1f5410751fb1427eea42ac5f84032730d3b5b492f1f733c6dfa776e518",
    "0008_decisions.sql": "32f5044fd616734eac63dcfbee0145396873a06cc4f700b5841a74b7c92e38b9",
}
GUIDE = Path("docs/analyst.md")


def test_migrations_are_frozen_and_numbered_without_a_hole() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in MIGRATIONS.glob("*.sql")
    }
    assert found == FROZEN, "a migration is never edited: write the next one and freeze it here"
    numbers = sorted(int(name.split("_")[0]) for name in found)
    assert numbers == list(range(1, len(found) + 1))


def test_no_migration_names_a_database_or_runs_optimize() -> None:
    for path in MIGRATIONS.glob("*.sql"):
        text = path.read_text().lower()
        assert "tekil" not in text
        assert "optimize" not in text
        assert "partition by" not in text


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_key_is_of_the_tables_columns(name: str) -> None:
    table = BY_NAME[name]
    assert set(table.order_by) <= set(table.columns)
    assert table.engine.startswith("ReplacingMergeTree")


def test_no_table_has_a_place_for_tokens_or_sealed_subjects() -> None:
    for table in BY_NAME.values():
        assert not {"token", "tokens", "sealed", "subjects", "nonce", "keys"} & set(table.columns)


def test_what_is_said_about_a_record_is_inserted_after_the_record() -> None:
    names = [table.name for table in TABLES]
    assert names.index("assistance") < names.index("verdicts")
    assert names.index("assistance") < names.index("findings")


def test_every_view_and_column_is_in_the_analysts_guide() -> None:
    guide = GUIDE.read_text()
    sql = (MIGRATIONS / "0002_views_v1.sql").read_text()
    views = dict(
        re.findall(
            r"EXISTS (v1_\w+) DEFINER.*?AS\n(?:WITH\n.*?AS n\n)?SELECT (.*?)\nFROM", sql, re.S
        )
    )
    assert len(views) == 10
    for view, columns in views.items():
        section = re.search(rf"^## {view}\n(.*?)(?=^## |\Z)", guide, re.S | re.M)
        assert section, f"{view} is not in {GUIDE}"
        for column in re.sub(r"\([^()]*\)", "", columns).split(","):
            name = column.split()[-1]
            assert f"`{name}`" in section[1], f"{view}.{name} is not in {GUIDE}"
        assert "```sql" in section[1], f"{view} has no example query"
