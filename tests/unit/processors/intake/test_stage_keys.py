"""Keys of stages at the door: whose they are, and that a stage is never without one."""

from typing import Any

import pytest

from events.model import ADMINISTRATION, SUPERVISOR
from events.outputs import Row
from tests.kit import System, public_hex


def said(system: System, name: str = "next", signer: str = ADMINISTRATION, **more: Any) -> Row:
    fields: dict[str, Any] = {"stage": "registry", "public_key": public_hex(name), "version": 1}
    return system.control("stage-key", signer=signer, **fields | more)


def result(row: Row) -> tuple[str, str, str]:
    return row["disposition"], row["reason"], row["field"]


def test_the_next_key_is_introduced_and_the_last_one_ended() -> None:
    system = System.ready()
    assert result(said(system)) == ("accepted", "", "")
    ended = said(system, "registry", version=2, status="revoked")
    assert result(ended) == ("accepted", "", "")
    assert result(said(system, "registry", version=3)) == ("rejected", "revoked-key", "public_key")


@pytest.mark.parametrize("stage", ["intake", "registry", "receipts"])
def test_a_stage_keeps_one_key(stage: str) -> None:
    system = System.ready()
    row = said(system, stage, stage=stage, version=2, status="revoked")
    assert result(row) == ("rejected", "not-allowed", "status")


@pytest.mark.parametrize(
    ("name", "stage", "field"),
    [
        ("intake", "registry", "public_key"),
        ("KIZ", "intake", "public_key"),
        (ADMINISTRATION, "receipts", "public_key"),
    ],
)
def test_a_key_has_one_owner(name: str, stage: str, field: str) -> None:
    row = said(System.ready(), name, stage=stage)
    assert result(row) == ("rejected", "not-allowed", field)


def test_nor_does_a_stages_key_speak_for_an_organisation() -> None:
    row = System.ready().control("key", org="KIZ", public_key=public_hex("intake"))
    assert result(row) == ("rejected", "not-allowed", "public_key")


def test_what_was_never_begun_cannot_end() -> None:
    row = said(System.ready(), version=2, status="revoked")
    assert result(row) == ("rejected", "not-allowed", "status")


@pytest.mark.parametrize("signer", [SUPERVISOR, "KIZ"])
def test_the_administration_alone_says_it(signer: str) -> None:
    assert result(said(System.ready(), signer=signer))[:2] == ("rejected", "not-allowed")
