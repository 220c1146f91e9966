"""Port bases that nobody else takes: for systems that live a minute beside others.

Two processes that look for free ports at once would both find the same, and a port that is free
now may be an outgoing connection's a second later. So a base is claimed by name for as long as
the claiming process lives, and lies below the ports that Linux gives to outgoing connections.
"""

import random
import socket
from typing import Final

from infra.local.preflight import NotReady, port_is_free, service_ports
from infra.settings import Settings

FIRST: Final = 20_000
LAST: Final = 31_000  # its highest port is below 32,768, where Linux's outgoing ones begin
STEP: Final = 37  # services of two bases that are multiples of it apart never share a port

_claims: list[socket.socket] = []  # held until this process ends


def claim_port_base() -> int:
    """A `port_base` whose ports are free, and which no other process that claims will be given.

    Raises NotReady if every one is taken.
    """
    bases = list(range(FIRST, LAST + 1, STEP))
    random.shuffle(bases)  # two at once should not both begin at the lowest
    for base in bases:
        if _claim(base):
            if _is_free(base):
                return base
            _claims.pop().close()
    raise NotReady(f"no free ports between {FIRST:,} and 32,768: stop what was left running there")


def _claim(base: int) -> bool:
    """Hold this base's name, unless somebody does.

    The name is an abstract socket's (unix(7)): it is seen where the ports are seen, leaves no
    file, and is gone with the process however that ends.
    """
    name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        name.bind(f"\0tekil-port-base-{base}")
    except OSError:
        name.close()
        return False
    _claims.append(name)
    return True


def _is_free(base: int) -> bool:
    whole = Settings(
        port_base=base, assurance="threshold", keyservers="", kafka_bootstrap="", clickhouse_url=""
    )
    return all(port_is_free(port) for port in service_ports(whole).values())
