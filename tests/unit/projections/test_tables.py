"""Tables, views, frozen migrations and the analyst's guide: they say the same."""

import hashlib
import re
from pathlib import Path

import pytest

from projections.migrate import MIGRATIONS, view_texts
from projections.tables import BY_NAME, TABLES
from projections.tables.columns import DAY, MAYBE_DAY, TEXT, field

FROZEN = {
    "0001_tables.sql": "e7a002fd3873d0330d7c15778eef148bc8a83ddc1deaf2d6dfc70a10ef56d0c7",
    "0002_views_v1.sql": "9d5244fbfa27e0dfc9b180373516f16c33d255f77d5ec02eef5f553e6e594f2c",
    "0003_policies.sql": "b1c015d887cd91aa832f08af3bffb2906eb0d8c865c8439ba783d2222bee92fb",
    "0004_progress.sql": "6f6a3b6236a5b8eff180b36fc22f94a9545fe82bde3fc9f17fdfc5a13849b894",
    "0005_domain.sql": "fcecc31178a3c3f237ca54f77959e95c8f3470b8a6eb03e1035027e50b4ac6f5",
    "0006_protected_cases.sql": "9a82db15a7ccff980711b6409b95f221c123377315e795c81a1b8b9a60f0c8fb",
    "0007_epochs.sql": "4e836e1f5410751fb1427eea42ac5f84032730d3b5b492f1f733c6dfa776e518",
    "0008_decisions.sql": "32f5044fd616734eac63dcfbee0145396873a06cc4f700b5841a74b7c92e38b9",
    "0009_attempts.sql": "568cdbb3b1329a7eed487d6dde0903df6fda1d17fd06abae577e824754689bfd",
    "0010_trust.sql": "9833ff61eee2dfbe73c0191da5ff2a85979c010d8ce04ca2861a81d81f0b48bb",
    "0013_inquiries.sql": "91fab3191cdcde04ec1e6ffd0671410018ad54c66396b4e3d0c62e40d3757eb4",
    "0012_erasures.sql": "f9cbe6e087c58c5e7363be78b47fa685ac264ee31fa7b36f392ffd01a68b0387",
    "0011_foreign.sql": "e5dd3e7c53acb2f4bfdde58d2d83f518d75f40f3ae8adedbb2bc1b8af75c0e32",
}
GUIDE = Path("docs/analyst.md")
DESIGN = Path("docs/design.md")


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
def test_a_table_names_each_column_once_with_a_comment(name: str) -> None:
    table = BY_NAME[name]
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert set(table.order_by.split(", ")) <= set(names)
    assert table.engine.startswith("ReplacingMergeTree")
    assert all(len(column.comment) > 2 for column in table.columns)


def test_no_table_has_a_place_for_tokens_or_sealed_subjects() -> None:
    for table in BY_NAME.values():
        assert not {"token", "tokens", "sealed", "subjects", "nonce", "keys"} & set(table.types)


def test_what_is_said_about_a_record_is_inserted_after_the_record() -> None:
    names = [table.name for table in TABLES]
    assert names.index("assistance") < names.index("verdicts")
    assert names.index("assistance") < names.index("findings")
    assert names.index("findings") < names.index("cases")
    assert len(names) == len(set(names)) > 20


def test_a_field_that_is_missing_is_an_error_unless_the_column_allows_it() -> None:
    values = field("n", TEXT, "…").values
    assert values([{"n": "x"}]) == ["x"]
    with pytest.raises(KeyError, match="n"):
        values([{}])
    assert field("n", TEXT, "…", default="").values([{}]) == [""]
    assert field("n", MAYBE_DAY, "…").values([{}, {"n": ""}]) == [None, None]
    with pytest.raises(KeyError, match="n"):
        field("n", DAY, "…").values([{}])


def test_each_view_stands_after_what_it_reads() -> None:
    names = list(view_texts())
    assert len(names) > 25
    assert names.index("v1_finding_revisions") < names.index("v1_findings")
    assert names.index("protected_records") == 0 or names.index("protected_records") < names.index(
        "v1_finding_revisions"
    )


def test_a_view_file_defines_the_view_it_is_named_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "v1_a.sql").write_text("CREATE OR REPLACE VIEW v1_b\nAS SELECT 1")
    monkeypatch.setattr("projections.migrate.VIEWS", tmp_path)
    with pytest.raises(ValueError, match="v1_a"):
        view_texts()


@pytest.mark.parametrize(("view", "text"), sorted(view_texts().items()))
def test_every_view_and_column_is_in_the_analysts_guide(view: str, text: str) -> None:
    columns = re.findall(r"^    (\w+) \S+.*?COMMENT|^    (\w+) [^\n]*\n        COMMENT", text, re.M)
    assert columns, view
    if not view.startswith("v1_"):
        return
    guide = GUIDE.read_text()
    section = re.search(rf"^## [^\n]*\b{view}\b[^\n]*\n(.*?)(?=^## |\Z)", guide, re.S | re.M)
    assert section, f"{view} is not in {GUIDE}"
    for name in map("".join, columns):
        assert f"`{name}`" in section[1], f"{view}.{name} is not in {GUIDE}"


def test_every_view_reads_protected_records_in_one_way() -> None:
    """What is protected is decided in one file, and read everywhere else."""
    for name, text in view_texts().items():
        if name != "protected_records":
            assert not re.search(r"WHERE\s+protected\b|\bprotected\s*=", text), name


def test_the_views_of_the_design_have_its_columns() -> None:
    """The list in docs/design.md names what outside checks read."""
    listed = re.findall(r"^- \*\*(v1_\w+)\*\*: (.*?)(?=\n- |\n\n)", DESIGN.read_text(), re.M | re.S)
    assert len(listed) >= 8
    for view, wanted in listed:
        text = view_texts()[view]
        for name in re.sub(r"\([^()]*\)|: .*", "", wanted).split(","):
            assert re.search(rf"^    {name.strip()} ", text, re.M), f"{view}.{name.strip()}"


def shared_groups(made: dict[str, str]) -> dict[str, set[str]]:
    """Group → migrations, where tables of several share one. `made`: table → its last maker.

    A table of a group that an older database has would never be filled from the beginning.
    """
    found: dict[str, set[str]] = {}
    for table in TABLES:
        found.setdefault(table.group, set()).add(made[table.name])
    return {group: numbers for group, numbers in found.items() if len(numbers) > 1}


def test_a_new_table_has_a_group_of_its_own() -> None:
    made = {}
    for path in sorted(MIGRATIONS.glob("*.sql")):
        for name in re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", path.read_text()):
            made[name] = path.name[:4]
    # `policies` joined the first tables' group; no later table may
    assert shared_groups(made) == {"core": {"0001", "0003"}}
    later = made | {"signing_keys": "0010"}
    assert shared_groups(later).keys() == {"core", "attempts"}, "the guard bites"
