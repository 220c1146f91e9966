"""The client and the whole way of a list, on a fake system."""

import stat
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from events import codec, signing
from events.model import Partner
from events.rejection import Reason, Refusal
from infra.errors import SystemUnavailable, UsageProblem
from infra.settings import Settings
from producers import answers, keys, publishing
from producers.answers import AnsweredRow
from producers.batching import Line, Signer, batches
from producers.records import assistance_id
from producers.sdk import Publisher, Step
from producers.tokens import HmacTokeniser
from tests.fakes.wire import FakeSystem

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
TOKENISER = HmacTokeniser(bytes(32))
COLUMNS = (
    "reference,programme,stage,version,purpose,modality,frequency,amount,currency,"
    "covers_from,covers_to,district,role,id_number"
)
FIRST = "k1,TEMEL,delivered,,basic-needs,cash,monthly,6000,TRY,2026-05-01,2026-06-01,TUR034026,,{}"
MEMBER = "k1,,,,,,,,,,,,,{}"
P01, P02 = "99291417710", "99011524438"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", assurance="hmac")
    keys.keygen(settings, "KIZ")
    keys.token_key(settings, make=True)
    return settings


def partner(number: int) -> Partner:
    return Partner(
        kind="partner",
        nonce=f"{number:032x}",
        version=1,
        org="KIZ",
        name="K",
        mailbox="k@k.example",
    )


def publisher(system: FakeSystem, settings: Settings, **options: float) -> Publisher:
    clock: Iterator[int] = iter(range(0, 1_000_000, 10))
    return Publisher(
        settings, "KIZ", KEY, TOKENISER,
        connect=system.connect, clock=lambda: next(clock), **options,  # type: ignore[arg-type]
    )  # fmt: skip


def file(folder: Path, *rows: str) -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join([COLUMNS, *rows]), encoding="utf-8")
    return path


def publish(settings: Settings, system: FakeSystem, path: Path) -> list[AnsweredRow]:
    return publishing.publish_list(settings, "KIZ", path, connect=system.connect)


def said(rows: list[AnsweredRow]) -> list[tuple[int, str, int, str]]:
    return [(row.row, row.disposition, row.version, row.reason) for row in rows]


# -- batches and submissions -----------------------------------------------------------


@given(st.lists(st.integers(1, 400_000), max_size=12), st.integers(0, 1_200))
def test_submissions_keep_to_the_limits_and_the_order(sizes: list[int], small: int) -> None:
    lines = [Line(bytes(size), i) for i, size in enumerate([*sizes, *[10] * small])]
    signer = Signer("KIZ", KEY, TOKENISER.assurance, "e1")
    seen = []
    for batch in batches(lines):
        submission = signer.submission(batch)
        assert len(batch) <= codec.MAX_RECORDS
        assert len(submission.value) <= codec.MAX_SUBMISSION_BYTES
        seen += [line.tag for line in batch]
    assert seen == list(range(len(lines)))


def test_a_line_that_fits_nowhere_stops() -> None:
    with pytest.raises(ValueError, match="larger"):
        list(batches([Line(bytes(codec.MAX_SUBMISSION_BYTES), 0)]))


def test_the_same_lines_are_the_same_submission() -> None:
    signer = Signer("KIZ", KEY, TOKENISER.assurance, "e1")
    one = signer.submission((Line(b"{}", 1),))
    assert one == signer.submission((Line(b"{}", 1),))
    others = [
        signer.submission((Line(b"{ }", 1),)),
        signer.submission((Line(b"{}", 1, refusals=1),)),
        Signer("STK", KEY, TOKENISER.assurance, "e1").submission((Line(b"{}", 1),)),
        Signer("KIZ", Ed25519PrivateKey.generate(), TOKENISER.assurance, "e1").submission(
            (Line(b"{}", 1),)
        ),
    ]
    assert one.submission_id not in {other.submission_id for other in others}
    envelope = codec.open_envelope(one.headers, one.value)
    assert envelope.verified(signing.public_bytes(KEY))


# -- the publisher ---------------------------------------------------------------------


def test_every_record_is_answered_in_order(settings: Settings) -> None:
    system, steps = FakeSystem(), list[Step]()
    with publisher(system, settings) as client:
        found = list(client.publish(map(partner, range(1_234)), steps.append, 1_234))
    assert [int(record.nonce, 16) for record, _ in found] == list(range(1_234))
    assert len(system.messages) == 3
    assert steps[-1] == Step(1_234, 1_234, 1_234)


def test_silence_is_an_error_that_says_that_nothing_is_lost(settings: Settings) -> None:
    system = FakeSystem()
    system.mute = 1
    with publisher(system, settings) as client, pytest.raises(SystemUnavailable, match="safe"):
        list(client.publish([partner(1)]))
    with publisher(system, settings) as client:
        ((_, answer),) = client.publish([partner(1)])
    assert answer.disposition == "accepted"
    first, second = system.messages
    assert first == second


def test_no_more_than_a_few_submissions_are_in_flight(settings: Settings) -> None:
    system = FakeSystem()
    system.mute = 99
    with (
        publisher(system, settings, in_flight=3, patience_seconds=500) as client,
        pytest.raises(SystemUnavailable),
    ):
        list(client.publish(map(partner, range(5_000))))
    assert len(system.messages) == 3


def test_an_unregistered_organisation_is_told_what_is_missing(settings: Settings) -> None:
    with publisher(FakeSystem(known=False), settings) as client:
        with pytest.raises(Refusal) as caught:
            client.open()
        assert caught.value.reason is Reason.UNKNOWN_PARTNER


def test_a_refused_message_refuses_each_record(settings: Settings) -> None:
    system = FakeSystem()
    system.refuse_message = Reason.REVOKED_KEY
    with publisher(system, settings) as client:
        found = [answer for _, answer in client.publish(map(partner, range(3)))]
    assert [(a.disposition, a.reason) for a in found] == [("rejected", "revoked-key")] * 3


def test_control_records_are_signed_by_the_administration(settings: Settings) -> None:
    system = FakeSystem()
    admin = Ed25519PrivateKey.generate()
    with Publisher(settings, "ADMIN", admin, None, connect=system.connect) as client:
        ((_, answer),) = client.publish([partner(1)])
    assert answer.disposition == "accepted"
    envelope = codec.open_envelope(*system.messages[0])
    assert envelope.manifest.org == "ADMIN"
    assert envelope.verified(signing.public_bytes(admin))


# -- a list's whole way ----------------------------------------------------------------


def test_s18_repeat_resend_conflict(settings: Settings, tmp_path: Path) -> None:
    system = FakeSystem()
    rows = [FIRST.format(P01), MEMBER.format(P02)]
    assert said(publish(settings, system, file(tmp_path, *rows))) == [
        (2, "accepted", 2, ""),
        (3, "accepted", 2, ""),
    ]
    for _ in range(3):
        again = publish(settings, system, file(tmp_path, *rows))
        assert said(again) == [(2, "duplicate", 2, ""), (3, "duplicate", 2, "")]
        assert again[0].answer is not None
    assert len(set(system.lines)) == 1
    conflict = [rows[0].replace("delivered,,", "delivered,2,").replace("6000", "6500"), rows[1]]
    assert said(publish(settings, system, file(tmp_path, *conflict)))[0][1:] == (
        "rejected", 2, "id-conflict",
    )  # fmt: skip
    assert said(publish(settings, system, file(tmp_path, *rows)))[0][1:3] == ("duplicate", 2)


def test_s23_placeholders_are_answered_and_not_sent(settings: Settings, tmp_path: Path) -> None:
    system = FakeSystem()
    good = FIRST.format(P01).replace("k1", "k2")
    rows = publish(settings, system, file(tmp_path, FIRST.format("11111111110"), good))
    assert [(r.reference, r.disposition, r.sent) for r in rows] == [
        ("k1", "rejected", False),
        ("k2", "accepted", True),
    ]
    assert rows[0].reason == "placeholder-identifier"
    assert len(system.lines) == 1


def test_s23_an_unknown_column_sends_nothing(settings: Settings, tmp_path: Path) -> None:
    system, path = FakeSystem(), tmp_path / "list.csv"
    path.write_text(f"{COLUMNS},name\n{FIRST.format(P01)},x\n", encoding="utf-8")
    with pytest.raises(UsageProblem) as caught:
        publish(settings, system, path)
    assert (caught.value.reason, caught.value.field) == (Reason.UNKNOWN_FIELD, "name")
    assert "name" in caught.value.explained("tr")
    assert not system.messages


@pytest.mark.parametrize("content", ["", COLUMNS + "\n"])
def test_empty_files(settings: Settings, tmp_path: Path, content: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageProblem) as caught:
        publish(settings, FakeSystem(), path)
    assert caught.value.reason is Reason.EMPTY_FILE


def test_a_crash_between_sending_and_answer_makes_no_second_version(
    settings: Settings, tmp_path: Path
) -> None:
    class Dies(FakeSystem):
        def poll(self, seconds: float) -> list[bytes]:
            raise SystemUnavailable("the process dies here")

    system, path = Dies(), file(tmp_path, FIRST.format(P01))
    with pytest.raises(SystemUnavailable):
        publish(settings, system, path)
    after = FakeSystem()
    assert said(publish(settings, after, path)) == [(2, "accepted", 2, "")]
    assert after.messages == system.messages


def test_after_the_cause_is_mended_a_rejected_row_is_sent_as_a_new_submission(
    settings: Settings, tmp_path: Path
) -> None:
    system, path = FakeSystem(), file(tmp_path, FIRST.format(P01))
    system.refuse = lambda record: Reason.UNKNOWN_PROGRAMME
    assert said(publish(settings, system, path)) == [(2, "rejected", 2, "unknown-programme")]
    system.refuse = lambda record: None
    assert said(publish(settings, system, path)) == [(2, "accepted", 2, "")]
    assert system.lines[0] == system.lines[1]
    assert system.messages[0] != system.messages[1]


def test_a_file_with_plan_and_delivery_sent_twice(settings: Settings, tmp_path: Path) -> None:
    system = FakeSystem()
    paid = FIRST.format(P01)
    path = file(tmp_path, paid.replace("delivered", "planned"), paid)
    assert [v for _, _, v, _ in said(publish(settings, system, path))] == [1, 2]
    again = publish(settings, system, path)
    assert [(d, v) for _, d, v, _ in said(again)] == [("duplicate", 1), ("duplicate", 2)]


def test_records_are_sent_in_the_order_of_the_file(settings: Settings, tmp_path: Path) -> None:
    system = FakeSystem()
    rows = [FIRST.format(P01).replace("k1", f"k{i % 700}") for i in range(1_400)]
    rows[700:] = [row.replace("delivered", "amended") for row in rows[700:]]
    found = publish(settings, system, file(tmp_path, *rows))
    key = keys.reference_key(settings, "KIZ")
    wanted = [assistance_id(key, "KIZ", f"k{i % 700}") for i in range(1_400)]
    assert [record.assistance_id for record in system.records()] == wanted
    assert [row.version for row in found] == [2] * 700 + [3] * 700


def test_nothing_of_a_person_leaves(settings: Settings, tmp_path: Path) -> None:
    system, path = FakeSystem(), tmp_path / "list.csv"
    secrets = {"first_name": "Zeynep", "last_name": "Yılmaz", "birth_date": "01.02.1990",
               "phone": "+905321112233", "iban": "TR330006100519786457841326", "sex": "K",
               "case_number": "385-19C00001"}  # fmt: skip
    row = FIRST.format(P01).replace("k1", P02)  # the reference is an identity number, too
    path.write_text(
        f"{COLUMNS},{','.join(secrets)}\n{row},{','.join(secrets.values())}\n", encoding="utf-8"
    )
    (answer,) = publish(settings, system, path)
    assert answer.disposition == "accepted"
    everything = b"".join(value for _, value in system.messages)
    everything += b"".join(p.read_bytes() for p in settings.root.rglob("*") if p.is_file())
    for value in [P01, P02, *secrets.values()]:
        if len(value) > 1:
            assert value.encode() not in everything


def test_validate_needs_neither_keys_nor_broker(tmp_path: Path) -> None:
    path = file(tmp_path, FIRST.format(P01), FIRST.replace("k1", "k2").format("99291417711"))
    rows = publishing.validate_list("KIZ", path, "assistance")
    assert [(r.row, r.disposition, r.reason) for r in rows] == [
        (2, "valid", ""),
        (3, "rejected", "invalid-identifier"),
    ]


def test_what_the_model_refuses_is_told_by_column(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        FIRST.format(P01).replace("2026-06-01", "2026-04-01"),
        FIRST.format(P01).replace("k1", "k2").replace("6000", "9999999999999"),
        FIRST.format(P01).replace("k1", "k3").replace("026,,", "026,member,"),
        FIRST.format(P01).replace("k1", "k4").replace("delivered", "returned"),
        FIRST.format(P01).replace("k1", "k5").replace("TRY", "LIRA"),
    )
    rows = publishing.validate_list("KIZ", path, "assistance")
    assert [r.field for r in rows] == ["covers_to", "amount", "role", "returned_amount", "currency"]


def test_programmes_of_the_administration(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "programmes.csv"
    path.write_text("programme,owner,budget,currency\nTEMEL,KIZ,,\nSTK-NAKIT,,5000,TRY\n")
    system = FakeSystem()
    rows = publishing.publish_list(
        settings, "ADMIN", path, "programme",
        private_key=KEY, connect=system.connect,
    )  # fmt: skip
    assert [(r.disposition, r.version) for r in rows] == [("accepted", 1), ("accepted", 1)]
    assert [(r.programme, r.owner) for r in system.records()] == [
        ("KIZ-TEMEL", "KIZ"),
        ("STK-NAKIT", "STK"),
    ]


# -- answers ---------------------------------------------------------------------------


def test_json_of_a_row(settings: Settings, tmp_path: Path) -> None:
    (row,) = publish(settings, FakeSystem(), file(tmp_path, FIRST.format(P01)))
    found = answers.as_json(row)
    assert orjson.loads(orjson.dumps(found)) == found
    assert (found["reference"], found["row"], found["verdict"]) == ("k1", 2, "clear")
    assert (found["window"], found["basis"], found["sent"]) == (None, None, True)


# -- keys ------------------------------------------------------------------------------


def test_keys_are_made_once_and_are_private(settings: Settings) -> None:
    with pytest.raises(UsageProblem, match="not overwritten"):
        keys.keygen(settings, "KIZ")
    key = keys.load_signing_key(settings, "KIZ")
    assert signing.public_bytes(key).hex() == keys.load_public_key(settings, "KIZ")
    assert keys.token_key(settings, make=True) == keys.token_key(settings)
    assert keys.reference_key(settings, "KIZ") == keys.reference_key(settings, "KIZ")
    assert keys.reference_key(settings, "KIZ") != keys.reference_key(settings, "STK")
    for path in settings.root.rglob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_missing_and_broken_keys_say_what_to_do(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(UsageProblem, match="tekil keygen KIZ"):
        keys.load_signing_key(settings, "KIZ")
    with pytest.raises(UsageProblem, match="tekil up"):
        keys.token_key(settings)
    (settings.folder("keys") / "KIZ.key").write_text("nonsense")
    with pytest.raises(UsageProblem, match="Ed25519"):
        keys.load_signing_key(settings, "KIZ")
    (settings.folder("keys") / keys.TOKEN_KEY_FILE).write_bytes(b"short")
    with pytest.raises(UsageProblem, match="32 bytes"):
        keys.token_key(settings)


@pytest.mark.parametrize("org", ["../x", "kiz", "K", "KIZ/..", ""])
def test_an_organisations_code_cannot_name_a_path(tmp_path: Path, org: str) -> None:
    with pytest.raises(UsageProblem):
        keys.keygen(Settings(home=tmp_path), org)
