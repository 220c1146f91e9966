"""An RFC 9497 client that is not ours, in JavaScript, makes the tokens that Tekil makes."""

import json
from pathlib import Path

import pytest

import events
from cli import bootstrap, keyserving
from events.dates import Birth
from events.weak import recipient_identifiers
from infra.settings import Settings
from producers import keys
from producers.tokenising.opening import tokeniser_for
from producers.tokenising.pinned import read_pinned
from producers.tokens import Identifier
from tests.javascript import run

VECTORS = Path(str(events.__file__)).parent / "vectors" / "tokens.json"


def test_the_published_vectors() -> None:
    found = run("vectors.mjs", str(VECTORS))
    assert found.stderr == "", found.stderr
    assert found.stdout == "8 tokens agree, with each pair of servers\n"


def test_a_changed_vector_is_noticed(tmp_path: Path) -> None:
    """So that the agreement above is no accident of a script that looks at nothing."""
    token = "93fbd0e12c5de6ba9be739867b41a103"
    text = VECTORS.read_text("utf-8")
    assert token in text
    other = tmp_path / "tokens.json"
    other.write_text(text.replace(token, token[::-1]), "utf-8")
    found = run("vectors.mjs", str(other))
    assert found.returncode == 1
    assert "tr.tckimlik with servers 1,2" in found.stderr


ORG = "JSCLIENT"
PEOPLE: list[Identifier] = [
    ("tr.tckimlik", "99291417710"),
    ("unhcr.individual", "38519C00001"),
    *recipient_identifiers("محمد", "الأحمد", Birth(1990, 3, 25)),
    *(("case.kiz", f"R-{number}") for number in range(600)),  # more than a batch
]


@pytest.fixture
def partner(services: Settings) -> Settings:
    """A partner's machine beside three key servers that have enrolled it."""
    settings = services.model_copy(update={"namespace": "javascript"})
    bootstrap.prepare_keyservers(settings, lambda _text: None)
    if not keys.has_signing_key(settings, ORG):
        keys.keygen(settings, ORG)
    keyserving.enrol(settings, ORG, keys.load_public_key(settings, ORG))
    return settings


def configuration(settings: Settings, folder: Path, urls: tuple[str, ...]) -> str:
    (pinned,) = read_pinned(settings)
    path = folder / "config.json"
    key = settings.folder("keys") / f"{ORG}.key"
    said = {"org": ORG, "key": str(key), "servers": urls} | pinned.model_dump()
    path.write_text(json.dumps(said), "utf-8")
    return str(path)


def test_the_same_tokens_as_tekils_own_client(partner: Settings, tmp_path: Path) -> None:
    config = configuration(partner, tmp_path, partner.keyserver_urls)
    found = run("tokens.mjs", config, stdin=json.dumps(PEOPLE))
    assert found.stderr == "", found.stderr
    with tokeniser_for(partner, ORG, keys.load_signing_key(partner, ORG)) as tokeniser:
        ours = tokeniser.tokens(PEOPLE)
    assert [(token,) for token in json.loads(found.stdout)] == ours


def test_a_server_that_is_away_is_done_without(partner: Settings, tmp_path: Path) -> None:
    away = "http://127.0.0.1:1"
    urls = (away, *partner.keyserver_urls[1:])
    config = configuration(partner, tmp_path, urls)
    found = run("tokens.mjs", config, stdin=json.dumps(PEOPLE[:2]))
    assert found.returncode == 0
    assert "fetch failed" in found.stderr
    assert len(json.loads(found.stdout)) == 2


def test_another_key_than_the_pinned_one_is_refused(partner: Settings, tmp_path: Path) -> None:
    config = Path(configuration(partner, tmp_path, partner.keyserver_urls))
    said = json.loads(config.read_text("utf-8"))
    vectors = json.loads(VECTORS.read_text("utf-8"))
    said["public_key"] = vectors["committee"]["commitments"][0]
    config.write_text(json.dumps(said), "utf-8")
    found = run("tokens.mjs", str(config), stdin=json.dumps(PEOPLE[:1]))
    assert found.returncode == 1
    assert found.stderr.count("holds another key for e1 than the pinned one") == 3
    assert found.stdout == ""
