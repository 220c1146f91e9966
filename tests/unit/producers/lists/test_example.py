"""The two organisations' lists: the templates read them, and the numbers hold."""

from collections import Counter
from pathlib import Path

from examples.two_organisations import ORGANISATIONS, Expected, commands, expected, write
from producers.listed import read_list
from producers.lists.templates import TEMPLATES

EXAMPLES = Path(__file__).resolve().parents[4] / "examples"


def test_the_expected_findings() -> None:
    assert expected() == Expected(1_863, 1_294, 873, 423)


def test_the_lists_are_read_without_a_problem(tmp_path: Path) -> None:
    counted = []
    for organisation, path in zip(ORGANISATIONS, write(tmp_path), strict=True):
        found = read_list(organisation.code, path, "assistance")
        assert not found.bad
        assert len(found.drafts) == 1_999
        counted.append(Counter(draft.persons[0].identifiers for draft in found.drafts))
    both = counted[0].keys() & counted[1].keys()
    assert sum(counted[0][key] * counted[1][key] for key in both) == 1_863
    assert len(read_list("ADMIN", tmp_path / "programmes.csv", "programme").drafts) == 2
    assert any("publish" in command for command in commands(tmp_path))


def test_the_template_files_have_all_columns_and_read_well() -> None:
    for kind, template in TEMPLATES.items():
        for name in (f"{kind}.csv", f"{kind}.tr.csv"):
            path = EXAMPLES / name
            width = path.read_text(encoding="utf-8-sig").splitlines()[0].count(",") + 1
            assert width == len(template.columns), name
            found = read_list("KIZ", path, kind)
            assert found.drafts, name
            assert not found.bad, name
        assert (
            read_list("KIZ", EXAMPLES / f"{kind}.csv", kind).drafts
            == read_list("KIZ", EXAMPLES / f"{kind}.tr.csv", kind).drafts
        )
