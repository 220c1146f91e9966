"""The next migration is what the declared tables have and the migrations do not make."""

from dataclasses import replace
from pathlib import Path

import pytest

from projections.migrate import MIGRATIONS
from projections.tables import BY_NAME
from projections.tables.columns import CODE, NUMBER, context, table
from tests.migration import made_by, text

SERVICES = table(
    "services",
    "Every accepted version of every service",
    "service_id, version",
    context("service_id", CODE, "The service"),
    context("version", NUMBER, "Version of the record"),
    group="services",
)
NEEDS = BY_NAME["needs"]


def test_the_migrations_make_the_declared_tables() -> None:
    assert text(made_by(MIGRATIONS), BY_NAME) == ""


def test_what_was_written_makes_the_new_table_and_column(tmp_path: Path) -> None:
    wider = replace(NEEDS, columns=(*NEEDS.columns, context("urgent", NUMBER, "How urgent")))
    declared = {"needs": wider, "services": SERVICES}
    made = {"needs": NEEDS.types}
    written = text(made, declared)
    assert written.startswith("ALTER TABLE needs ADD COLUMN IF NOT EXISTS urgent UInt32;\n")
    (tmp_path / "0001_needs.sql").write_text(text({}, {"needs": NEEDS}))
    (tmp_path / "0002_next.sql").write_text(written)
    found = made_by(tmp_path)
    assert found == {"needs": wider.types, "services": SERVICES.types}
    assert text(found, declared) == ""


@pytest.mark.parametrize("made", [{"gone": "String"}, {"version": "UInt64"}])
def test_what_becomes_of_values_is_for_a_person(made: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=rf"needs\.{next(iter(made))}: write by hand"):
        text({"needs": NEEDS.types | made}, {"needs": NEEDS})
