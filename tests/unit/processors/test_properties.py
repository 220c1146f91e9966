"""Orders, repeats, cuts into blocks, crashes and foreign blocks, found by hypothesis."""

from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import codec
from events.journal import Head, decode_block, encode_block
from events.model import ADMINISTRATION
from tests.fakes.store import MemoryStore
from tests.kit import ZERO_NONCE, System, assistance

FEW = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
PEOPLE = ("P1", "P2", "P3")
STAGES = ("delivered", "delivered", "delivered", "planned", "amended", "returned", "cancelled")
ENDS = ("05-28", "06-02", "06-30")
PAYERS = (("KIZ", "ESSN"), ("KIZ", "OTHER"), ("STK", "RENT"), ("BEL", "KIRA"))


@dataclass(frozen=True)
class Sent:
    """One submission: who sends which records."""

    org: str
    records: tuple[dict[str, Any], ...]

    def lines(self) -> list[bytes]:
        return [codec.dumps(record) for record in self.records]


def versions(chance: Random, number: int) -> list[Sent]:
    """All versions of one assistance, each a submission of its own."""
    org, programme = chance.choice(PAYERS)
    found = []
    for version in range(1, chance.randint(1, 3) + 1):
        people = chance.sample(PEOPLE, chance.randint(1, 3))
        who = f"R={people[0]}" + "".join(f" M={p}" for p in people[1:])
        if chance.random() < 0.3:
            who += f" B={chance.choice(PEOPLE)}"
        amount = chance.choice(("0", "0.05", "100", "333.33"))
        stage = chance.choice(STAGES)
        more: dict[str, Any] = {"version": version, "stage": stage}
        if stage == "returned":
            more["returned_amount"] = chance.choice(("0", amount))
        if chance.random() < 0.05:
            more["protected"] = True
        purpose = chance.choice(("rent", "rent", "rent", "education", "winterisation"))
        modality = chance.choice(("cash", "cash", "cash", "voucher", "in-kind"))
        covers = f"2026-05-{chance.randint(1, 20):02},2026-{chance.choice(ENDS)}"
        what = f"{purpose}/{modality}/{chance.choice('m1')} {amount}"
        record = assistance(org, programme, f"r{number}", what, covers, who, **more)
        found.append(Sent(org, (record,)))
    return found


def history_of(seed: int) -> list[Sent]:
    """Submissions of a handful of assistances. Drawn evenly: hypothesis' own choice of so many
    small things tends to the simplest, which seldom meet.
    """
    chance = Random(seed)
    return [one for number in range(chance.randint(2, 6)) for one in versions(chance, number)]


def histories() -> st.SearchStrategy[list[Sent]]:
    """Histories by their seed."""
    return st.integers(0, 10**9).map(history_of)


def open_findings(system: System) -> list[tuple[object, ...]]:
    """What property 1 compares."""
    said = ("finding_id", "kind", "strength", "org_a", "assistance_a", "org_b", "assistance_b")
    more = ("purpose", "overlap_from", "overlap_to", "amount_at_risk", "currency", "district")
    return sorted(
        tuple(f[name] for name in (*said, *more))  # type: ignore[literal-required]
        for f in system.findings().values()
        if f["status"] == "open"
    )


def played(submissions: list[Sent]) -> System:
    """A system that took each submission as a block."""
    system = System.ready()
    for one in submissions:
        system.send(system.message(one.org, one.lines()))
    assert system.conserved()
    return system


@FEW
@given(histories(), st.data())
def test_open_findings_do_not_depend_on_order_or_repetition(
    history: list[Sent], data: st.DataObject
) -> None:
    repeats = data.draw(st.lists(st.sampled_from(history), max_size=4))
    shuffled = data.draw(st.permutations(history + repeats))
    expected = open_findings(played(history))
    assert open_findings(played(shuffled)) == expected


def test_the_generated_histories_lead_to_findings() -> None:
    assert sum(len(open_findings(played(history_of(seed)))) for seed in range(100)) >= 30


# -- blocks --------------------------------------------------------------------------------------

CONTROL = (
    {"kind": "policy", "version": 2, "in_force_from": "2025-01-01", "rules": {}},
    {"kind": "programme", "version": 2, "programme": "STK-RENT", "owner": "STK"},
    {"kind": "partner", "version": 2, "org": "KIZ", "name": "k", "mailbox": "n@kiz.example"},
    {"kind": "clock-step", "version": 1, "day": "2025-01-20"},
    {"kind": "clock-step", "version": 1, "day": "2025-02-20"},
)


@st.composite
def sequences(draw: st.DrawFn) -> list[Sent | bytes]:
    """Submissions with control records among them, tick markers and rubbish."""
    sequence: list[Sent | bytes] = [*draw(histories())]
    for fact in draw(st.lists(st.sampled_from(CONTROL), max_size=3, unique_by=str)):
        record = {"nonce": ZERO_NONCE} | fact
        place = draw(st.integers(0, len(sequence)))
        sequence.insert(place, Sent(ADMINISTRATION, (record,)))
    for rubbish in draw(st.lists(st.sampled_from((b"", b"x\n\n")), max_size=2)):
        sequence.insert(draw(st.integers(0, len(sequence))), rubbish)
    return sequence


def cut(data: st.DataObject, sequence: list[Sent | bytes]) -> list[list[Sent | bytes]]:
    """The sequence in blocks."""
    blocks, rest = [], sequence
    while rest:
        size = data.draw(st.integers(1, 4))
        blocks.append(rest[:size])
        rest = rest[size:]
    return blocks


def take(system: System, block: list[Sent | bytes]) -> None:
    """Take messages as one block, a tick marker behind them."""
    messages = [
        system.message(one.org, one.lines()) if isinstance(one, Sent) else system.raw([], one)
        for one in block
    ]
    system.send(*messages, system.marker())


def told(system: System) -> list[object]:
    """All that is said to partners, but where in the journal it stands."""
    return [submission for output in system.outputs for submission in output["submissions"]]


@FEW
@given(sequences(), st.data())
def test_any_cut_into_blocks_says_the_same(
    sequence: list[Sent | bytes], data: st.DataObject
) -> None:
    one_each, cuts = System.ready(), System.ready()
    for part in sequence:
        take(one_each, [part])
    # the same messages at the same offsets: a marker stands behind each of them
    messages = []
    for part in sequence:
        if isinstance(part, Sent):
            messages.append(cuts.message(part.org, part.lines()))
        else:
            messages.append(cuts.raw([], part))
        messages.append(cuts.marker())
    while messages:
        size = data.draw(st.integers(1, 6))
        cuts.send(*messages[:size])
        messages = messages[size:]
    assert cuts.items() == one_each.items()
    assert told(cuts) == told(one_each)
    assert open_findings(cuts) == open_findings(one_each)
    revisions = {f["finding_id"]: f["revision"] for f in one_each.findings().values()}
    assert {f["finding_id"]: f["revision"] for f in cuts.findings().values()} == revisions


def stored(system: System) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
    """What lies in both stores."""
    assert isinstance(system.intake_store, MemoryStore)
    assert isinstance(system.registry_store, MemoryStore)
    return system.intake_store.data, system.registry_store.data


@FEW
@given(sequences(), st.data())
def test_after_any_crash_it_goes_on_byte_for_byte(
    sequence: list[Sent | bytes], data: st.DataObject
) -> None:
    blocks = cut(data, sequence)
    crash = data.draw(st.integers(0, len(blocks)))
    straight = System.ready()
    for block in blocks[:crash]:
        take(straight, block)
    kept = data.draw(st.integers(0, len(straight.blocks)))
    crashed = straight.restarted(kept)
    assert stored(crashed) == stored(straight)
    assert codec.dumps(crashed.outputs) == codec.dumps(straight.outputs)
    for block in blocks[crash:]:
        take(straight, block)
        take(crashed, block)
    assert crashed.blocks == straight.blocks
    assert codec.dumps(crashed.outputs) == codec.dumps(straight.outputs)
    assert stored(crashed) == stored(straight)


@FEW
@given(sequences(), st.data())
def test_stale_and_foreign_blocks_are_skipped_by_both_folds(
    sequence: list[Sent | bytes], data: st.DataObject
) -> None:
    system = System.ready()
    for block in cut(data, sequence):
        take(system, block)
    good = list(system.blocks)
    foreign = _foreign(system)
    log: list[bytes | None] = []
    for place, value in enumerate(good):
        log.append(value)
        for _ in range(data.draw(st.integers(0, 2))):
            stale = data.draw(st.sampled_from(good[: place + 1]))
            log.append(data.draw(st.sampled_from((stale, *foreign))))
    reader = System()
    reader.intake_store, reader.registry_store = MemoryStore(), MemoryStore()
    reader.blocks, reader.outputs, reader.keys = [], [], dict(system.keys)
    reader.reopen()
    taken = [reader.read(value) for value in log]
    assert sum(taken) == len(good)
    assert reader.blocks == good
    assert codec.dumps(reader.outputs) == codec.dumps(system.outputs)
    skipped = len(log) - len(good)
    assert reader.intake.world.skipped == reader.registry.common.skipped == skipped


def _foreign(system: System) -> list[bytes | None]:
    """Messages that a worker which fell behind, or anybody, might have appended."""
    last = decode_block(system.blocks[-1])
    heads = [Head(last.seq + 1, "0" * 64), Head(last.seq, last.digest), Head(10**6, last.digest)]
    forged: list[bytes | None] = [
        encode_block(
            head=head,
            source=(0, 10**6),
            clock_ms=10**15,
            keys_id="",
            keys_offset=-1,
            items=[{"t": "tick", "day": "2099-01-01"}],
        )
        for head in heads
    ]
    return [*forged, None, b"", b"{}", b"\xff"]
