"""The ClickHouse endpoint of the embedded default: chDB behind HTTP, on loopback only.

Run as `python -m infra.local.clickhouse_http`, with settings from the environment.
SIGTERM finishes the running statements and closes the engine.

Source: ClickHouse documentation, "HTTP interface". Known limits: no sessions, no
external tables, answers are made whole before they are sent (capped for the analyst).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import BodyPartReader, web

from infra.local.clickhouse_engine import ANALYST, OWNER, Answer, Engine
from infra.local.clickhouse_protocol import (
    HTTP_STATUS,
    BodyTooLarge,
    ClickHouseError,
    Credentials,
    authentication_failed,
    decode_body,
    is_reading,
    parse_arguments,
    read_credentials,
)
from infra.safe_files import make_once
from infra.settings import LOOPBACK, Settings
from infra.stage import Exit

KEYS_FILE: Final = "clickhouse.json"
PASSWORD_BYTES: Final = 24
SHUTDOWN_SECONDS: Final = 60.0
FOLDER_SECONDS: Final = 2.0
FORM_FIELD_MAX_BYTES: Final = 16 * 1024**2
ENGINE: Final = web.AppKey("engine", Engine)
PASSWORDS: Final = web.AppKey("passwords", Mapping[str, str])
MAX_BODY_BYTES: Final = web.AppKey("max_body_bytes", int)

log = logging.getLogger(__name__)


def passwords(settings: Settings) -> dict[str, str]:
    """The passwords of `owner` and `analyst`, made at random on the first call.

    They lie in TEKIL_HOME/keys/clickhouse.json, mode 0600. Raises ValueError if that
    file does not hold both.
    """
    path = settings.shared_folder("keys") / KEYS_FILE
    made = {user: secrets.token_urlsafe(PASSWORD_BYTES) for user in (OWNER, ANALYST)}
    make_once(path, json.dumps(made).encode())
    found = json.loads(path.read_text())
    if not isinstance(found, dict) or not all(found.get(user) for user in (OWNER, ANALYST)):
        raise ValueError(f"{path} does not hold the passwords of {OWNER} and {ANALYST}")
    return {user: str(found[user]) for user in (OWNER, ANALYST)}


def authenticate(credentials: Credentials, known: Mapping[str, str]) -> str:
    """The user's name. Raises ClickHouseError (516).

    Digests of equal length are compared in constant time, also for an unknown user.
    """
    expected = known.get(credentials.user, secrets.token_hex())
    given = hashlib.sha256(credentials.password.encode()).digest()
    if not hmac.compare_digest(given, hashlib.sha256(expected.encode()).digest()):
        raise authentication_failed(credentials.user)
    if credentials.user not in known:
        raise authentication_failed(credentials.user)
    return credentials.user


async def handle(request: web.Request) -> web.Response:
    """One request: who, what, run, answer. Errors are ClickHouse's, in its own form."""
    query_id = request.query.get("query_id") or str(uuid.uuid4())
    try:
        user = authenticate(
            read_credentials(request.headers, request.query), request.app[PASSWORDS]
        )
        arguments, data = await _read_body(request)
        statement = parse_arguments(arguments, data)
        if request.method == "GET" and not is_reading(statement.query):
            raise ClickHouseError(
                164, "Cannot execute query in readonly mode: GET only reads", "READONLY"
            )
        answer = await request.app[ENGINE].run(user, statement)
    except BodyTooLarge:
        return web.Response(status=413, text="Code: 307. DB::Exception: the body is too large\n")
    except ClickHouseError as error:
        return web.Response(
            status=HTTP_STATUS.get(error.code, 500),
            text=f"{error}\n",
            headers={"X-ClickHouse-Exception-Code": str(error.code)},
        )
    return web.Response(body=answer.body, headers=_headers(request.app[ENGINE], answer, query_id))


def _headers(engine: Engine, answer: Answer, query_id: str) -> dict[str, str]:
    summary = {
        "read_rows": str(answer.rows_read),
        "written_rows": str(answer.rows_written),
        "result_bytes": str(len(answer.body)),
    }
    safe_id = "".join(c for c in query_id if c.isalnum() or c in "-_")[:128]
    return {
        "X-ClickHouse-Timezone": engine.timezone,
        "X-ClickHouse-Format": answer.format,
        "X-ClickHouse-Query-Id": safe_id,
        "X-ClickHouse-Server-Display-Name": "tekil",
        "X-ClickHouse-Summary": json.dumps(summary),
        "Content-Type": "application/octet-stream",
    }


async def _read_body(request: web.Request) -> tuple[dict[str, str], bytes]:
    """All arguments, of the URL and of a form, and the body unpacked."""
    arguments = dict(request.query)
    limit = request.app[MAX_BODY_BYTES]
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.filename or not part.name:
                raise ClickHouseError(48, "external tables are not supported", "NOT_IMPLEMENTED")
            value = await part.read()
            if len(value) > FORM_FIELD_MAX_BYTES:
                raise BodyTooLarge
            arguments[part.name] = value.decode()
        return arguments, b""
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise BodyTooLarge from error
    return arguments, decode_body(body, request.headers.get("Content-Encoding", ""), limit)


async def ping(_request: web.Request) -> web.Response:
    """Liveness, without a user, as on the server."""
    return web.Response(text="Ok.\n")


def make_app(engine: Engine, known: Mapping[str, str], max_body_bytes: int) -> web.Application:
    """The web application over an open engine; it closes the engine when it ends."""

    async def close(_app: web.Application) -> None:
        engine.close()

    app = web.Application(client_max_size=max_body_bytes, handler_args={"auto_decompress": False})
    app[ENGINE], app[PASSWORDS], app[MAX_BODY_BYTES] = engine, known, max_body_bytes
    app.router.add_get("/ping", ping)
    app.router.add_get("/", handle)
    app.router.add_post("/", handle)
    app.on_cleanup.append(close)
    return app


def _ends_without(folder: Path) -> None:
    """End the process when its folder is gone: started again, it makes a new one.

    An engine without its files answers, and forgets what it is given.
    """
    made = folder.stat().st_ino
    while True:
        time.sleep(FOLDER_SECONDS)
        try:
            is_there = folder.stat().st_ino == made
        except FileNotFoundError:
            is_there = False
        except OSError as error:
            log.error("%s cannot be looked at: %s", folder, error)
            continue
        if not is_there:
            log.critical("%s was removed: stopping, to begin with an empty one", folder)
            os._exit(Exit.UNAVAILABLE)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    folder = settings.shared_folder("clickhouse") / "data"
    engine = Engine(
        folder,
        settings.clickhouse_max_seconds,
        settings.clickhouse_max_waiting,
    )
    threading.Thread(target=_ends_without, args=(folder,), daemon=True, name="folder").start()
    app = make_app(engine, passwords(settings), settings.clickhouse_max_body_mib * 1024**2)
    log.info("listening on %s:%d", LOOPBACK, settings.clickhouse_port)
    web.run_app(
        app,
        host=LOOPBACK,
        port=settings.clickhouse_port,
        print=None,
        access_log=None,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
