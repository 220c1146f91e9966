"""Sessions of the page, kept by the server: the cookie is a name that ends with its session.

They end after a fixed time, however busy, by logout, and with the process: whoever was logged in
then logs in again. Nobody gets one without a right password, so that strangers fill nothing.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

SESSION_SECONDS: Final = 8 * 3_600
MAX_SESSIONS: Final = 1_000
TOKEN_BYTES: Final = 32


class Session(SessionMixin):
    """What the server knows of a browser. Without content there is none."""

    def __init__(self, token: str = "", content: dict[str, Any] | None = None) -> None:
        self.token = token
        self.modified = False
        self.ended: list[str] = []
        self._content = content or {}

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._content[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self._content[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def clear(self) -> None:
        """End it; what is put in afterwards is another one, under another name."""
        if self.token:
            self.ended.append(self.token)
        self.token, self._content, self.modified = "", {}, True


class Sessions(SessionInterface):
    """All sessions of this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}  # oldest first

    def open_session(self, app: Flask, request: Request) -> Session:
        """The session that the cookie names, if it is one and goes on."""
        token = request.cookies.get(self.get_cookie_name(app), "")
        with self._lock:
            began, content = self._kept.get(_digest(token), (float("-inf"), {}))
        if self._clock() - began >= SESSION_SECONDS:
            return Session()
        return Session(token, dict(content))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what was put in, forget what was ended; only a new session sets a cookie."""
        assert isinstance(session, Session)
        if not session.modified:
            return
        for token in session.ended:
            self._end(token)
        if session.token:
            self._change(session)
        elif session:
            response.set_cookie(
                self.get_cookie_name(app),
                self._begin(session),
                max_age=SESSION_SECONDS,
                httponly=True,
                secure=self.get_cookie_secure(app),
                samesite="Strict",
            )
        elif session.ended:
            response.delete_cookie(self.get_cookie_name(app), samesite="Strict", httponly=True)

    def _begin(self, session: Session) -> str:
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock()
        with self._lock:
            for digest, (began, _) in list(self._kept.items()):
                if now - began >= SESSION_SECONDS or len(self._kept) >= MAX_SESSIONS:
                    del self._kept[digest]
                else:
                    break
            self._kept[_digest(token)] = now, dict(session)
        return token

    def _change(self, session: Session) -> None:
        """Write what is new; what was ended meanwhile stays ended."""
        with self._lock:
            began, _ = self._kept.get(_digest(session.token), (None, None))
            if began is not None:
                self._kept[_digest(session.token)] = began, dict(session)

    def _end(self, token: str) -> None:
        with self._lock:
            self._kept.pop(_digest(token), None)


def _digest(token: str) -> str:
    """So that nobody learns a name from how long it is looked for."""
    return hashlib.sha256(token.encode()).hexdigest()
