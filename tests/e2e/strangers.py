"""Foreign messages of some sorts in each topic, with how many they are."""

from events.catalog import Topic, receipts_topic
from infra.scan import scan
from infra.settings import Settings
from tests.e2e import forging
from tests.e2e.forging import Place, values, write
from tests.e2e.kit import Tekil
from tests.e2e.wire import send
from tests.patience import until

COUNTED = ("submissions", "journal", "keys", "findings", "receipts")
COLUMNS = ", ".join(f"foreign_{name}" for name in COUNTED) + ", repeated"
PATIENCE_SECONDS = 60.0
Counts = dict[str, int]


def write_some(settings: Settings) -> Counts:
    """Write them as any client of the broker can; how many each topic must be told to have.

    `repeated` are true messages, copied: of the journal, the findings, and receipts. One of the
    keys counts for nothing, as an erasure writes such.
    """
    send(settings, [], b"not json at all")
    send(settings, [("ce_type", b"\xff")], b'{"v":1}')
    place = Place.of(settings)
    for value in (b"not json", forging.stolen_root(place), values(settings, Topic.JOURNAL)[0]):
        write(settings, Topic.JOURNAL, value)
    first = next(iter(scan(settings, Topic.KEYS)))
    sent: tuple[tuple[bytes, bytes | None], ...] = (
        (first.key, bytes(64)), (first.key, None), (b"\xff\xfe", b"1"), (first.key, first.value),
    )  # fmt: skip
    for name, under in sent:
        write(settings, Topic.KEYS, under, name)
    said = values(settings, Topic.FINDINGS)[0]
    for output in (None, b"{}", b"\xff", forging.output(-5), said):
        write(settings, Topic.FINDINGS, output)
    kiz, stk = receipts_topic("KIZ"), receipts_topic("STK")
    told = values(settings, kiz)[0]
    false = b'{"v":1,"org":"KIZ","seq":1,"submissions":[],"notices":[],"stage_keys":[]}'
    for topic, receipt in (
        (kiz, b"[]"), (kiz, forging.by_thief(kiz, "1", false)), (stk, told), (kiz, told),
        (stk, b'{"v":1,"org":"STK","seq":-5,"submissions":[],"notices":[],"stage_keys":[]}'),
    ):  # fmt: skip
        write(settings, topic, receipt)
    counts = {"submissions": 2, "journal": 2, "keys": 3, "findings": 4, "receipts": 4}
    return counts | {"repeated": 3}


def counted(tekil: Tekil) -> Counts:
    """What v1_integrity says beside its checks: the same in each row."""
    [row] = tekil.query(f"SELECT DISTINCT {COLUMNS} FROM v1_integrity")
    return {name.removeprefix("foreign_"): int(count) for name, count in row.items()}


def comes_to(tekil: Tekil, wanted: Counts) -> Counts:
    """What is counted, once it is what is wanted, or patience ends."""
    until(lambda: counted(tekil) == wanted, PATIENCE_SECONDS)
    return counted(tekil)
