"""S06–S08, S21–S23: less than certain links, protected records, successions, no number at all.

S07's "not in v1_district_month totals" belongs to a later issue and is not asked for here.
"""

from typing import Any

from infra.genesis import load_genesis
from projections import query as analyst
from tests.e2e import wire
from tests.e2e.cases.model import (
    MAY,
    WHOLE_MAY,
    Case,
    Rows,
    See,
    Step,
    Story,
    listed,
    opened,
    step,
    succession,
)
from tests.e2e.kit import Tekil, record

PHONE = "+905321112233"
FIRST_NAME, LAST_NAME, BIRTH_DATE = "Zübeyde", "Örnekoğlu", "1990-02-03"
PLACEHOLDER = "11111111110"


# -- S06, S07, S08 -------------------------------------------------------------------------------


def not_certain(story: Story) -> None:
    """What is not certain is answered to the month and without a contact."""
    answer = story.answers["s1"]
    assert answer["focal"] is None
    assert answer["window"] in (None, "2026-05-01/2026-06-01")


BUILDING = (
    ("KIZ", "TEMEL", "k1", "P11"), ("STK", "NAKIT", "s1", "P12"), ("BEL", "KIRA", "b1", "P13"),
    ("UNH", "WINT", "u1", "P14"), ("ESN", "AID", "e1", "P15"),
)  # fmt: skip


def s08_count(rows: int) -> See:
    """So many rows stand open, all of them possible."""

    def see(story: Story) -> None:
        found = story.rows()
        assert len(found) == rows
        assert all(row.startswith("double-coverage possible ") for row in found)
        if rows == 1:
            assert found == [f"double-coverage possible k1–s1 {WHOLE_MAY} 5000.00"]

    return see


def s08_steps() -> tuple[Step, ...]:
    """Five households, one telephone."""
    what, counts = "basic-needs/cash/m 5000", (0, 1, 3, 6, 0)
    steps = []
    for (org, programme, reference, person), count in zip(BUILDING, counts, strict=True):
        rows = record(programme, reference, what, MAY, f"R={person}")
        rows[0]["phone"] = PHONE
        steps.append(Step(org, tuple(rows), see=s08_count(count)))
    return tuple(steps)


def s08_withdrawn(story: Story) -> None:
    """All six rows were withdrawn."""
    found = story.tekil.query("SELECT status FROM v1_findings")
    assert [row["status"] for row in found] == ["withdrawn"] * 6


# -- S21 -----------------------------------------------------------------------------------------


def everything(tekil: Tekil) -> dict[str, str]:
    """All rows of every view that an analyst can read, as text."""
    names = tekil.query(
        "SELECT name FROM system.tables"
        f" WHERE database = '{tekil.settings.database}' AND name LIKE 'v1\\_%' ORDER BY name"
    )
    assert len(names) >= 15, "a look that saw nothing fails"
    return {
        row["name"]: str(analyst.query(tekil.settings, f"SELECT * FROM {row['name']}").plain())
        for row in names
    }


def s21_nowhere(story: Story) -> None:
    """No view and no other organisation's receipt names the protected record."""
    ids = {reference: answer["assistance_id"] for reference, answer in story.answers.items()}
    views = everything(story.tekil)
    assert ids["k1"] in views["v1_assistance"], "the look sees what is there"
    assert [name for name, text in views.items() if ids["s1"] in text] == []
    assert story.tekil.query("SELECT * FROM v1_findings") == []
    for org in ("KIZ", "BEL"):
        assert ids["s1"] not in story.tekil.run("receipts", "--org", org, "--json").out
    own = story.tekil.run("receipts", "--org", "STK", "--json").out
    assert ids["s1"] in own, "its own organisation is answered"


def s21_because_of_k1(story: Story) -> None:
    """BEL is told of KIZ alone."""
    answer = story.answers["b1"]
    assert (answer["focal"], answer["basis"]) == ("focal@kiz.example", "delivered")


# -- S22 -----------------------------------------------------------------------------------------

S22_ROW = "double-coverage {} k1–s1 " + WHOLE_MAY + " 4000.00"


def s22_answer_stays(story: Story) -> None:
    """What STK was told before the succession stays."""
    [row] = story.tekil.query("SELECT verdict FROM v1_verdicts WHERE org = 'STK'")
    assert row["verdict"] == "clear"


# -- S23 -----------------------------------------------------------------------------------------


def unnumbered(programme: str, reference: str) -> Rows:
    """A record of a person without any number."""
    rows = record(programme, reference, "food/voucher/m 3000", MAY, "R=P01")
    person = {"first_name": FIRST_NAME, "last_name": LAST_NAME, "birth_date": BIRTH_DATE}
    rows[0] |= {"id_scheme": "", "id_number": "", "phone": PHONE} | person
    return rows


def s23_refused(story: Story) -> None:
    """A placeholder's row and a list with a foreign column: answered, and nothing sent."""
    tekil = story.tekil
    words = ("basic-needs/cash/m 6000", MAY, "R=P01")
    before = {org: wire.sent_by(tekil, org) for org in ("KIZ", "STK")}
    placeholder = record("TEMEL", "k1", *words)
    placeholder[0]["id_number"] = PLACEHOLDER
    [answer] = tekil.publish("KIZ", placeholder, ok=(1,))
    said = {name: answer[name] for name in ("disposition", "reason", "field", "sent")}
    assert said == {
        "disposition": "rejected",
        "reason": "placeholder-identifier",
        "field": "id_number",
        "sent": False,
    }
    foreign = [row | {"name": LAST_NAME} for row in record("FOOD", "s9", *words)]
    path = str(tekil.write(foreign))
    refused = tekil.run("publish", path, "--org", "STK", "--json", ok=(2,))
    assert "name" in refused.err
    assert "not a known field" in refused.err
    assert LAST_NAME not in refused.err
    assert {org: wire.sent_by(tekil, org) for org in before} == before, "nothing was sent"


def s23_on_the_wire(story: Story) -> None:
    """The same, from a client that does not check: the registry refuses it."""
    tekil = story.tekil
    genesis = load_genesis(tekil.settings)
    assert genesis is not None
    tokens = dict(genesis.policy.placeholder_tokens)
    subjects = [{"role": "recipient", "tokens": [["tr.tckimlik", tokens["tr.tckimlik"]]]}]
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"subjects": subjects}, "placeholder-identifier"),
        ({"name": "somebody"}, "unknown-field"),
    )
    for number, (more, reason) in enumerate(cases, 1):
        headers, value = wire.submission(tekil, "KIZ", "KIZ", [wire.line(number, **more)])
        offset = wire.send(tekil.settings, headers, value)
        assert wire.rejection(tekil, offset)["reason"] == reason


def s23_see(story: Story) -> None:
    """What is refused, here and there, opens nothing."""
    before = story.rows()
    s23_refused(story)
    s23_on_the_wire(story)
    assert story.rows() == before


CASES = (
    Case(
        "S06",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, "R=P04 M=P05,P06"),
            step("STK", "NAKIT", "s1", "basic-needs/cash/m 4000", MAY, "R=P05 M=P07"),
        ),
        (f"double-coverage probable k1–s1 {WHOLE_MAY} 4000.00",),
        (("k1", "clear"), ("s1", "review")),
        see=not_certain,
    ),
    Case(
        "S07",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 6000", MAY, "R=P08 M=P10"),
            step("STK", "NAKIT", "s1", "basic-needs/cash/m 6000", MAY, "R=P09 M=P10"),
        ),
        (f"double-coverage possible k1–s1 {WHOLE_MAY} 6000.00",),
        (("k1", "clear"), ("s1", "clear")),
        see=not_certain,
    ),
    Case(
        "S08",
        s08_steps(),
        (),
        tuple((reference, "clear") for _, _, reference, _ in BUILDING),
        see=s08_withdrawn,
    ),
    Case(
        "S21",
        (
            step("KIZ", "TEMEL", "k1", "rent/cash/m 9000", MAY, "R=P19 M=P20,P21"),
            step("STK", "RENT", "s1", "rent/cash/m 9000", MAY, "R=P20 M=P21", protected="true"),
            step(
                "BEL", "KIRA", "b1", "rent/cash/m 9000", MAY, "R=P19 M=P20,P21",
                stage="planned", version=1, see=s21_because_of_k1,
            ),
        ),
        (),
        (("s1", "clear"), ("b1", "covered")),
        always=s21_nowhere,
    ),
    Case(
        "S22",
        (
            step("KIZ", "TEMEL", "k1", "basic-needs/cash/m 5000", MAY, "R=X1"),
            step("STK", "NAKIT", "s1", "basic-needs/cash/m 4000", MAY, "R=P01", see=opened()),
            listed(
                "STK", "succession", succession("x1", "X1", "P01"),
                see=opened(S22_ROW.format("probable")),
            ),
            listed("KIZ", "succession", succession("x2", "X1", "P01")),
        ),
        (S22_ROW.format("certain"),),
        (("k1", "clear"), ("s1", "clear")),
        see=s22_answer_stays,
    ),
    Case(
        "S23",
        (
            Step("STK", tuple(unnumbered("FOOD", "s1"))),
            Step("UNH", tuple(unnumbered("WINT", "u1"))),
            # KIZ and its programme are there for what is refused at the end
            step("KIZ", "TEMEL", "k0", "rent/cash/m 100", "2026-01", "R=P11"),
        ),
        (f"double-coverage possible s1–u1 {WHOLE_MAY} 3000.00",),
        (("s1", "uncheckable"), ("u1", "review")),
        see=s23_see,
    ),
)  # fmt: skip
