"""ClickHouse's HTTP interface as far as it is pure: what a request says, how an error looks.

Source: ClickHouse documentation, "HTTP interface". Nothing here opens anything.
"""

from __future__ import annotations

import base64
import binascii
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import lz4.frame

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DEFAULT_FORMAT: Final = "TabSeparated"
DEFAULT_DATABASE: Final = "default"
MAX_QUERY_BYTES: Final = 4 * 1024**2  # a statement without its data

# Parameters of the transport, not of the engine: accepted, and mostly without an effect here.
TRANSPORT: Final = frozenset(
    {
        "buffer_size",
        "cancel_http_readonly_queries_on_client_close",
        "client_protocol_version",
        "compress",
        "database",
        "decompress",
        "default_format",
        "enable_http_compression",
        "http_headers_progress_interval_ms",
        "password",
        "query",
        "query_id",
        "quota_key",
        "role",
        "send_progress_in_http_headers",
        "session_check",
        "session_id",
        "session_timeout",
        "user",
        "wait_end_of_query",
    }
)
INSERT_DATA: Final = re.compile(
    rb"\s*(INSERT\s+INTO\s.+?)\s+FORMAT\s+(\w+)[ \t]*(?:\r?\n|\Z)", re.IGNORECASE | re.DOTALL
)
INSERT_SELECT: Final = re.compile(rb"[\s)](?:SELECT|WITH|VALUES)\b", re.IGNORECASE)
COMMENTS_AND_SPACE: Final = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.DOTALL)
ENDING_FORMAT: Final = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*\Z", re.IGNORECASE)
FIRST_WORD: Final = re.compile(r"\(*\s*(\w+)")
ERROR_CODE: Final = re.compile(r"Code: (\d+)")
SETTING_NAME: Final = re.compile(r"\w{1,128}")
# Formats that only turn rows into text or bytes. Others read or write a schema file, or are
# names of Python objects to chDB.
OUTPUT_FORMATS: Final = re.compile(
    r"Native|TabSeparated\w*|TSV\w*|CSV\w*|CustomSeparated\w*|JSON\w*|RowBinary\w*|Pretty\w*"
    r"|Arrow|ArrowStream|Parquet|ORC|Avro|XML|Values|Vertical|Markdown|SQLInsert|RawBLOB|Null"
)
READING_WORDS: Final = frozenset(
    {"SELECT", "WITH", "FROM", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN"}
)


class ClickHouseError(Exception):
    """An error as ClickHouse reports it: a number, a text and a name."""

    def __init__(self, code: int, message: str, name: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {message} ({name})")
        self.code = code


def authentication_failed(user: str) -> ClickHouseError:
    """The server's words for an unknown user and for a wrong password alike."""
    return ClickHouseError(
        516,
        f"{user[:64]}: Authentication failed: password is incorrect, "
        "or there is no user with such name.",
        "AUTHENTICATION_FAILED",
    )


def denied(what: str) -> ClickHouseError:
    """The refusal of something that a reader may not do."""
    return ClickHouseError(
        497, f"analyst: Not enough privileges: {what}. Read the views v1_*", "ACCESS_DENIED"
    )


def error_code(text: str) -> int:
    """ClickHouse's number in an error text; 1002 (UNKNOWN_EXCEPTION) if there is none."""
    found = ERROR_CODE.match(text)
    return int(found[1]) if found else 1002


# Where the server's status is not 500. A client may retry after 503: nothing was run then.
HTTP_STATUS: Final = {
    516: 403,
    497: 403,
    164: 403,
    452: 403,
    62: 400,
    36: 400,
    115: 400,
    117: 400,
    60: 404,
    73: 404,
    81: 404,
    46: 404,
    47: 404,
    48: 501,
    202: 503,
}


@dataclass(frozen=True)
class Request:
    """One statement as a client sent it.

    `settings` are engine settings, `parameters` the values of `{name:Type}` in the
    text, still escaped as on the wire (TabSeparated escaping, as the engine expects).
    """

    query: str
    data: bytes
    database: str
    settings: Mapping[str, str]
    parameters: Mapping[str, str]
    default_format: str

    @property
    def text(self) -> str:
        """The whole statement: the parameter `query`, then the body. Raises ClickHouseError."""
        try:
            body = self.data.decode()
        except UnicodeDecodeError as error:
            raise ClickHouseError(62, "the statement is not UTF-8", "SYNTAX_ERROR") from error
        return f"{self.query}\n{body}" if self.query else body


@dataclass(frozen=True)
class Insert:
    """`INSERT INTO … FORMAT x` with its data beside it."""

    statement: str
    format: str
    data: bytes


def parse_arguments(arguments: Mapping[str, str], data: bytes) -> Request:
    """Sort the URL's (or form's) arguments. Raises ClickHouseError for an impossible name."""
    settings: dict[str, str] = {}
    parameters: dict[str, str] = {}
    default_format = arguments.get("default_format") or DEFAULT_FORMAT
    check_output_format(default_format)
    for name, value in arguments.items():
        if name.startswith("param_"):
            parameters[name[len("param_") :]] = value
        elif name not in TRANSPORT:
            if not SETTING_NAME.fullmatch(name):
                raise ClickHouseError(115, "not a setting's name", "UNKNOWN_SETTING")
            settings[name] = value
    return Request(
        query=arguments.get("query", ""),
        data=data,
        database=arguments.get("database") or DEFAULT_DATABASE,
        settings=settings,
        parameters=parameters,
        default_format=default_format,
    )


def check_output_format(name: str) -> None:
    """Raises ClickHouseError (73) for a format that does more than to show rows."""
    if not OUTPUT_FORMATS.fullmatch(name):
        raise ClickHouseError(73, f"Unknown format {name[:64]}", "UNKNOWN_FORMAT")


def split_insert(request: Request) -> Insert | None:
    """The parts of an insert that brings data in some format; None for any other statement."""
    head = request.query.encode()
    joined = head + b"\n" if head else b""
    start = joined + request.data[:MAX_QUERY_BYTES]
    found = INSERT_DATA.match(start)
    # `INSERT INTO t SELECT … FORMAT x` brings no data: it runs as text.
    if not found or INSERT_SELECT.search(found[1]):
        return None
    if found.end() >= len(joined):
        data = memoryview(request.data)[found.end() - len(joined) :].tobytes()
    else:
        data = joined[found.end() :] + request.data
    return Insert(found[1].decode(), found[2].decode(), data)


def first_word(text: str) -> str:
    """The statement's first word in capitals, behind comments; empty if there is none."""
    skipped = COMMENTS_AND_SPACE.match(text)
    found = FIRST_WORD.match(text, skipped.end() if skipped else 0)
    return found[1].upper() if found else ""


def is_reading(text: str) -> bool:
    """True for a statement whose first word only reads. (The engine decides; this is for GET.)"""
    return first_word(text) in READING_WORDS


def answer_format(text: str, default: str) -> str:
    """The output format that a statement asks for in its last words."""
    found = ENDING_FORMAT.search(text[-256:])
    return found[1] if found else default


@dataclass(frozen=True)
class Credentials:
    """Who a request says it is."""

    user: str
    password: str


def read_credentials(headers: Mapping[str, str], arguments: Mapping[str, str]) -> Credentials:
    """Headers first, then Basic, then parameters, as the server. Raises ClickHouseError (516)."""
    if "X-ClickHouse-User" in headers or "X-ClickHouse-Key" in headers:
        return Credentials(
            headers.get("X-ClickHouse-User", "default"), headers.get("X-ClickHouse-Key", "")
        )
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise authentication_failed("(unreadable)") from error
        return Credentials(user, password)
    return Credentials(arguments.get("user", "default"), arguments.get("password", ""))


class BodyTooLarge(Exception):
    """A body is larger than the limit, as sent or unpacked. HTTP 413."""


class _Decompressor(Protocol):
    """What lz4's and zlib's streaming objects have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


DECOMPRESSORS: Final[dict[str, Callable[[], _Decompressor]]] = {
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "zstd": zstd.ZstdDecompressor,
    "gzip": lambda: zlib.decompressobj(31),
    "deflate": lambda: zlib.decompressobj(15),
}


def decode_body(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """The body without its Content-Encoding.

    A client sends one frame for each block of rows, so all frames are read, to the last
    byte: half a body must never be taken for a whole one. Raises BodyTooLarge, or
    ClickHouseError for a damaged body and for an encoding that is not known here.
    """
    if encoding in ("", "identity"):
        return body
    make = DECOMPRESSORS.get(encoding)
    if make is None:
        known = ", ".join(sorted(DECOMPRESSORS))
        raise ClickHouseError(
            48, f"unsupported Content-Encoding; use one of: {known}", "NOT_IMPLEMENTED"
        )
    try:
        return b"".join(_frames(body, make, max_bytes))
    except (zlib.error, zstd.ZstdError, RuntimeError, EOFError) as error:
        raise ClickHouseError(
            33, f"cannot unpack the {encoding} body: {error}", "CANNOT_READ_ALL_DATA"
        ) from error


def _frames(body: bytes, make: Callable[[], _Decompressor], max_bytes: int) -> Iterable[bytes]:
    left = max_bytes
    while body:
        frame = make()
        unpacked = frame.decompress(body, left + 1)
        if len(unpacked) > left:
            raise BodyTooLarge
        if not frame.eof:
            raise EOFError("it ends in the middle of a frame")
        left -= len(unpacked)
        yield unpacked
        body = frame.unused_data or b""


def quoted(value: str) -> str:
    """A string literal of ClickHouse's SQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(name: str) -> str:
    """A quoted identifier. Raises ClickHouseError for a name that nothing here has."""
    if not re.fullmatch(r"\w{1,128}", name):
        raise ClickHouseError(81, "not a database's name", "UNKNOWN_DATABASE")
    return f"`{name}`"
