"""The documents name what exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_CHARACTERS = 120
NAMED = re.compile(r"(tests/[\w/]+(?:\.py)?)(?:::(\w+))?")


def entries(text: str) -> list[str]:
    """The entries of a page's lists, each on one line: a long row is written as a list."""
    found: list[str] = []
    for line in text.splitlines():
        if line.startswith("- "):
            found.append(line)
        elif found and line.startswith("  "):
            found[-1] += " " + line.strip()
    return found


def named(document: str) -> list[tuple[str, str]]:
    text = (ROOT / "docs" / document).read_text()
    return [(path, test) for path, test in NAMED.findall(text) if path != "tests/"]


def test_every_test_that_a_document_names_exists() -> None:
    for document in ("INVARIANTS.md", "RELIABILITY.md", "threats.md"):
        found = named(document)
        assert found, f"{document} names no test"
        for path, test in found:
            assert (ROOT / path).exists(), f"{document}: {path}"
            if test:
                assert f"def {test}(" in (ROOT / path).read_text(), f"{document}: {path}::{test}"


def test_every_invariant_names_its_test() -> None:
    rows = entries((ROOT / "docs" / "INVARIANTS.md").read_text("utf-8"))
    assert len(rows) > 30
    for number, row in enumerate(rows, 1):
        assert row.startswith(f"- **I{number}**: "), row[:60]
        assert NAMED.search(row.partition(" - held by: ")[2]), row[:60]


def threats() -> list[str]:
    """The rows of docs/threats.md that say who learns what, or what is not protected."""
    text = (ROOT / "docs" / "threats.md").read_text("utf-8")
    rows = []
    for section in text.split("\n## "):
        if not section.startswith("How far"):  # sums, which one test holds
            rows += entries(section)
    return rows


def test_every_threat_is_held_by_a_test_or_accepted_with_a_reason() -> None:
    rows = threats()
    assert len(rows) > 25
    for row in rows:
        last = row.rpartition(" - ")[2]
        reason = re.search(r"accepted[^:]*: \S+( \S+){4,}", last, re.IGNORECASE)
        assert reason or any(test for _, test in NAMED.findall(last)), row[:60]


def test_every_party_has_its_threat() -> None:
    parties = (
        "central administration (", "supervisor", "partner", "one key server",
        "key server's operator", "broker's administrator", "ClickHouse's administrator", "analyst",
        "outsider",
        "two key servers**", "partner + one key server", "key server + administration",
        "everything on one machine", "weak tokens", "times and traffic", "erasure",
    )  # fmt: skip
    for party in parties:
        assert any(row.startswith(f"- **{party}") for row in threats()), party


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


def test_lines_of_documents_fit_a_screen() -> None:
    pages = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
    assert len(pages) > 30
    found = [
        f"{page.name}:{number}"
        for page in pages
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1)
        if len(line) > MAX_CHARACTERS
    ]
    assert found == []
