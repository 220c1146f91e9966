"""Is this machine ready for `tekil up`? Each check returns what it found or says what to do.

A failed check raises `NotReady`; the command line prints its message and exits with 3.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.errors import SystemUnavailable
from infra.settings import LOOPBACK, Settings

PORT_GRACE_SECONDS: Final = 3.0
PORT_POLL_SECONDS: Final = 0.1
MIN_JAVA: Final = 17  # Kafka 4 runs on nothing older
MIN_PYTHON: Final = (3, 11)
MIN_DISK_BYTES: Final = 2 * 1024**3
JAVA_VERSION_TIMEOUT_SECONDS: Final = 20
SYSTEM_PACKAGES: Final = ("maven", "default-jre-headless", "python3-venv", "libsodium23")
ADMINISTRATOR_COMMAND: Final = f"apt-get install -y {' '.join(SYSTEM_PACKAGES)}"
JVM_FOLDER: Final = Path("/usr/lib/jvm")


class NotReady(SystemUnavailable):
    """The system cannot run as asked; the message says what to do. Exit code 3."""


def parse_java_version(text: str) -> int:
    """Major version in the output of `java -version`; 0 if there is none.

    Java 8 and older call themselves 1.8, which reads as 1: too old either way.
    """
    found = re.search(r'version "(\d+)', text)
    return int(found[1]) if found else 0


def java_version(java: Path) -> int:
    """Major version of this Java; 0 if it does not run."""
    try:
        done = subprocess.run(
            [str(java), "-version"],
            capture_output=True,
            text=True,
            timeout=JAVA_VERSION_TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0  # a broken candidate is no reason to stop looking
    return parse_java_version(done.stderr + done.stdout) if done.returncode == 0 else 0


def java_candidates(settings: Settings, jvm_folder: Path = JVM_FOLDER) -> list[Path]:
    """Where a Java may be, best first: JAVA_HOME, PATH, the distribution's folder."""
    found: list[Path] = []
    if settings.java_home:
        found.append(Path(settings.java_home) / "bin" / "java")
    on_path = shutil.which("java")
    if on_path:
        found.append(Path(on_path))
    found.extend(sorted(jvm_folder.glob("*/bin/java"), reverse=True))
    return found


def find_java(settings: Settings, jvm_folder: Path = JVM_FOLDER) -> Path:
    """The first Java that is new enough. Raises NotReady if there is none."""
    seen: list[str] = []
    for java in java_candidates(settings, jvm_folder):
        version = java_version(java)
        if version >= MIN_JAVA:
            return java
        seen.append(f"{java} (version {version or 'unknown'})")
    what = f" Found only: {', '.join(seen)}." if seen else ""
    raise NotReady(
        f"Java {MIN_JAVA} or newer is needed for the broker.{what} Set JAVA_HOME, "
        f"or ask an administrator to run: {ADMINISTRATOR_COMMAND}"
    )


def find_maven() -> Path:
    """Maven, needed once for the broker's jars. Raises NotReady if it is missing."""
    maven = shutil.which("mvn")
    if maven is None:
        raise NotReady(
            "Maven is needed once, to fetch the broker's jars. Set KAFKA_HOME to an unpacked "
            "Kafka, or TEKIL_KAFKA_BOOTSTRAP to a running one, or ask an administrator to run: "
            + ADMINISTRATOR_COMMAND
        )
    return Path(maven)


def port_is_free(port: int) -> bool:
    """True if a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: connections in TIME_WAIT from the last run are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def service_ports(settings: Settings) -> dict[str, int]:
    """The ports that `tekil up` itself will open, by what listens there."""
    ports: dict[str, int] = {}
    if settings.embedded_kafka:
        ports["broker"] = settings.broker_port
        ports["broker's controller"] = settings.controller_port
    if settings.embedded_clickhouse:
        ports["ClickHouse endpoint"] = settings.clickhouse_port
    for number in settings.keyserver_numbers:
        ports[f"key server {number}"] = settings.keyserver_port(number)
    ports["page"] = settings.page_port
    return ports


def check_ports(settings: Settings, ports: Mapping[str, int]) -> None:
    """Raises NotReady that names each port that another process holds."""
    # a killed process of many threads lets its ports go a moment after it looks dead
    deadline = time.monotonic() + PORT_GRACE_SECONDS
    while taken := [f"{port} ({name})" for name, port in ports.items() if not port_is_free(port)]:
        if time.monotonic() < deadline:
            time.sleep(PORT_POLL_SECONDS)
            continue
        raise NotReady(
            f"another process listens on port {', '.join(taken)}. Stop it, or move all ports: "
            f"set TEKIL_PORT_BASE (now {settings.port_base}) to another number, e.g. "
            f"TEKIL_PORT_BASE={settings.port_base % 50_000 + 2_000}"
        )


def check_disk(settings: Settings, needed_bytes: int = MIN_DISK_BYTES) -> int:
    """Free bytes where TEKIL_HOME lies. Raises NotReady if they are too few."""
    folder = settings.root
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise NotReady(
            f"only {free / 1024**3:.1f} GiB free at {folder}, {needed_bytes / 1024**3:.0f} GiB "
            "are needed. Make room, or set TEKIL_HOME to a folder on another disk"
        )
    if not os.access(folder, os.W_OK):
        raise NotReady(f"{folder} is not writable. Set TEKIL_HOME to a folder of yours")
    return free


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> None:
    """Raises NotReady if the running Python is too old."""
    if version < MIN_PYTHON:
        raise NotReady(
            f"Python {MIN_PYTHON[0]}.{MIN_PYTHON[1]} or newer is needed, "
            f"this is {version[0]}.{version[1]}"
        )
