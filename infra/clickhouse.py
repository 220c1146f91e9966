"""Clients of the ClickHouse HTTP interface, embedded or external, for one of its users."""

import json
import logging
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from infra.errors import SystemUnavailable
from infra.settings import Settings

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

User = Literal["owner", "analyst", "page"]
OWNER: Final = "owner"
ANALYST: Final = "analyst"
PAGE: Final = "page"
PASSWORDS_FILE: Final = "clickhouse.json"
CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 300
MESSAGE_CHARACTERS: Final = 500
_FRAME: Final = re.compile(r"^.*?DB::Exception: | \(for url [^)]*\)$")


class ClickHouseUnavailable(SystemUnavailable):
    """ClickHouse does not answer, refuses the user, or has no such database yet."""


def password(settings: Settings, user: User) -> str:
    """The user's password: from the environment for an external server, else from the keys folder.

    Raises ClickHouseUnavailable if there is none; an empty password is never used.
    """
    given = {
        OWNER: settings.clickhouse_owner_password,
        ANALYST: settings.clickhouse_analyst_password,
        PAGE: settings.clickhouse_page_password,
    }
    if given[user]:
        return given[user]
    variable = f"TEKIL_CLICKHOUSE_{user.upper()}_PASSWORD"
    if not settings.embedded_clickhouse:
        raise ClickHouseUnavailable(f"no password for {user}: set {variable}")
    path = settings.shared_folder("keys") / PASSWORDS_FILE
    try:
        found = json.loads(path.read_text())[user]
    except (FileNotFoundError, KeyError, ValueError) as error:
        raise ClickHouseUnavailable(f"no password for {user} in {path}: run `tekil up`") from error
    if not found:
        raise ClickHouseUnavailable(f"the password for {user} in {path} is empty")
    return str(found)


def connect(settings: Settings, user: User, *, database: str | None = None) -> "Client":
    """A client of `settings.database`, or of `database` ('' = the server's default one).

    It has no session, so that threads may share it. The caller closes it.
    Raises ClickHouseUnavailable.
    """
    import clickhouse_connect
    from clickhouse_connect.driver.exceptions import Error, OperationalError

    # its errors are raised to us; logged as well, they put a stack trace on the user's screen
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    url = urlsplit(settings.clickhouse)
    secure = url.scheme == "https"
    database = settings.database if database is None else database
    try:
        return clickhouse_connect.get_client(
            host=url.hostname or "",
            port=url.port or (8443 if secure else 8123),
            interface="https" if secure else "http",
            username=user,
            password=password(settings, user),
            database=database or None,
            client_name=settings.client_id,
            ca_cert=settings.clickhouse_ca_file or None,
            client_cert=settings.clickhouse_certificate_file or None,
            client_cert_key=settings.clickhouse_key_file or None,
            # on loopback compressing costs more than it saves
            compress=not settings.embedded_clickhouse,
            autogenerate_session_id=False,
            # an http_proxy of the environment is not meant for loopback
            pool_mgr=_loopback_pool() if settings.embedded_clickhouse else None,
            connect_timeout=CONNECT_SECONDS,
            send_receive_timeout=READ_SECONDS,
        )
    except OperationalError as error:
        raise ClickHouseUnavailable(
            f"ClickHouse does not answer at {settings.clickhouse}: run `tekil up`"
        ) from error
    except Error as error:
        raise ClickHouseUnavailable(
            f"{settings.clickhouse}, database {database or 'default'}, user {user}: "
            f"{first_line(error)}"
        ) from error


@cache
def _loopback_pool() -> Any:
    """One for all clients of this process."""
    from clickhouse_connect.driver.httputil import get_pool_manager

    return get_pool_manager()


def first_line(error: Exception) -> str:
    """What the server says is wrong: no stack trace, no URL, at most 500 characters."""
    text = str(error).split("Stack trace", 1)[0].strip()
    text = _FRAME.sub("", text.splitlines()[0]) if text else type(error).__name__
    return text[:MESSAGE_CHARACTERS]
