"""The one place where the environment is read.

Every other module receives a `Settings` value as an argument, so that a test
or a second system on the same machine is one object away.
"""

from pathlib import Path
from typing import Final, Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK: Final = "127.0.0.1"
DEFAULT_PORT_BASE: Final = 18000
ADDRESS: Final = r"^([A-Za-z0-9.-]+:[0-9]{1,5})?$"
HEALTH_ORDER: Final = (
    "supervisor", "broker", "clickhouse", "intake", "registry", "receipts", "projector", "page",
    "keyserver-1", "keyserver-2", "keyserver-3",
)  # fmt: skip
"""Processes in the order of the ports at which they say how they are."""


class Settings(BaseSettings):
    """Where things are and how large they may grow.

    Each field is read from `TEKIL_<FIELD>`. An empty `kafka_bootstrap` or
    `clickhouse_url` means the embedded default that `tekil up` starts; a value
    means a cluster that somebody else runs.
    """

    model_config = SettingsConfigDict(
        env_prefix="TEKIL_", frozen=True, extra="ignore", populate_by_name=True
    )

    home: Path = Path(".tekil")
    port_base: int = Field(default=DEFAULT_PORT_BASE, ge=1024, le=60_000)
    namespace: str = Field(default="", pattern=r"^[a-z0-9]{0,24}$")
    client_id: str = "tekil"  # how it names itself to Kafka and ClickHouse
    kafka_bootstrap: str = ""
    clickhouse_url: str = ""
    clickhouse_owner_password: str = Field(default="", repr=False)
    clickhouse_analyst_password: str = Field(default="", repr=False)
    clickhouse_page_password: str = Field(default="", repr=False)
    page_url: str = Field(default="", pattern=r"^(https?://[A-Za-z0-9.:-]+)?$")  # behind a proxy
    lang: Literal["tr", "en", "ar"] = "en"
    log_level: str = "INFO"
    session_timeout_seconds: float = Field(default=10.0, ge=1.0)
    worker: str = Field(default="", pattern=r"^[a-z0-9]{0,12}$")

    # -- tokens: what kind, and who holds the key (docs/decisions/0017) -------------------
    assurance: Literal["threshold", "single", "hmac"] = "threshold"
    keyservers: str = ""  # addresses, comma-separated; empty: those that `tekil up` starts
    keyserver_seconds: float = Field(default=15.0, ge=1, le=600)  # for a whole answer
    keyserver_passphrase_file: str = ""
    keyserver_host: str = LOOPBACK
    keyserver_tls_certificate: str = ""
    keyserver_tls_key: str = ""

    # -- what one list may cost while it is read, in a process of its own -----------------
    list_memory_mib: int = Field(default=512, ge=64, le=65_536)
    list_seconds: int = Field(default=300, ge=1, le=86_400)

    # -- a cluster with TLS and logins: paths of PEM files, and of a file with the password --
    kafka_tls: bool = False  # a login brings it with it
    kafka_ca_file: str = ""  # empty: the authorities that this machine trusts
    kafka_certificate_file: str = ""  # the client's own (mTLS)
    kafka_key_file: str = ""
    kafka_user: str = ""
    kafka_password_file: str = ""
    kafka_sasl: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    clickhouse_ca_file: str = ""
    clickhouse_certificate_file: str = ""
    clickhouse_key_file: str = ""

    # -- the embedded services as clients reach them, where a tunnel or a proxy leads there --
    broker_address: str = Field(default="", pattern=ADDRESS)  # empty: its own port on loopback
    clickhouse_address: str = Field(default="", pattern=ADDRESS)

    # -- the embedded services: where their programs are, how large they may grow --------
    broker_heap_mib: int = Field(default=512, ge=128, le=65_536)
    clickhouse_max_seconds: int = Field(default=60, ge=1, le=3_600)
    clickhouse_max_body_mib: int = Field(default=256, ge=1, le=2_048)
    clickhouse_max_waiting: int = Field(default=64, ge=1, le=4_096)
    java_home: str = Field(
        default="", validation_alias=AliasChoices("TEKIL_JAVA_HOME", "JAVA_HOME")
    )
    kafka_home: str = Field(
        default="", validation_alias=AliasChoices("TEKIL_KAFKA_HOME", "KAFKA_HOME")
    )
    cache_home: str = Field(
        default="", validation_alias=AliasChoices("TEKIL_CACHE_HOME", "XDG_CACHE_HOME")
    )

    # -- room on the disk: of the two the lesser is the limit ------------------------------
    disk_warn_percent: float = Field(default=10.0, ge=0, le=100)
    disk_warn_bytes: int = Field(default=2 * 1024**3, ge=0)
    disk_stop_percent: float = Field(default=2.0, ge=0, le=100)
    disk_stop_bytes: int = Field(default=500 * 1024**2, ge=0)

    # -- ports of the embedded default -------------------------------------------------
    @property
    def broker_port(self) -> int:
        """Kafka clients connect here (19092 by default)."""
        return self.port_base + 1092

    @property
    def controller_port(self) -> int:
        """The KRaft controller listens here (19093 by default)."""
        return self.port_base + 1093

    @property
    def clickhouse_port(self) -> int:
        """The ClickHouse HTTP endpoint (18123 by default)."""
        return self.port_base + 123

    @property
    def page_port(self) -> int:
        """The page for analysts (18050 by default)."""
        return self.port_base + 50

    @property
    def page(self) -> str:
        """Address of the page, as a browser knows it."""
        return self.page_url or f"http://{LOOPBACK}:{self.page_port}"

    def health_port(self, process: str) -> int:
        """Where a process says how it is (18021 to 18031 by default); 0: any that is free.

        Namespaces and second workers share the base with the first, so they take any.
        """
        if self.namespace or self.worker or process not in HEALTH_ORDER:
            return 0
        return self.port_base + 21 + HEALTH_ORDER.index(process)

    def keyserver_port(self, number: int) -> int:
        """Key server NUMBER listens here (18071 to 18073 by default)."""
        return self.port_base + 70 + number

    @property
    def keyserver_numbers(self) -> tuple[int, ...]:
        """The key servers that `tekil up` itself runs: three, one, or none."""
        if self.keyservers:
            return ()
        return {"threshold": (1, 2, 3), "single": (1,), "hmac": ()}[self.assurance]

    @property
    def embedded_keyservers(self) -> bool:
        """True if `tekil up` runs key servers itself."""
        return bool(self.keyserver_numbers)

    @property
    def keyserver_urls(self) -> tuple[str, ...]:
        """Base addresses of the key servers to ask: one for `single`, none for `hmac`."""
        given = tuple(url.strip().rstrip("/") for url in self.keyservers.split(",") if url.strip())
        own = tuple(f"http://{LOOPBACK}:{self.keyserver_port(n)}" for n in self.keyserver_numbers)
        urls = given or own
        return {"threshold": urls, "single": urls[:1], "hmac": ()}[self.assurance]

    @property
    def bootstrap(self) -> str:
        """`host:port` list of the Kafka cluster in use."""
        return self.kafka_bootstrap or self.broker_address or f"{LOOPBACK}:{self.broker_port}"

    @property
    def clickhouse(self) -> str:
        """Base URL of the ClickHouse HTTP interface in use, without users."""
        address = self.clickhouse_address or f"{LOOPBACK}:{self.clickhouse_port}"
        return self.clickhouse_url or f"http://{address}"

    @property
    def embedded_kafka(self) -> bool:
        """True if `tekil up` runs the broker itself."""
        return not self.kafka_bootstrap

    @property
    def embedded_clickhouse(self) -> bool:
        """True if `tekil up` runs the ClickHouse endpoint itself."""
        return not self.clickhouse_url

    def environment(self) -> dict[str, str]:
        """These settings as `TEKIL_*` variables, for a child process that reads them again."""
        values = self.model_dump(mode="json") | {"home": str(self.root)}
        return {
            f"TEKIL_{name.upper()}": str(value) for name, value in values.items() if value != ""
        }

    # -- folders under TEKIL_HOME --------------------------------------------------------
    @property
    def root(self) -> Path:
        """TEKIL_HOME as an absolute path."""
        return self.home.resolve()

    def folder(self, name: str) -> Path:
        """A folder of this namespace under TEKIL_HOME, made with mode 0700 if missing."""
        path = self.place(name)
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def place(self, name: str) -> Path:
        """Where `folder` is or would be; nothing is made."""
        return self.root / name / self.namespace if self.namespace else self.root / name

    def stage_folder(self, stage: str) -> Path:
        """Where a stage keeps its state; a second worker of it (`worker`) has its own."""
        return self.folder("state") / (f"{stage}-{self.worker}" if self.worker else stage)

    def shared_folder(self, name: str) -> Path:
        """A folder under TEKIL_HOME that all namespaces share (broker, clickhouse, keys)."""
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    # -- names ----------------------------------------------------------------------------
    def topic(self, name: str) -> str:
        """The broker's name of a catalogue topic: prefixed by the namespace, if any."""
        return f"{self.namespace}-{name}" if self.namespace else name

    @property
    def database(self) -> str:
        """The ClickHouse database of this namespace."""
        return f"tekil_{self.namespace}" if self.namespace else "tekil"
