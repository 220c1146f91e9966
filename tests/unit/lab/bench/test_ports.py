"""Port bases: free, disjoint, below the ports of outgoing connections, one claimant each."""

import socket
import subprocess
import sys
from pathlib import Path

from infra.local.preflight import service_ports
from infra.settings import HEALTH_ORDER, LOOPBACK, Settings
from lab.bench import ports

KEYSERVERS_AT_MOST = 9


def opened(base: int) -> set[int]:
    """All ports that a system with this base may listen on."""
    settings = Settings(port_base=base, assurance="threshold")
    more = {settings.keyserver_port(number + 1) for number in range(KEYSERVERS_AT_MOST)}
    health = {settings.health_port(name) for name in HEALTH_ORDER}
    return set(service_ports(settings).values()) | more | health


def test_no_two_bases_share_a_port_and_none_is_an_outgoing_one() -> None:
    bases = range(ports.FIRST, ports.LAST + 1, ports.STEP)
    every = [port for base in bases for port in opened(base)]
    assert len(every) == len(set(every)) > 4_000
    assert max(every) < 32_768


def test_a_base_is_given_once_to_all_who_ask() -> None:
    """Six processes at once, and this one: nobody gets another's."""
    asks = (
        "import sys; from lab.bench.ports import claim_port_base as claim;"
        " print(*(claim() for _ in range(10)), flush=True); sys.stdin.read()"
    )
    others = [
        subprocess.Popen(
            [sys.executable, "-c", asks],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[4],
        )
        for _ in range(6)
    ]
    try:
        lines = [other.stdout.readline() for other in others if other.stdout]
        given = [int(word) for line in lines for word in line.split()]
        assert len(given) == len(set(given)) == 60
        mine = [ports.claim_port_base() for _ in range(10)]
        assert not set(mine) & set(given)
        assert not ports._claim(given[0])
    finally:
        for other in others:
            other.communicate("")
    # who ends lets go, however it ends
    assert ports._claim(given[0])
    ports._claims.pop().close()


def test_a_base_with_one_port_taken_is_passed_over() -> None:
    base = ports.claim_port_base()
    with socket.socket() as taken:
        taken.bind((LOOPBACK, Settings(port_base=base).broker_port))
        taken.listen()
        assert not ports._is_free(base)
    assert ports._is_free(base)
