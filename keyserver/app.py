"""The key server over HTTP: reads no more than it must, and answers in `messages`' words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from keyserver.oprf import messages
from keyserver.oprf.messages import Error, ErrorCode
from keyserver.requests import Refused, picked
from keyserver.server import RETRY_SECONDS, KeyServer

BODY_SECONDS: Final = 30.0
"""How long a body may be on its way."""
MAX_IN_WORK: Final = 256
"""How many requests that are there wholly are evaluated or wait for it; more are sent away."""
MOST_BYTES: Final = messages.MAX_BODY_BYTES + 1024 * 1024
"""Nothing is read beyond, and nothing is kept beyond MAX_BODY_BYTES."""
HEALTH_PATH: Final = "/healthz"
STATUS: Final[dict[ErrorCode, int]] = {
    "malformed": 400,
    "unsigned": 401,
    "unknown-partner": 401,
    "bad-signature": 401,
    "clock": 401,
    "replayed": 409,
    "unknown-epoch": 404,
    "other-generation": 409,
    "too-large": 413,
    "quota": 429,
    "rate": 429,
    "unavailable": 503,
}


def make_app(server: KeyServer) -> FastAPI:
    """The web application over an unlocked server; it closes the server's counts when it ends."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        server.close()

    app = FastAPI(
        openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=lifespan
    )
    places = asyncio.Semaphore(MAX_IN_WORK)

    async def unread(refused: Refused, status: int = 0) -> Response:
        # a thread of its own, not one for which evaluations wait
        await asyncio.to_thread(server.note_refused, refused.code)
        return _error(refused, status)

    @app.get(messages.EPOCHS_PATH)
    def epochs() -> Response:
        return _json(server.epochs())

    @app.get(HEALTH_PATH)
    def health() -> Response:
        return Response(f"ok {server.number}\n", media_type="text/plain")

    @app.post(messages.EVALUATE_PATH)
    async def evaluate(request: Request) -> Response:
        try:
            headers = picked(request.headers.raw)
            body = await _body(request)
        except Refused as refused:
            return await unread(refused)
        except (TimeoutError, ClientDisconnect):  # who went away gets it as little
            return await unread(Refused("malformed", "The body did not come whole in time."), 408)
        if places.locked():
            return await unread(Refused("unavailable", "The server is busy.", RETRY_SECONDS))
        async with places:
            try:
                # libsodium lets other threads run meanwhile
                return _json(await run_in_threadpool(server.evaluate, headers, body))
            except Refused as refused:
                return _error(refused)

    @app.exception_handler(HTTPException)
    async def no_such_path(_request: Request, error: HTTPException) -> Response:
        return _error(Refused("malformed", "There is nothing here."), error.status_code)

    @app.exception_handler(Exception)
    async def fault(_request: Request, _error_: Exception) -> Response:
        # the server above logs what it was; the caller gets no detail
        return _error(Refused("unavailable", "The server has a fault of its own.", RETRY_SECONDS))

    return app


async def _body(request: Request) -> bytes | None:
    """The body as sent; None if it is too large. TimeoutError, ClientDisconnect.

    Of one that is too large a little is thrown away, so that the sender can read the answer:
    closing with bytes unread resets the connection.
    """
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 9 or int(declared) > MOST_BYTES:
        return None
    read, size = bytearray(), 0
    async with asyncio.timeout(BODY_SECONDS):
        async for part in request.stream():
            size += len(part)
            if size > MOST_BYTES:
                return None
            if size <= messages.MAX_BODY_BYTES:
                read += part
    return bytes(read) if size <= messages.MAX_BODY_BYTES else None


def _json(message: BaseModel, status: int = 200) -> Response:
    text = message.model_dump_json(exclude_none=True)
    return Response(text, status, media_type="application/json")


def _error(refused: Refused, status: int = 0) -> Response:
    error = Error(error=refused.code, detail=refused.detail, remaining=refused.remaining)
    answer = _json(error, status or STATUS[refused.code])
    if refused.retry_seconds:
        answer.headers["Retry-After"] = str(refused.retry_seconds)
    if refused.code == "too-large":
        answer.headers["Connection"] = "close"  # what was not read is not read
    return answer
