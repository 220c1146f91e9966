"""The door of the page: login, session cookie, headers, who may pass. A shell around Flask.

Everything but the login and the style sheets needs a session, callbacks too: a `before_request`
refuses them, and the callback itself asks again. A form or callback that comes from elsewhere
is refused by its origin (the cookie is SameSite=Strict besides).
"""

import time
from collections.abc import Sequence
from math import ceil
from typing import Final
from urllib.parse import quote, urlsplit

from flask import Flask, Response, current_app, redirect, render_template, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response as Reply

from dashboards.address import local
from dashboards.attempts import Attempts, counts
from dashboards.serving import MAX_BODY_BYTES
from dashboards.sessions import Sessions
from dashboards.words import say
from events.texts import LANGS, Lang
from infra.settings import LOOPBACK, Settings
from office import page_accounts

CHOICES: Final = {"lang": LANGS, "theme": ("light", "dark")}
"""What a reader may choose: each in a cookie of its own."""
CHOICE_SECONDS: Final = 365 * 24 * 3_600
OPEN_PATHS: Final = ("/login", "/set")
ASSETS: Final = "/assets/"
COOKIE: Final = "tekil_page"
DEVICE_COOKIE: Final = "tekil_device"
Answer = Response | Reply | str | tuple[str, int] | tuple[str, int, dict[str, str]]


class Account(UserMixin):  # type: ignore[misc]  # the library is untyped
    """Who is logged in, and with which password."""

    def __init__(self, name: str, mark: str) -> None:
        self.id = f"{name}:{mark}"
        self.name = name


def language() -> Lang:
    """What the reader chose, else Turkish."""
    return next((lang for lang in LANGS if lang == request.cookies.get("tekil_lang")), "tr")


def theme() -> str:
    """What the reader chose, else light."""
    return "dark" if request.cookies.get("tekil_theme") == "dark" else "light"


def make_flask(settings: Settings, folder: str) -> Flask:
    """A Flask application with the door in it. Raises AccountsUnreadable."""
    server = Flask("dashboards", root_path=folder, static_folder=None)
    public = urlsplit(settings.page)
    server.config.update(
        SECRET_KEY=page_accounts.session_key(settings),
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_SECURE=public.scheme == "https",
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        TRUSTED_HOSTS=[LOOPBACK, "localhost", public.hostname],
    )
    server.session_interface = Sessions()
    page_accounts.load(settings)
    _sessions(server, settings)
    server.before_request(_guard)
    _routes(server, settings)
    return server


def _sessions(server: Flask, settings: Settings) -> None:
    manager = LoginManager(server)
    manager.session_protection = "strong"

    def load(identity: str) -> Account | None:
        name, _, mark = identity.partition(":")
        stored = page_accounts.load(settings).get(name)
        if stored is None or page_accounts.fingerprint(stored) != mark:
            return None
        return Account(name, mark)

    manager.user_loader(load)


def _guard() -> Answer | None:
    """What may not pass gets an answer here."""
    if request.method == "POST" and not same_origin(request.headers.get("Origin"), request.host):
        return "refused: this request comes from elsewhere", 403
    if request.path in OPEN_PATHS or request.path.startswith(ASSETS):
        return None
    if current_user.is_authenticated:
        return None
    if request.path.startswith("/_") or request.method != "GET":
        return "log in first", 401
    return redirect(f"/login?next={quote(request.full_path.rstrip('?'))}")


def same_origin(origin: str | None, host: str) -> bool:
    """True if a form or callback was sent by our own page. Browsers always say where from."""
    return origin is not None and urlsplit(origin).netloc == host


def _routes(server: Flask, settings: Settings) -> None:
    attempts = Attempts()

    def login() -> Answer:
        target = local(request.values.get("next", "/"))
        if request.method == "GET":
            if current_user.is_authenticated:
                return redirect(target)
            given = request.args.get("device", "")
            return _take_device(settings, given) if given else _form(target)
        users = page_accounts.load(settings)
        name = request.form.get("user", "")
        known = name if name in users else ""
        own = counts(known, _device(settings, known), request.remote_addr or "")
        if (until := attempts.begin(own)) is not None:
            wait = max(1, ceil(until - time.time()))
            text = say(language(), "login_wait", n=wait)
            return _form(target, text), 429, {"Retry-After": str(wait)}
        if not page_accounts.verify(users, name, request.form.get("password", "")):
            return _form(target, say(language(), "login_wrong")), 401
        attempts.succeeded(own)
        session.clear()  # a session from before the login is not the one after it
        login_user(Account(name, page_accounts.fingerprint(users[name])))
        answer = redirect(target, 303)
        _set_device(answer, page_accounts.device(settings, name))
        return answer

    def logout() -> Answer:
        logout_user()
        session.clear()
        return redirect("/login", 303)

    def choose() -> Answer:
        """Language and theme: a choice that harms nobody, so a link may make it."""
        answer = redirect(local(request.args.get("next", "/")))
        for name, allowed in CHOICES.items():
            if request.args.get(name) in allowed:
                # a cookie of its own, written here alone: the session belongs to the login
                _set_cookie(answer, f"tekil_{name}", request.args[name], CHOICE_SECONDS, "Lax")
        return answer

    server.add_url_rule("/login", view_func=login, methods=["GET", "POST"])
    server.add_url_rule("/logout", view_func=logout, methods=["POST"])
    server.add_url_rule("/set", view_func=choose)


def _device(settings: Settings, account: str) -> str:
    cookie = request.cookies.get(DEVICE_COOKIE, "")
    return page_accounts.device_name(settings, account, cookie) if account else ""


def _take_device(settings: Settings, given: str) -> Answer:
    """The address that `tekil page-password` prints: this browser gets a count of its own."""
    answer = redirect("/login")
    users = page_accounts.load(settings)
    is_one = any(page_accounts.device_name(settings, name, given) for name in users)
    # one that it has is not taken from it: a link from elsewhere could
    if is_one and not any(_device(settings, name) for name in users):
        _set_device(answer, given)
    return answer


def _set_device(answer: Reply, device: str) -> None:
    _set_cookie(answer, DEVICE_COOKIE, device, page_accounts.DEVICE_SECONDS, "Strict")


def _set_cookie(answer: Reply, name: str, value: str, seconds: int, same_site: str) -> None:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    answer.set_cookie(name, value, seconds, secure=secure, httponly=True, samesite=same_site)


def _form(target: str, problem: str = "") -> str:
    lang = language()
    return render_template(
        "login.html",
        lang=lang,
        dir="rtl" if lang == "ar" else "ltr",
        theme=theme(),
        target=target,
        problem=problem,
        langs=LANGS,
        say=lambda key: say(lang, key),
    )


def add_headers(server: Flask, script_hashes: Sequence[str]) -> None:
    """What the browser may load and do: ours alone. Called after all callbacks are known."""
    policy = "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *script_hashes)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )

    def add(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        if server.config["SESSION_COOKIE_SECURE"]:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not request.path.startswith((ASSETS, "/_dash-component-suites")):
            response.headers["Cache-Control"] = "no-store"
        return response

    server.after_request(add)


def is_allowed() -> bool:
    """True if the request has a session: each callback asks for itself."""
    return bool(current_user.is_authenticated)


def user_name() -> str:
    """The name of who is logged in."""
    return str(current_user.name)
