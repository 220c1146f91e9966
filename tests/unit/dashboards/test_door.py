"""The door: who passes, what a cookie is, what the browser is told; without any service."""

import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from typer.testing import CliRunner
from werkzeug.security import generate_password_hash

from cli.app import app as cli
from dashboards import app
from dashboards.attempts import ACCOUNT, OWN
from dashboards.door import COOKIE, DEVICE_COOKIE
from dashboards.sessions import MAX_SESSIONS, SESSION_SECONDS, Sessions
from infra.local.preflight import port_is_free
from infra.settings import Settings
from lab.bench.ports import claim_port_base
from office import page_accounts

ORIGIN = {"Origin": "http://localhost"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, port_base=claim_port_base())


@pytest.fixture
def password(settings: Settings) -> str:
    made = page_accounts.make_first(settings)
    assert made
    return made


@pytest.fixture
def client(settings: Settings, password: str) -> Iterator[FlaskClient]:
    with app.make_app(settings).server.test_client() as made:
        yield made


def log_in(client: FlaskClient, password: str, **more: Any) -> Any:
    data = {"user": page_accounts.FIRST_USER, "password": password, **more}
    return client.post("/login", data=data, headers=ORIGIN)


def callback(client: FlaskClient, path: str, headers: dict[str, str] = ORIGIN) -> Any:
    url = [{"id": "url", "property": name, "value": value} for name, value in
           (("pathname", path), ("search", ""))]  # fmt: skip
    body = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": url,
        "changedPropIds": ["url.pathname"],
    }
    return client.post("/_dash-update-component", json=body, headers=headers)


def test_files_are_for_the_owner_alone_and_the_password_is_nowhere(
    settings: Settings, password: str
) -> None:
    for name in (page_accounts.USERS_FILE, page_accounts.SESSION_KEY_FILE):
        path = settings.folder("keys") / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert password.encode() not in path.read_bytes()
    assert page_accounts.load(settings)[page_accounts.FIRST_USER].startswith("scrypt:")
    assert page_accounts.make_first(settings) is None


def test_a_damaged_file_of_accounts_lets_nobody_in(settings: Settings, password: str) -> None:
    path = settings.folder("keys") / page_accounts.USERS_FILE
    for content in ("", "[]", '{"tekil": ""}', '{"tekil": 1}'):
        path.write_text(content)
        with pytest.raises(page_accounts.AccountsUnreadable, match="page-password"):
            page_accounts.load(settings)
    key = settings.folder("keys") / page_accounts.SESSION_KEY_FILE
    key.write_bytes(b"")
    with pytest.raises(page_accounts.AccountsUnreadable, match="too short"):
        page_accounts.session_key(settings)


def test_without_a_session_nothing_but_the_login_is_served(client: FlaskClient) -> None:
    for path in ("/", "/findings?page=2", "/integrity"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/login?next=/")
    for path in ("/_dash-layout", "/_dash-dependencies", "/_reload-hash"):
        assert client.get(path).status_code == 401, path
    assert callback(client, "/").status_code == 401
    assert client.get("/login").status_code == 200
    with client.get("/assets/tokens.css") as sheet:
        assert sheet.status_code == 200


def test_a_session_passes_and_its_cookie_is_closed(client: FlaskClient, password: str) -> None:
    answer = log_in(client, password, next="/findings?page=2")
    assert (answer.status_code, answer.location) == (303, "/findings?page=2")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert client.get("/").status_code == 200
    assert client.post("/logout", headers=ORIGIN).status_code == 303
    assert client.get("/").status_code == 302


def test_a_cookie_of_before_the_logout_opens_nothing(client: FlaskClient, password: str) -> None:
    """Seen: it did."""
    log_in(client, password)
    kept = client.get_cookie(COOKIE)
    assert kept is not None
    client.post("/logout", headers=ORIGIN)
    assert client.get_cookie(COOKIE) is None
    client.set_cookie(COOKIE, kept.value)
    assert client.get("/").status_code == 302
    assert callback(client, "/").status_code == 401


def test_a_session_ends_after_its_time_however_busy(client: FlaskClient, password: str) -> None:
    now = 0.0
    client.application.session_interface = Sessions(lambda: now)
    log_in(client, password)
    while now < SESSION_SECONDS - 60:
        assert callback(client, "/").status_code == 200
        now += 3_600
    now = SESSION_SECONDS
    assert client.get("/").status_code == 302


def test_a_cookie_that_somebody_planted_names_no_session(
    client: FlaskClient, password: str
) -> None:
    client.set_cookie(COOKIE, "planted")
    log_in(client, password)
    first = client.get_cookie(COOKIE)
    log_in(client, password)
    second = client.get_cookie(COOKIE)
    assert first is not None
    assert second is not None
    assert len({"planted", first.value, second.value}) == 3
    for value in ("planted", first.value):
        client.set_cookie(COOKIE, value)
        assert client.get("/").status_code == 302, "a login ends the session before it"


def test_sessions_are_bounded_and_strangers_have_none(client: FlaskClient, password: str) -> None:
    for path in ("/", "/login", "/set?lang=en"):
        assert COOKIE not in client.get(path).headers.get("Set-Cookie", "")
    assert COOKIE not in log_in(client, "wrong").headers.get("Set-Cookie", "")
    sessions = Sessions()
    client.application.session_interface = sessions
    with client.application.test_request_context():
        for n in range(MAX_SESSIONS + 10):
            made = sessions.open_session(client.application, flask.request)
            made["n"] = n
            sessions.save_session(client.application, made, flask.Response())
    assert len(sessions._kept) == MAX_SESSIONS


@pytest.mark.parametrize(("url", "is_secure"), [("", False), ("https://page.example", True)])
def test_behind_tls_cookies_never_travel_without(
    settings: Settings, password: str, url: str, is_secure: bool
) -> None:
    public = settings.model_copy(update={"page_url": url})
    base = url or "http://localhost"
    with app.make_app(public).server.test_client() as client:
        data = {"user": page_accounts.FIRST_USER, "password": password}
        answer = client.post("/login", base, data=data, headers={"Origin": base})
        cookies = answer.headers.getlist("Set-Cookie")
        cookies += client.get("/set?lang=en&theme=dark", base).headers.getlist("Set-Cookie")
        assert len(cookies) == 4
        assert [("; Secure" in cookie) for cookie in cookies] == [is_secure] * 4
        assert ("Strict-Transport-Security" in answer.headers) == is_secure


def test_a_login_leads_nowhere_else(client: FlaskClient, password: str) -> None:
    assert log_in(client, password, next="//evil.example").location == "/"


def test_a_post_from_elsewhere_is_refused(client: FlaskClient, password: str) -> None:
    data = {"user": page_accounts.FIRST_USER, "password": password}
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        assert client.post("/login", data=data, headers=headers).status_code == 403
    log_in(client, password)
    assert callback(client, "/", {"Origin": "http://evil.example"}).status_code == 403
    assert client.post("/logout", headers={}).status_code == 403


def test_another_host_name_is_refused(client: FlaskClient) -> None:
    assert client.get("/login", headers={"Host": "rebound.example"}).status_code == 400


def test_five_wrong_passwords_shut_the_door_for_the_rest_of_their_minute(
    client: FlaskClient, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = time.time()

    def at(second: float) -> None:
        monkeypatch.setattr(time, "time", lambda: start + second)

    for second in range(OWN.amount):
        at(second)
        assert log_in(client, "wrong").status_code == 401
    at(OWN.amount)
    answer = log_in(client, password)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "55"
    assert "55 saniye" in answer.text
    at(60.5)
    assert log_in(client, password).status_code == 303
    client.post("/logout", headers=ORIGIN)
    for _ in range(OWN.amount):
        assert log_in(client, "wrong").status_code == 401, "a right password clears the slate"


def fail(client: FlaskClient, address: str, user: str = page_accounts.FIRST_USER) -> int:
    """One wrong password, from an address, without any cookie."""
    data = {"user": user, "password": "wrong"}
    return client.application.test_client(use_cookies=False).post(
        "/login", data=data, headers=ORIGIN, environ_overrides={"REMOTE_ADDR": address}
    ).status_code  # fmt: skip


def test_who_fails_often_does_not_lock_the_owner_out(client: FlaskClient, password: str) -> None:
    """Seen: he did."""
    log_in(client, password)
    client.post("/logout", headers=ORIGIN)
    assert [fail(client, "127.0.0.1") for _ in range(60)].count(429) == 60 - OWN.amount
    for n in range(60):
        fail(client, f"10.0.0.{n}")
    assert log_in(client, password).status_code == 303


def test_the_owner_of_a_new_browser_has_a_way_in(
    client: FlaskClient, settings: Settings, password: str
) -> None:
    for _ in range(2 * OWN.amount):
        fail(client, "127.0.0.1")
    assert log_in(client, password).status_code == 429
    client.get(f"/login?device={page_accounts.device(settings, page_accounts.FIRST_USER)}")
    assert log_in(client, password).status_code == 303
    kept = client.get_cookie(DEVICE_COOKIE)
    client.post("/logout", headers=ORIGIN)
    client.get(f"/login?device={page_accounts.device(settings, page_accounts.FIRST_USER)}")
    assert client.get_cookie(DEVICE_COOKIE) == kept, "a link takes no device's count away"


def test_the_command_prints_that_way_in(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine where nothing ran before, too."""
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    shown = CliRunner().invoke(cli, ["page-password", "--json"])
    made = json.loads(shown.stdout)
    path = made["address"].removeprefix(settings.page)
    with app.make_app(settings).server.test_client() as client:
        for _ in range(2 * OWN.amount):
            fail(client, "127.0.0.1")
        assert client.get(path).location == "/login"
        assert client.get("/").status_code == 302, "the address alone opens nothing"
        assert log_in(client, made["password"]).status_code == 303


@pytest.mark.parametrize("cookie", ["", "x.y.z", "of another account"])
def test_a_device_is_one_of_the_account(
    client: FlaskClient, settings: Settings, password: str, cookie: str
) -> None:
    if cookie == "of another account":
        cookie = page_accounts.device(settings, "somebody")
    client.set_cookie(DEVICE_COOKIE, cookie)
    for _ in range(OWN.amount):
        assert log_in(client, "wrong").status_code == 401
    client.get(f"/login?device={cookie}")
    assert log_in(client, password).status_code == 429


def test_a_device_guesses_no_faster(client: FlaskClient, password: str) -> None:
    log_in(client, password)
    client.post("/logout", headers=ORIGIN)
    answers = [log_in(client, "wrong").status_code for _ in range(OWN.amount + 1)]
    assert answers == [401] * OWN.amount + [429]


def test_guesses_are_few_from_an_address_and_on_an_account(
    client: FlaskClient, password: str
) -> None:
    from_one = [fail(client, "10.1.0.1", f"user-{n}") for n in range(ACCOUNT.amount)]
    assert from_one.count(401) == OWN.amount, "accounts that there are not, are one"
    from_many = [fail(client, f"10.2.0.{n}") for n in range(ACCOUNT.amount + 5)]
    assert from_many == [401] * ACCOUNT.amount + [429] * 5
    assert fail(client, "10.1.0.1") == 429


def test_a_new_password_ends_the_sessions_of_the_old_one(
    client: FlaskClient, settings: Settings, password: str
) -> None:
    log_in(client, password)
    assert client.get("/").status_code == 200
    fresh = page_accounts.new_password(settings)
    assert client.get("/").status_code == 302
    assert log_in(client, password).status_code == 401
    assert log_in(client, fresh).status_code == 303


def test_an_unknown_user_with_the_right_password_stays_outside(password: str) -> None:
    users = {"a": generate_password_hash(password, page_accounts.METHOD)}
    assert page_accounts.verify(users, "a", password)
    assert not page_accounts.verify(users, "b", password)


def test_the_browser_may_load_ours_alone(client: FlaskClient, password: str) -> None:
    log_in(client, password)
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert "unsafe-eval" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    for word in ("http://", "https://", "//cdn"):
        assert word not in answer.text


def test_a_slow_answer_to_an_older_request_undoes_neither_choice_nor_logout(
    client: FlaskClient, password: str
) -> None:
    log_in(client, password)
    client.get("/set?lang=tr")
    late = [client.get("/"), callback(client, "/"), client.get("/assets/tokens.css")]
    client.get("/set?lang=en&theme=dark")
    client.post("/logout", headers=ORIGIN)
    for answer in late:  # a browser takes a cookie whenever its answer comes
        for cookie in answer.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            client.set_cookie(name, value)
        answer.close()
    shown = client.get("/", follow_redirects=True)
    assert '<html lang="en" dir="ltr" data-mantine-color-scheme="dark">' in shown.text
    assert shown.request.path == "/login"


@pytest.mark.parametrize(("lang", "way"), [("tr", "ltr"), ("en", "ltr"), ("ar", "rtl")])
def test_the_page_says_its_language_direction_and_theme(
    client: FlaskClient, password: str, lang: str, way: str
) -> None:
    client.get(f"/set?lang={lang}&theme=dark")
    wanted = f'<html lang="{lang}" dir="{way}" data-mantine-color-scheme="dark">'
    assert wanted in client.get("/login").text
    log_in(client, password)
    assert wanted in client.get("/").text


def test_when_clickhouse_is_away_the_page_says_so(
    client: FlaskClient, settings: Settings, password: str
) -> None:
    assert port_is_free(settings.clickhouse_port)
    log_in(client, password)
    answer = callback(client, "/findings")
    assert answer.status_code == 200
    words = answer.get_json()["response"]["page"]["children"]
    assert "Veri okunamadı" in str(words)
    assert "Kayıtlar güvende" in str(words)
    assert "R-503" in str(words)
