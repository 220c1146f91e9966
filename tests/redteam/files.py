"""Lists that kill, references that are commands, and what lies open on the disk."""

import csv
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from infra.local.preflight import service_ports
from infra.settings import HEALTH_ORDER, LOOPBACK
from tests.contract.test_clickhouse_http import listening_addresses
from tests.e2e.kit import record
from tests.redteam.judge import view
from tests.redteam.place import Place
from tests.redteam.table import Attack
from tests.unit.producers.lists.files import test_hostile
from tests.unit.producers.lists.files.books import COLUMNS, book, row, sheet

KILLERS: tuple[Callable[[Path], None], ...] = (
    test_hostile.test_one_cell_at_the_end_of_the_sheet,
    test_hostile.test_ranges_that_cover_everything,
    test_hostile.test_packages_in_packages_are_not_opened,
)
LIST = "a list made to kill or to take over the reader"
COMMANDS = ("=cmd|'/c calc'!A0", "+1", "@SUM(A1)", "k1\u202etxt", "../../keys/x", "\u200b=1")


def lists_that_kill(place: Place) -> str:
    """Workbooks of some kB that want gigabytes, read as `tekil validate` reads them."""
    with tempfile.TemporaryDirectory() as folder:
        for number, killer in enumerate(KILLERS):
            own = Path(folder) / str(number)
            own.mkdir()
            killer(own / "list.xlsx")
    return f"{len(KILLERS)} files: rows or one clear sentence, each within 96 MiB"


def publish_a_list_that_kills(place: Place) -> str:
    """A cell at XFD1048576 and an entity of the system's files, through the command."""
    before = place.asked("SELECT count() FROM v1_submissions")
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = place.main.folder / "far.xlsx"
    book(path, sheet(row(1, COLUMNS), far))
    said = place.main.run("publish", str(path), "--org", "KIZ", ok=(1, 2))
    assert said.code in (1, 2)
    entity = place.main.folder / "entity.xlsx"
    entity.write_bytes(path.read_bytes()[:200])
    broken = place.main.run("publish", str(entity), "--org", "KIZ", ok=(2,))
    assert "Traceback" not in said.err + broken.err
    assert place.asked("SELECT count() FROM v1_submissions") == before, "nothing was sent"
    return "exit codes 1 or 2 with a sentence; nothing was sent"


def references_that_are_commands(place: Place) -> str:
    """References that a spreadsheet would run, that turn the writing, that look like paths."""
    rows = []
    for number, reference in enumerate(COMMANDS):
        words = ("food/cash/m 1", "2026-12", f"R=P{number + 1:02d}")
        rows += record("TEMEL", reference, *words)
    path = place.city.write(rows)
    said = place.city.run("publish", str(path), "--org", "KIZ", ok=(0, 1))
    assert "\u202e" not in said.out + said.err
    answers = path.with_suffix(".answers.csv")
    assert stat.S_IMODE(answers.stat().st_mode) == 0o600
    with answers.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert len(cells) > len(COMMANDS)
    starts = [cell for cell in cells if cell.strip("\u200b")[:1] in tuple("=+-@")]
    assert not [cell for cell in starts if not re.fullmatch(r"[+-]?[\d .,]*", cell)]
    assert not [cell for cell in cells if "\u202e" in cell]
    assert not list(place.city.folder.parent.glob("keys/x*"))
    return f"{len(COMMANDS)} references are text in an answer file of mode 0600"


def look_around_on_the_machine(place: Place) -> str:
    """Another user of this machine: modes of all that is secret."""
    secret = ("keys", "partners", "keyservers", "state", "broker", "clickhouse", "logs", "run")
    open_ones, seen = [], 0
    for name in secret:
        folder = place.settings.root / name
        if folder.exists():
            seen += 1
            mode = stat.S_IMODE(folder.stat().st_mode)
            open_ones += [name] if mode & 0o077 else []
    for name in ("keys", "keyservers"):
        for path in (place.settings.root / name).rglob("*"):
            if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
                open_ones += [] if path.suffix in (".pub",) else [str(path.name)]
    assert seen > 5
    assert open_ones == [], open_ones
    return f"{seen} folders of mode 0700, all keys 0600"


def listen_from_outside(place: Place) -> str:
    """Where the processes of the system listen: on loopback alone."""
    settings = place.settings
    ports = [
        *service_ports(settings).values(),
        *(settings.health_port(name) for name in HEALTH_ORDER),
    ]
    found = {port: listening_addresses(port) for port in ports}
    assert sum(map(bool, found.values())) > 10
    elsewhere = {port: where - {LOOPBACK} for port, where in found.items() if where - {LOOPBACK}}
    assert elsewhere == {}, elsewhere
    return f"{len(found)} ports, all on {LOOPBACK}"


def show_protected_records(place: Place) -> str:
    """Ids of protected records in any view, as an analyst reads them."""
    names = [row["name"] for row in place.main.query("SHOW TABLES LIKE 'v1_%'")]
    assert len(names) > 15
    for name in names:
        for line in view(place.settings, name):
            shown = place.load.protected & {str(value) for value in line.values()}
            assert not shown, f"{name}: {shown}"
    return f"none of {len(place.load.protected)} protected records in any of {len(names)} views"


def all_attacks() -> Iterator[Attack]:
    """The rows about files and the machine."""
    yield Attack(
        "workbooks that kill", (LIST,),
        "a cell at XFD1048576, ranges over everything, packages in packages",
        "Rows or one clear sentence, within the limit of memory", lists_that_kill,
    )  # fmt: skip
    yield Attack(
        "a killing list, published", (LIST,), "the same through `tekil publish`, and half a file",
        "A sentence, an exit code, nothing sent", publish_a_list_that_kills,
    )  # fmt: skip
    yield Attack(
        "references that are commands",
        ("references that are commands, turn the writing or look like paths",),
        "formulas, turning marks and paths as references", "They are text; the answer file is 0600",
        references_that_are_commands,
    )  # fmt: skip
    yield Attack(
        "another user of the machine", ("everything on one machine",),
        "modes of folders and files", "Nothing is open to others", look_around_on_the_machine,
    )  # fmt: skip
    yield Attack(
        "from another machine", ("outsider on the network",), "all ports that listen",
        "Loopback alone", listen_from_outside,
    )  # fmt: skip
    yield Attack(
        "protected records", ("protected records", "analyst (published views)"),
        "ids of protected records in every published view", "None is shown", show_protected_records,
    )  # fmt: skip
