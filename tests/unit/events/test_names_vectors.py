"""events/vectors/canonical.json: the published inputs give the published outputs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import events
from events.dates import birth
from events.identity import account, case_number, identifier, phone
from events.names import skeleton
from events.rejection import Refusal
from events.weak import TYPES, weak_identifiers
from tests.matching.febrl import remains

FILE = Path(str(events.__file__)).parent / "vectors" / "canonical.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text("utf-8"))


def answer(find: Callable[[], tuple[str, str]]) -> dict[str, str]:
    """What is found, or the reason of the refusal."""
    try:
        kind, canonical = find()
    except Refusal as refusal:
        return {"refused": refusal.reason.value}
    return {"type": kind, "canonical": canonical}


def test_the_file_has_each_kind_of_vector() -> None:
    assert {kind: len(some) for kind, some in VECTORS.items() if kind != "version"} == {
        "skeletons": 131,
        "dates": 37,
        "weak": 9,
        "identifiers": 20,
        "phones": 8,
        "accounts": 5,
        "cases": 12,
    }
    given = {kind for vector in VECTORS["weak"] for kind, _ in vector["identifiers"]}
    assert given == set(TYPES)


@pytest.mark.parametrize("vector", VECTORS["skeletons"])
def test_skeletons(vector: dict[str, str]) -> None:
    assert skeleton(vector["name"]) == vector["skeleton"]


@pytest.mark.parametrize("vector", VECTORS["dates"])
def test_dates(vector: dict[str, str]) -> None:
    try:
        found = {"birth": birth(vector["text"]).text}
    except Refusal as refusal:
        found = {"refused": refusal.reason.value}
    assert vector == {"text": vector["text"], **found}


@pytest.mark.parametrize("vector", VECTORS["weak"])
def test_weak_combinations(vector: dict[str, Any]) -> None:
    born = remains(vector["birth"])
    found = weak_identifiers(vector["first"], vector["last"], born, sex=vector["sex"])
    assert [list(pair) for pair in found] == vector["identifiers"]


@pytest.mark.parametrize("vector", VECTORS["identifiers"])
def test_identifiers(vector: dict[str, str]) -> None:
    scheme, number = vector["scheme"], vector["number"]
    found = answer(lambda: identifier(scheme, number))
    assert vector == {"scheme": scheme, "number": number, **found}


@pytest.mark.parametrize("vector", VECTORS["phones"])
def test_phones(vector: dict[str, str]) -> None:
    assert vector == {"text": vector["text"], **answer(lambda: phone(vector["text"]))}


@pytest.mark.parametrize("vector", VECTORS["accounts"])
def test_accounts(vector: dict[str, str]) -> None:
    assert vector == {"text": vector["text"], **answer(lambda: account(vector["text"]))}


@pytest.mark.parametrize("vector", VECTORS["cases"])
def test_case_numbers(vector: dict[str, str]) -> None:
    org, text = vector["org"], vector["text"]
    assert vector == {"org": org, "text": text, **answer(lambda: case_number(text, org))}
