"""A check after one's own plan, through the real folds: that plan does not cover it."""

from datetime import date
from pathlib import Path

import pytest

from infra.settings import Settings
from producers import checking, publishing
from producers.answers import AnsweredRow
from producers.tokens import HmacTokeniser
from projections.block_rows import block_facts
from tests.fakes.projection_log import rows_of
from tests.fakes.system_wire import SystemWire
from tests.kit import System, assistance_id, chain, private_key, told

COLUMNS = (
    "reference", "programme", "stage", "purpose", "modality", "frequency", "amount", "currency",
    "covers_from", "covers_to", "district", "id_number",
)  # fmt: skip
ROW = ("TEMEL", "planned", "rent", "cash", "monthly", "6000", "TRY", "2025-01-01", "2025-02-01",
       "TUR034026")  # fmt: skip
NUMBER, OTHER = "99291417710", "99011524438"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


class Desk:
    """Organisations with lists of planned rent, who publish and check."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.wire = SystemWire(System.ready())
        self.tokeniser = HmacTokeniser(bytes(32))

    def row(self, reference: str, number: str = NUMBER) -> Path:
        path = self.folder / f"{reference}.csv"
        path.write_text(f"{','.join(COLUMNS)}\n{reference},{','.join(ROW)},{number}\n")
        return path

    def plans(self, org: str, reference: str) -> str:
        return self._verdict(
            publishing.publish_list(
                self.settings, org, self.row(reference), "assistance",
                private_key=private_key(org), tokeniser=self.tokeniser, connect=self.wire.connect,
            )
        )  # fmt: skip

    def checks(self, org: str, reference: str, number: str = NUMBER) -> str:
        return self._verdict(
            checking.check_list(
                self.settings, org, self.row(reference, number),
                private_key=private_key(org), tokeniser=self.tokeniser, connect=self.wire.connect,
            )
        )  # fmt: skip

    @staticmethod
    def _verdict(rows: list[AnsweredRow]) -> str:
        (row,) = rows
        assert row.answer is not None, row
        return row.answer["verdict"]


def test_ones_own_plan_does_not_cover_the_question_about_it(
    settings: Settings, tmp_path: Path
) -> None:
    desk = Desk(settings, tmp_path)
    assert desk.plans("KIZ", "k1") == "clear"
    assert desk.checks("KIZ", "k1") == "clear"


def test_a_question_says_why_it_is_asked(settings: Settings, tmp_path: Path) -> None:
    desk = Desk(settings, tmp_path)
    desk.checks("KIZ", "k1")
    system = desk.wire.system
    asked = [i["rec"] for i in system.items() if i.get("rec", {}).get("kind") == "inquiry"]
    assert [record["reason"] for record in asked] == ["other"]
    last = list(chain(system.blocks))[-1]
    (row,) = rows_of(block_facts(last, date(2025, 1, 1), 0)[0], "inquiries")
    assert (row["org"], row["reason"], row["purpose"]) == ("KIZ", "other", "rent")


def test_another_reference_of_ones_own_covers(settings: Settings, tmp_path: Path) -> None:
    desk = Desk(settings, tmp_path)
    desk.plans("KIZ", "k1")
    assert desk.checks("KIZ", "k2") == "covered"
    assert desk.checks("KIZ", "k2", OTHER) == "clear"


def test_another_organisations_plan_covers_under_whatever_reference(
    settings: Settings, tmp_path: Path
) -> None:
    desk = Desk(settings, tmp_path)
    desk.plans("STK", "k1")
    assert desk.checks("KIZ", "k1") == "covered"


def test_what_is_asked_about_is_the_askers_own() -> None:
    """Naming another organisation's assistance uncovers nothing."""
    system = System.ready()
    system.say("PLAN STK NAKIT s1 rent/cash/m 6000 2025-01 R=P01")
    org, _, record = told("ASK KIZ TEMEL q1 rent/cash/m 2025-01 R=P01")
    (row,) = system.submit(org, record | {"about": assistance_id("STK", "s1")})
    assert row["answer"] is not None
    assert row["answer"]["verdict"] == "covered"
