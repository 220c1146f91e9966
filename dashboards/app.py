"""The page: the wiring of Dash, the door, the reader and the views. Loopback only."""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final

from dash import Dash, Input, Output, dcc, html
from flask import Flask, abort, request

from dashboards import door, queries
from dashboards.parts import Child, Page
from dashboards.serving import make_server
from dashboards.shell import failed, section_of, shell, unknown
from dashboards.views.finding import finding
from dashboards.views.findings import findings
from dashboards.views.integrity import integrity
from dashboards.views.overview import overview
from dashboards.views.submissions import submissions
from dashboards.words import say
from infra.clickhouse import PAGE, ClickHouseUnavailable
from infra.settings import Settings
from office.health import Health, read_health
from projections.reader import Reader

FOLDER: Final = Path(__file__).resolve().parent
ENDS_SECONDS: Final = 10.0
UNREADABLE: Final = "R-503"
INDEX: Final = """<!doctype html>
<html lang="{lang}" dir="{dir}" data-mantine-color-scheme="{theme}">
<head>
{metas}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tekil · {title}</title>
<link rel="icon" href="/assets/favicon.svg">
{css}
</head>
<body>
{app_entry}
<noscript>{needs_script}</noscript>
<footer>{config}{scripts}{renderer}</footer>
</body>
</html>"""

log = logging.getLogger(__name__)


class TekilPage(Dash):
    """Dash with `<html lang dir>` and the theme of the reader."""

    def interpolate_index(self, *_: Any, **given: Any) -> str:
        """The page's frame. Everything in it comes from Dash or from our words."""
        lang = door.language()
        section = section_of(request.path)
        waiting = '<div id="react-entry-point"><div class="waiting"></div></div>'
        return INDEX.format(
            **{name: given[name] for name in ("metas", "css", "config", "scripts", "renderer")},
            lang=lang,
            dir="rtl" if lang == "ar" else "ltr",
            theme=door.theme(),
            title=say(lang, section or "no_page"),
            app_entry=waiting,
            needs_script=say(lang, "needs_script"),
        )


class Ends:
    """Where the topics end, asked at most every ten seconds; None while the broker is silent."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._asked = float("-inf")
        self._known: dict[str, int] | None = None
        self._lock = Lock()

    def __call__(self, taken: int) -> dict[str, int] | None:
        # the broker's client is large, and only the integrity screen asks
        from infra.kafka import KafkaUnavailable
        from office.topic_ends import topic_ends

        with self._lock:
            if time.monotonic() - self._asked >= ENDS_SECONDS:
                try:
                    self._known = topic_ends(self._settings, taken)
                except KafkaUnavailable as error:
                    log.warning("the broker does not answer: %s", error)
                    self._known = None
                self._asked = time.monotonic()
            return self._known


def make_app(settings: Settings) -> Dash:
    """The application. Raises AccountsUnreadable."""
    server = door.make_flask(settings, str(FOLDER))
    app = TekilPage(
        __name__,
        server=server,  # type: ignore[arg-type]  # the declared type lacks it
        assets_folder=str(FOLDER / "assets"),
        title="Tekil",
        update_title="",
        serve_locally=True,
        enable_mcp=False,
    )
    app.layout = html.Div([dcc.Location(id="url", refresh=True), html.Div(id="page")])
    reader, ends = Reader(settings, PAGE), Ends(settings)

    @app.callback(Output("page", "children"), Input("url", "pathname"), Input("url", "search"))
    def show(pathname: str | None, search: str | None) -> Child:
        if not door.is_allowed():
            abort(401)
        page = Page(
            lang=door.language(),
            theme=door.theme(),
            user=door.user_name(),
            now_ms=int(datetime.now(UTC).timestamp() * 1000),
            path=pathname or "/",
            search=search or "",
        )
        return render(page, reader, ends)

    door.add_headers(server, app.csp_hashes())
    return app


def render(page: Page, reader: Reader, ends: Ends) -> html.Div:
    """The whole screen for an address; what cannot be read becomes a state of the screen."""
    title = _title(page)
    try:
        # what waits is looked up for the screen that shows it: others need no broker
        health = read_health(reader, ends if page.path == "/integrity" else None)
        (open_now,) = reader.rows(queries.OPEN)
        body = _view(page, reader, health)
    except ClickHouseUnavailable as error:
        log.warning("%s: %s", UNREADABLE, error)
        return shell(page, title, [failed(page, reader.last_good_ms, UNREADABLE)], None, None)
    return shell(page, title, body, health, int(open_now["findings"]))


def _view(page: Page, reader: Reader, health: Health) -> list[Child]:
    match section_of(page.path):
        case "overview":
            return overview(page, reader, health)
        case "findings" if page.path == "/findings":
            return findings(page, reader)
        case "findings":
            return finding(page, reader, health)
        case "submissions" if page.path == "/submissions":
            return submissions(page, reader, health)
        case "integrity" if page.path == "/integrity":
            return integrity(page, reader, health)
    return [unknown(page)]


def _title(page: Page) -> Child:
    section = section_of(page.path)
    if section == "findings" and page.path != "/findings":
        where = html.A(page.say("findings"), href="/findings")
        name = html.H1(page.path.rpartition("/")[2][:8].upper(), className="mono")
        return html.Div([where, html.Span("/", className="f"), name], className="crumb")
    return html.H1(page.say(section or "no_page"))


def run(settings: Settings) -> None:
    """The worker process: serve until it is ended. It holds no state but who is logged in."""
    server: Flask = make_app(settings).server
    logging.getLogger("waitress").setLevel(logging.ERROR)
    log.info("page at %s", settings.page)
    make_server(server, settings).run()
