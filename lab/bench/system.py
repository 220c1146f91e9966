"""A system of its own for the measurements: a folder and ports nobody else has, gone afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import programs
from events.model import ADMINISTRATION
from infra.local import supervisor
from infra.local.kafka import find_jars
from infra.settings import Settings
from lab.bench import load
from lab.bench.children import BenchFailed, tell
from lab.bench.ports import claim_port_base
from office import bootstrap, partners
from office.partners import Registration
from producers import keys
from producers.control_records import ControlPublisher


@contextmanager
def folder(given: Settings) -> Iterator[Path]:
    """An empty folder, removed afterwards: under TEKIL_HOME if one is set, else a temporary one."""
    above = given.folder("bench") if "home" in given.model_fields_set else None
    made = Path(tempfile.mkdtemp(prefix="tekil-bench-", dir=above))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def own_settings(given: Settings, home: Path) -> Settings:
    """The caller's settings, but for where things lie, the ports and the embedded services.

    Tokens are made up (`load`), so that no key server runs beside what is measured; the
    measurement of tokens starts its own.
    """
    return given.model_copy(
        update={
            "home": home,
            "port_base": claim_port_base(),
            "namespace": "",
            "worker": "",
            "kafka_bootstrap": "",
            "clickhouse_url": "",
            "assurance": "hmac",
            "keyservers": "",
            "clickhouse_owner_password": "",
            "clickhouse_analyst_password": "",
            "clickhouse_page_password": "",
        }
    )


@contextmanager
def services(settings: Settings) -> Iterator[None]:
    """The broker and ClickHouse; everything is stopped afterwards, the workers too."""
    try:
        programs.up_services(settings, tell)
        yield
    finally:
        supervisor.down(settings)


def start(settings: Settings) -> None:
    """Topics, tables, workers, two organisations and their programmes: what `tekil up` does."""
    tell("making topics and tables, starting the workers")
    bootstrap.prepare(settings, test_mode=True, first_day=load.FIRST_DAY, progress=_quiet)
    supervisor.start_workers(settings)
    admin = ControlPublisher(
        settings, ADMINISTRATION, keys.load_signing_key(settings, ADMINISTRATION)
    )
    said = []
    for org in (load.ORG, load.OTHER_ORG):
        keys.keygen(settings, org)
        wanted = Registration(org, f"focal@{org.lower()}.example")
        said += [one.disposition for one in partners.register(settings, wanted).outcomes]
        fact = {"kind": "programme", "programme": load.programme(org), "owner": org}
        said += [published.answer.disposition for published in admin.publish([fact])]
    if set(said) != {"accepted"}:
        raise BenchFailed(f"the organisations could not be registered: {said}")


def _quiet(_text: str) -> None:
    """The password of a page that nobody will open is not shown."""


def restarts(settings: Settings) -> int:
    """How often a service or worker was started again: more than 0 spoils a measurement."""
    return sum(child.restarts for child in supervisor.status(settings))


def kafka_version(settings: Settings) -> str:
    """The broker's version, from its jar's name."""
    jars = find_jars(settings, tell)
    names = [path.stem for path in jars.glob("kafka_2.1*.jar")]
    return names[0].rpartition("-")[2] if names else "unknown"
