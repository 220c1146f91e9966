"""The documents name what exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"(tests/[\w/]+(?:\.py)?)(?:::(\w+))?")


def named(document: str) -> list[tuple[str, str]]:
    text = (ROOT / "docs" / document).read_text()
    return [(path, test) for path, test in NAMED.findall(text) if path != "tests/"]


def test_every_test_that_a_document_names_exists() -> None:
    for document in ("INVARIANTS.md", "RELIABILITY.md"):
        found = named(document)
        assert found, f"{document} names no test"
        for path, test in found:
            assert (ROOT / path).exists(), f"{document}: {path}"
            if test:
                assert f"def {test}(" in (ROOT / path).read_text(), f"{document}: {path}::{test}"


def test_every_invariant_names_its_test() -> None:
    rows = [
        line
        for line in (ROOT / "docs" / "INVARIANTS.md").read_text().splitlines()
        if line.startswith("| I")
    ]
    assert [row.split("|")[1].strip() for row in rows] == [f"I{n}" for n in range(1, len(rows) + 1)]
    assert all(NAMED.search(row.split("|")[3]) for row in rows)


def test_links_between_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_rule_names_code_that_exists() -> None:
    sections = (ROOT / "docs" / "rules.md").read_text("utf-8").split("\n## ")[1:]
    assert len(sections) > 20
    for section in sections:
        title, _, rest = section.partition("\n")
        _, _, line = rest.rpartition("\nCode: ")
        found = re.findall(r"`(\w+)\.(\w+)`", line)
        assert found, f"{title} names no code"
        assert rest.count("```") == 2, f"{title} has no example"
        for module, name in found:
            code = (ROOT / "processors" / "registry" / f"{module}.py").read_text("utf-8")
            assert re.search(rf"\b(def|class) {name}\b", code), f"{title}: {module}.{name}"
