"""The proxy does to bytes what it is told, and to those connections alone."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from infra.settings import LOOPBACK
from tests.chaos.proxy import After, Proxy, Weather
from tests.patience import until

PATIENCE_SECONDS = 20.0
HOLE = Weather(up=False, down=False)


@contextmanager
def echoing() -> Iterator[int]:
    """A server that says everything back; its port."""
    with socket.create_server((LOOPBACK, 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    taken, _ = server.accept()
                    threading.Thread(target=echo, args=(taken,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def echo(taken: socket.socket) -> None:
    with taken, suppress(OSError):
        while said := taken.recv(65_536):
            taken.sendall(said)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with echoing() as port, Proxy(port) as found:
        yield found


def client(proxy: Proxy) -> socket.socket:
    return socket.create_connection((LOOPBACK, proxy.port), PATIENCE_SECONDS)


def says(line: socket.socket, text: bytes) -> bytes:
    line.sendall(text)
    return hears(line, len(text))


def hears(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size and (more := line.recv(size - len(found))):
        found += more
    return found


def hears_nothing(line: socket.socket) -> bool:
    line.settimeout(0.3)
    try:
        return line.recv(1) != b"" and False
    except TimeoutError:
        return True
    finally:
        line.settimeout(PATIENCE_SECONDS)


def test_in_calm_weather_all_passes_and_an_end_is_an_end(proxy: Proxy) -> None:
    large = bytes(range(256)) * 4_000
    with client(proxy) as line:
        sender = threading.Thread(target=line.sendall, args=(large,))
        sender.start()
        assert hears(line, len(large)) == large
        sender.join()
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1) == b""
    assert until(lambda: not proxy.lines, PATIENCE_SECONDS)


@pytest.mark.parametrize("weather", [HOLE, Weather(up=False), Weather(down=False)])
def test_what_a_hole_held_back_arrives_when_it_heals(proxy: Proxy, weather: Weather) -> None:
    with client(proxy) as line:
        assert says(line, b"before") == b"before"
        assert proxy.tell(weather) == 1
        line.sendall(b"after")
        assert hears_nothing(line)
        with client(proxy) as fresh:  # the kernel takes it; nothing comes of it
            fresh.sendall(b"fresh")
            assert hears_nothing(fresh)
            assert proxy.calm() == 2
            assert hears(fresh, 5) == b"fresh"
        assert hears(line, 5) == b"after"


def test_a_cut_resets_old_and_new_connections(proxy: Proxy) -> None:
    with client(proxy) as line:
        assert says(line, b"before") == b"before"
        proxy.tell(Weather(cut=True))
        with pytest.raises(ConnectionError):
            line.recv(1)
        with suppress(ConnectionError), client(proxy) as fresh:  # or it is reset at once
            assert says(fresh, b"fresh") == b""
        proxy.calm()
        with client(proxy) as fresh:
            assert says(fresh, b"fresh") == b"fresh"


def test_connections_are_reset_or_lost_after_a_hole(proxy: Proxy) -> None:
    for after in (After.RESET, After.LOST):
        with client(proxy) as line:
            assert says(line, b"before") == b"before"
            proxy.tell(HOLE)
            line.sendall(b"held")
            proxy.calm(after)
            if after is After.LOST:
                assert hears_nothing(line)
            else:
                with pytest.raises(ConnectionResetError):
                    line.recv(1)
            with client(proxy) as fresh:
                assert says(fresh, b"fresh") == b"fresh"
    assert until(lambda: not proxy.lines, PATIENCE_SECONDS), "who gave up frees the place"


def test_slow_is_late_and_whole(proxy: Proxy) -> None:
    with client(proxy) as line:
        says(line, b"before")
        proxy.tell(Weather(delay_seconds=0.05, bytes_per_second=1_000_000))
        assert says(line, b"x" * 50_000) == b"x" * 50_000


def test_only_those_who_are_meant_are_hit(proxy: Proxy) -> None:
    with client(proxy) as one, client(proxy) as two:
        says(one, b"1"), says(two, b"2")
        port = one.getsockname()[1]
        assert proxy.tell(HOLE, lambda found: found == port) == 1
        assert says(two, b"goes on") == b"goes on"
        one.sendall(b"waits")
        assert hears_nothing(one)
        proxy.calm()
        assert hears(one, 5) == b"waits"
