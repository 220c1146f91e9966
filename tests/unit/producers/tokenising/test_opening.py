"""From the settings to tokens in a submission: pinned epochs, overlaps, what people are told."""

import functools
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events import codec
from events.model import ADMINISTRATION, Assurance, Partner
from events.placeholder_list import PLACEHOLDERS
from infra.errors import SystemUnavailable, UsageProblem
from infra.settings import Settings
from keyserver.oprf import rfc9497
from keyserver.oprf.rfc9497 import Mode
from producers import checking, facts, keys, publishing
from producers.sdk import Publisher
from producers.tokenising.client import KeyServers
from producers.tokenising.inputs import token_input
from producers.tokenising.opening import tokeniser_for
from producers.tokenising.pinned import PinnedEpoch, epochs_path, read_pinned, write_pinned
from producers.tokenising.threshold import ThresholdTokeniser
from producers.tokens import HmacTokeniser, placeholder_tokens
from tests.fakes.key_servers import ORG, FakeKeyServers, refuses, unreachable
from tests.fakes.wire import FakeSystem
from tests.kit import private_key

ONE = ("tr.tckimlik", "99291417710")
LIST = (
    "reference,programme,stage,purpose,modality,frequency,amount,currency,"
    "covers_from,covers_to,district,id_number\n"
    "k1,TEMEL,delivered,basic-needs,cash,monthly,6000,TRY,2026-05-01,2026-06-01,TUR034026,{}\n"
)


@pytest.fixture
def three() -> Iterator[FakeKeyServers]:
    servers = FakeKeyServers("e1", "e2")
    servers.clock.seconds = time.time()
    yield servers
    servers.close()


@pytest.fixture
def settings(tmp_path: Path, three: FakeKeyServers, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A partner's machine that has pinned e1; lists are tokenised by the fake servers."""
    settings = Settings(home=tmp_path / "home")
    write_pinned(settings, three.pinned[:1])
    opened = functools.partial(tokeniser_for, transport=three.transport)
    for module in (publishing, checking):
        monkeypatch.setattr(module, "tokeniser_for", opened)
    return settings


def token(three: FakeKeyServers, epoch: str = "e1") -> str:
    output = rfc9497.evaluate(three.secrets[epoch], token_input(epoch, *ONE), Mode.VOPRF)
    return output[:16].hex()


def publish(settings: Settings, folder: Path, number: str = ONE[1]) -> tuple[FakeSystem, list[str]]:
    """What was sent, and what a person was told."""
    path, system, told = folder / "list.csv", FakeSystem(), list[str]()
    path.write_text(LIST.format(number), encoding="utf-8")
    publishing.publish_list(
        settings, ORG, path, private_key=private_key(ORG), notify=told.append,
        connect=system.connect,
    )  # fmt: skip
    return system, told


def sent(system: FakeSystem) -> tuple[str, str, list[list[str]]]:
    """Assurance, epoch and tokens of the one submission."""
    ((headers, value),) = system.messages
    envelope = codec.open_envelope(headers, value)
    manifest = json.loads(value.splitlines()[0])
    lines = [json.loads(line) for line in value.splitlines()[1:]]
    assert envelope
    return manifest["assurance"], manifest["tokens_epoch"], lines[0]["subjects"][0]["tokens"]


def test_a_slow_line_can_be_given_longer(settings: Settings, three: FakeKeyServers) -> None:
    """From the setting to each exchange, and time for some tries of that length."""
    for seconds, tried in ((40.0, 160.0), (15.0, 60.0)):
        slow = settings.model_copy(update={"keyserver_seconds": seconds})
        opened = tokeniser_for(slow, ORG, private_key(ORG), transport=three.transport)
        with opened as tokeniser:
            assert isinstance(tokeniser, ThresholdTokeniser)
            client = tokeniser._servers
            assert isinstance(client, KeyServers)
            given = {peer.connection._seconds for peer in client._roster.peers}
            assert (given, client._patience.failing_seconds) == ({seconds}, tried)


# -- pinned epochs ---------------------------------------------------------------------------------


def test_pinned_epochs_come_back_in_their_order(settings: Settings, three: FakeKeyServers) -> None:
    path = write_pinned(settings, three.pinned)
    assert read_pinned(settings) == tuple(three.pinned)
    assert json.loads(path.read_text()) == [
        {"epoch": one.epoch, "public_key": one.public_key} for one in three.pinned
    ]


GOOD = FakeKeyServers("e1").pinned[0].public_key


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "[1]",
        json.dumps([{"epoch": "e1"}]),
        json.dumps([{"epoch": "E1", "public_key": GOOD}]),
        json.dumps([{"epoch": "e1", "public_key": GOOD[:-1]}]),
        json.dumps([{"epoch": "e1", "public_key": "0" * 64}]),
        json.dumps([{"epoch": "e1", "public_key": "f" * 64}]),
        json.dumps([{"epoch": "e1", "public_key": GOOD, "more": 1}]),
        json.dumps([{"epoch": "e1", "public_key": GOOD}] * 2),
        json.dumps([{"epoch": f"e{n}", "public_key": GOOD} for n in range(3)]),
    ],
)
def test_a_damaged_file_says_what_to_do(settings: Settings, content: str) -> None:
    epochs_path(settings).write_text(content)
    with pytest.raises(UsageProblem, match=r"epochs\.json is not a list .* tekil up"):
        read_pinned(settings)


def test_a_missing_file_says_what_to_do(settings: Settings) -> None:
    epochs_path(settings).unlink()
    with pytest.raises(UsageProblem, match=r"does not exist. Where .* run: tekil up. Else write"):
        read_pinned(settings)


@pytest.mark.parametrize("names", [[], ["e1", "e1"], ["e1", "e2", "e3"]])
def test_what_cannot_be_pinned_leaves_the_file_alone(settings: Settings, names: list[str]) -> None:
    before = read_pinned(settings)
    with pytest.raises(UsageProblem, match="One to 2 different"):
        write_pinned(settings, [PinnedEpoch(epoch=name, public_key=GOOD) for name in names])
    assert read_pinned(settings) == before


# -- which tokeniser -------------------------------------------------------------------------------


def test_the_shared_key(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, assurance="hmac")
    key = keys.token_key(settings, make=True)
    with tokeniser_for(settings, ORG, private_key(ORG)) as tokeniser:
        assert tokeniser.tokens([ONE]) == HmacTokeniser(key).tokens([ONE])


def test_one_server(tmp_path: Path) -> None:
    one = FakeKeyServers("e1", servers=1, needed=1)
    one.clock.seconds = time.time()
    settings = Settings(home=tmp_path, assurance="single")
    assert settings.keyserver_urls == ("http://127.0.0.1:18071",)
    write_pinned(settings, one.pinned)
    with tokeniser_for(settings, ORG, private_key(ORG), transport=one.transport) as tokeniser:
        assert tokeniser.tokens([ONE]) == [(token(one),)]
        assert tokeniser.assurance is Assurance.SINGLE


def test_placeholders_have_tokens_of_both_epochs(settings: Settings, three: FakeKeyServers) -> None:
    write_pinned(settings, three.pinned)
    with tokeniser_for(
        settings, ADMINISTRATION, private_key(ADMINISTRATION), transport=three.transport
    ) as tokeniser:
        found = placeholder_tokens(tokeniser)
    assert len(set(found)) == 2 * len(PLACEHOLDERS)
    assert [kind for kind, _ in found[::2]] == [kind for kind, _ in PLACEHOLDERS]


def test_a_quarantine_has_both_tokens() -> None:
    fact = facts.quarantine(bytes(32), ONE, ("a" * 32, "b" * 32), lift=False)
    assert fact["subjects"][0]["tokens"] == [[ONE[0], "a" * 32], [ONE[0], "b" * 32]]


def test_other_addresses_are_asked_where_the_settings_name_them(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, keyservers=" https://a.example/ ,https://b.example,")
    assert settings.keyserver_urls == ("https://a.example", "https://b.example")
    single = settings.model_copy(update={"assurance": "single"})
    assert single.keyserver_urls == ("https://a.example",)


# -- lists -----------------------------------------------------------------------------------------


def test_a_list_goes_out_with_threshold_tokens(
    settings: Settings, three: FakeKeyServers, tmp_path: Path
) -> None:
    system, told = publish(settings, tmp_path)
    assert sent(system) == ("threshold", "e1", [[ONE[0], token(three)]])
    assert told == []
    before = three.elements
    publish(settings, tmp_path)
    assert three.elements == before, "all from the cache"


def test_in_an_overlap_a_list_carries_both_epochs_tokens(
    settings: Settings, three: FakeKeyServers, tmp_path: Path
) -> None:
    publish(settings, tmp_path)
    write_pinned(settings, three.pinned)
    system, _ = publish(settings, tmp_path)
    both = [[ONE[0], token(three, epoch)] for epoch in ("e1", "e2")]
    assert sent(system) == ("threshold", "e1-e2", both)
    assert three.elements == 4, "e1 was in the cache"


def test_bad_servers_are_told_after_the_run_whatever_its_end(
    settings: Settings, three: FakeKeyServers, tmp_path: Path
) -> None:
    three.servers[0].before = refuses(401, "unknown-partner")
    _, told = publish(settings, tmp_path)
    assert ["Key server 1 (http://127.0.0.1:18071): it does not know" in one for one in told] == [
        True
    ]
    three.servers[1].before = refuses(401, "unknown-partner")
    with pytest.raises(SystemUnavailable, match="must enrol"):
        publish(settings, tmp_path, "99011524438")


def test_a_check_asks_for_the_tokens_of_many_rows_at_once(
    settings: Settings, three: FakeKeyServers, tmp_path: Path
) -> None:
    numbers = ["99291417710", "99011524438", "98453331444"]
    head, row, _ = LIST.split("\n")
    rows = [row.format(one).replace("k1", one[:5]) for one in numbers]
    path, system = tmp_path / "list.csv", FakeSystem()
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    checking.check_list(settings, ORG, path, private_key=private_key(ORG), connect=system.connect)
    assert sum(server.requests for server in three.servers) == 2
    assert three.elements == 6


def test_a_list_without_identifiers_needs_neither_epochs_nor_servers(
    settings: Settings, three: FakeKeyServers, tmp_path: Path
) -> None:
    epochs_path(settings).unlink()
    for server in three.servers:
        server.before = unreachable
    system, told = publish(settings, tmp_path, "")
    assert sent(system)[1:] == ("none", [])
    assert told == []


def test_without_pinned_epochs_nothing_is_sent(settings: Settings, tmp_path: Path) -> None:
    epochs_path(settings).unlink()
    with pytest.raises(UsageProblem, match="tekil up"):
        publish(settings, tmp_path)


def test_nobody_is_asked_before_a_token_is_needed(
    settings: Settings, three: FakeKeyServers
) -> None:
    key: Ed25519PrivateKey = private_key(ORG)
    with tokeniser_for(settings, ORG, key, transport=three.transport) as tokeniser:
        assert (tokeniser.assurance, tokeniser.epoch) == (Assurance.THRESHOLD, "e1")
        assert tokeniser.tokens([]) == []
    assert three.elements == 0


PARTNER = Partner(
    kind="partner", nonce="0" * 32, version=1, org=ORG, name="K", mailbox="k@k.example"
)


def test_preparing_what_comes_next_is_no_silence(settings: Settings) -> None:
    """Tokens from key servers may take minutes; the answers wait in the broker meanwhile."""
    seconds = [0.0]

    class Late(FakeSystem):
        def poll(self, seconds: float) -> list[bytes]:
            return super().poll(seconds) if seconds else []

    def slowly(count: int) -> Iterator[Partner]:
        for number in range(count):
            seconds[0] += 1
            yield PARTNER.model_copy(update={"nonce": f"{number:032x}"})

    late = Late()
    client = Publisher(
        settings, ORG, private_key(ORG), None, connect=late.connect, clock=lambda: seconds[0]
    )
    with client:
        assert len(list(client.publish(slowly(1_200)))) == 1_200
