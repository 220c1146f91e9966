"""The socket that a key server listens on: of TLS handshakes only so many are under way.

asyncio gives each a minute and counts none, and before its end uvicorn knows of no connection: so
many that say nothing would use up all files that the process may open.
"""

import contextlib
import socket
from typing import Any, Final

import uvicorn
from uvicorn.server import ServerState

MAX_HANDSHAKES: Final = 256
KEPT_HANDSHAKES: Final = 192
"""How many of them stay when there are too many, the newest: it is looked for only now and then."""


class Listening(socket.socket):
    """A bound socket that ends the oldest connections that are not uvicorn's yet.

    It takes the place of `bound`, and looks into the state of the server that listens on it.
    """

    def __init__(self, bound: socket.socket, state: ServerState) -> None:
        super().__init__(fileno=bound.detach())
        self._state = state
        self._accepted: list[socket.socket] = []

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection, as a socket does."""
        made, address = super().accept()
        self._accepted.append(made)
        if len(self._accepted) > MAX_HANDSHAKES:
            self._make_room()
        return made, address

    def _make_room(self) -> None:
        begun = {one.transport.get_extra_info("socket").fileno() for one in self._state.connections}
        begun.add(-1)  # closed
        waiting = [one for one in self._accepted if one.fileno() not in begun]
        self._accepted = waiting[-KEPT_HANDSHAKES:]
        for one in waiting[:-KEPT_HANDSHAKES]:
            with contextlib.suppress(OSError):  # asyncio, whose it is, sees its end and closes it
                one.shutdown(socket.SHUT_RDWR)


def serve(config: uvicorn.Config) -> None:
    """Serve until SIGTERM, with all limits."""
    server = uvicorn.Server(config)
    server.run([Listening(config.bind_socket(), server.server_state)])
