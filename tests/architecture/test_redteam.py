"""Every row of docs/threats.md has an attack, and every attack a row: no new one is forgotten."""

import re

from tests.architecture.test_documents import ROOT, threats
from tests.redteam.rounds import ATTACKS, ROUNDS

TITLE = re.compile(r"- (?:\*\*(.+?)\*\*|(`\w+`))")
ABUSE = ("reserves a province", "probes by plan and cancel", "floods a victim", "links strangers")
"""What docs/design.md names under "Abuse it must stand"."""


def titles() -> list[str]:
    found = [TITLE.match(row) for row in threats()]
    return [one[1] or one[2] for one in found if one]


def test_each_row_has_its_attack_and_each_attack_its_rows() -> None:
    known = titles()
    assert len(known) == len(set(known)) == len(threats()) > 40
    tried = {row for attack in ATTACKS for row in attack.rows}
    assert sorted(set(known) - tried) == [], "no attack tries these rows"
    assert sorted(tried - set(known)) == [], "these attacks are of no row"
    assert all(attack.rows for attack in ATTACKS)


def test_what_the_design_calls_abuse_is_among_them() -> None:
    design = (ROOT / "docs" / "design.md").read_text("utf-8")
    _, _, section = design.partition("\n## Abuse it must stand\n")
    words = " ".join(section.partition("\n## ")[0].split())
    for abuse in ABUSE:
        assert abuse in words
        assert any(abuse in title for title in titles()), abuse
    named = words.partition(":")[0].count(",")
    assert named + 1 == len(ABUSE), "the design names another abuse"


def test_attacks_have_names_and_do_something_or_say_why_not() -> None:
    names = [attack.name for attack in ATTACKS]
    assert len(names) == len(set(names)) > 50
    for attack in ATTACKS:
        assert attack.run is None or attack.run.__doc__, attack.name
        assert attack.run or len(attack.accepted.split()) > 4, attack.name
    runs = [attack.run for attack in ATTACKS if attack.run]
    assert len(runs) == len(set(runs)), "one attack stands twice"
    assert len(ROUNDS) == len({one.name for one in ROUNDS})
