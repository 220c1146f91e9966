"""The ClickHouse endpoint of the embedded default: chDB behind HTTP, on loopback only.

Run as `python -m infra.local.clickhouse_http`, with settings from the environment.
SIGTERM finishes the running statements and closes the engine.

Answers are sent as the engine makes them. Who does not read is cut, and who hangs up has its
statement stopped.

Source: ClickHouse documentation, "HTTP interface". Known limits: no sessions, no
external tables; the owner's answers are made whole before they are sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
import threading
import uuid
from collections.abc import Mapping
from typing import Final

from aiohttp import BodyPartReader, web

from infra.clickhouse import PASSWORDS_FILE
from infra.local import clickhouse_folder
from infra.local.clickhouse_engine import ANALYST, OWNER, PAGE, USERS, Engine
from infra.local.clickhouse_lanes import BUFFER_BYTES, Flow
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
from infra.local.clickhouse_session import Counts
from infra.safe_files import make_once, put
from infra.settings import LOOPBACK, Settings

PASSWORD_BYTES: Final = 24
SHUTDOWN_SECONDS: Final = 60.0
READER_BODY_BYTES: Final = 8 * 1024**2
BODY_SECONDS: Final = 60.0
HELD_BYTES: Final = 1024**2
"""So much of an answer is made before any of it is sent: an error until then has its status."""
UNREAD_SECONDS: Final = 10.0
"""For the next 256 KiB of an answer, by whoever asked for it."""
ENGINE: Final = web.AppKey("engine", Engine)
PASSWORDS: Final = web.AppKey("passwords", Mapping[str, str])
MAX_BODY_BYTES: Final = web.AppKey("max_body_bytes", int)

log = logging.getLogger(__name__)


def passwords(settings: Settings) -> dict[str, str]:
    """The users' passwords, made at random on the first call.

    They lie in TEKIL_HOME/keys/clickhouse.json, mode 0600. A user that the file lacks is added,
    as homes of before the page had its own. Raises ValueError if the file is something else.
    """
    path = settings.shared_folder("keys") / PASSWORDS_FILE
    made = {user: secrets.token_urlsafe(PASSWORD_BYTES) for user in USERS}
    make_once(path, json.dumps(made).encode())
    found = json.loads(path.read_text())
    if not isinstance(found, dict) or not all(found.get(user) for user in (OWNER, ANALYST)):
        raise ValueError(f"{path} does not hold the passwords of {OWNER} and {ANALYST}")
    if not found.get(PAGE):
        found[PAGE] = made[PAGE]
        put(path, json.dumps(found).encode())
    return {user: str(found[user]) for user in USERS}


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


async def handle(request: web.Request) -> web.StreamResponse:
    """One request: who, what, run, answer. Errors are ClickHouse's, in its own form."""
    engine = request.app[ENGINE]
    try:
        user = authenticate(
            read_credentials(request.headers, request.query), request.app[PASSWORDS]
        )
        with engine.place(user):
            async with asyncio.timeout(BODY_SECONDS):
                arguments, data = await _read_body(request, _limit(request.app, user))
            statement = parse_arguments(arguments, data)
            if request.method == "GET" and not is_reading(statement.query):
                raise ClickHouseError(
                    164, "Cannot execute query in readonly mode: GET only reads", "READONLY"
                )
            async with engine.answer(user, statement) as flow:
                return await _send(request, engine, flow)
    except TimeoutError:
        return web.Response(status=408, text="Code: 209. DB::Exception: the body was late\n")
    except BodyTooLarge:
        return web.Response(status=413, text="Code: 307. DB::Exception: the body is too large\n")
    except ClickHouseError as error:
        return web.Response(
            status=HTTP_STATUS.get(error.code, 500),
            text=f"{error}\n",
            headers={"X-ClickHouse-Exception-Code": str(error.code)},
        )


async def _send(request: web.Request, engine: Engine, flow: Flow) -> web.StreamResponse:
    """A short answer as a whole, with its counts; a long one as it comes.

    Raises ClickHouseError; where something was sent before, the connection is cut, so that half
    an answer is never taken for a whole one.
    """
    piece = await flow.read(HELD_BYTES)
    if len(piece) < HELD_BYTES:
        counts = await flow.counts()
        return web.Response(body=piece, headers=_headers(request, engine, flow, counts))
    answer = web.StreamResponse(headers=_headers(request, engine, flow, None))
    await answer.prepare(request)
    try:
        while piece:
            async with asyncio.timeout(UNREAD_SECONDS):
                await answer.write(piece)
            piece = await flow.read(BUFFER_BYTES)
        await flow.counts()
        await answer.write_eof()
    except BaseException:
        if request.transport is not None:
            request.transport.abort()
        raise
    return answer


def _headers(
    request: web.Request, engine: Engine, flow: Flow, counts: Counts | None
) -> dict[str, str]:
    query_id = request.query.get("query_id") or str(uuid.uuid4())
    safe_id = "".join(c for c in query_id if c.isalnum() or c in "-_")[:128]
    headers = {
        "X-ClickHouse-Timezone": engine.timezone,
        "X-ClickHouse-Format": flow.format,
        "X-ClickHouse-Query-Id": safe_id,
        "X-ClickHouse-Server-Display-Name": "tekil",
        "Content-Type": "application/octet-stream",
    }
    if counts is not None:
        headers["X-ClickHouse-Summary"] = json.dumps(
            {"read_rows": str(counts.rows_read), "written_rows": str(counts.rows_written)}
        )
    return headers


def _limit(app: web.Application, user: str) -> int:
    """Bytes of a body: a reader's statements carry no data."""
    return app[MAX_BODY_BYTES] if user == OWNER else min(READER_BODY_BYTES, app[MAX_BODY_BYTES])


async def _read_body(request: web.Request, limit: int) -> tuple[dict[str, str], bytes]:
    """All arguments, of the URL and of a form, and the body unpacked."""
    arguments = dict(request.query)
    if request.content_type == "multipart/form-data":
        left = limit
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.filename or not part.name:
                raise ClickHouseError(48, "external tables are not supported", "NOT_IMPLEMENTED")
            value = bytearray()
            while chunk := await part.read_chunk():
                value += chunk
                if len(value) > left:
                    raise BodyTooLarge
            left -= len(value)
            arguments[part.name] = value.decode()
        return arguments, b""
    try:
        body = await request.clone(client_max_size=limit).read()
    except web.HTTPRequestEntityTooLarge as error:
        raise BodyTooLarge from error
    return arguments, decode_body(body, request.headers.get("Content-Encoding", ""), limit)


async def ping(_request: web.Request) -> web.Response:
    """Liveness, without a user, as on the server."""
    return web.Response(text="Ok.\n")


def make_app(engine: Engine, known: Mapping[str, str], max_body_bytes: int) -> web.Application:
    """The web application over an open engine; it closes the engine when it ends."""

    async def close(_app: web.Application) -> None:
        await engine.close()

    app = web.Application(handler_args={"auto_decompress": False})
    app[ENGINE], app[PASSWORDS], app[MAX_BODY_BYTES] = engine, known, max_body_bytes
    app.router.add_get("/ping", ping)
    app.router.add_get("/", handle)
    app.router.add_post("/", handle)
    app.on_cleanup.append(close)
    return app


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    folder = settings.shared_folder("clickhouse") / "data"
    clickhouse_folder.begin_anew_if_damaged(folder)
    engine = Engine(
        folder,
        settings.clickhouse_max_seconds,
        settings.clickhouse_max_waiting,
    )
    watching = (settings, folder)
    threading.Thread(
        target=clickhouse_folder.watch, args=watching, daemon=True, name="folder"
    ).start()
    app = make_app(engine, passwords(settings), settings.clickhouse_max_body_mib * 1024**2)
    log.info("listening on %s:%d", LOOPBACK, settings.clickhouse_port)
    web.run_app(
        app,
        host=LOOPBACK,
        port=settings.clickhouse_port,
        print=None,
        access_log=None,
        shutdown_timeout=SHUTDOWN_SECONDS,
        handler_cancellation=True,
    )
