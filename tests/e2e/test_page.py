"""A reader's way in a real browser: login, totals, filters, a finding's two records, integrity."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import waitress
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dashboards import app
from events.catalog import Topic
from infra.settings import LOOPBACK
from office import page_accounts
from projections.writer import wait_until_current
from tests.e2e.forging import write
from tests.e2e.kit import Tekil, record
from tests.e2e.strangers import COUNTED, comes_to

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE = {"width": 1440, "height": 900}
MAY = "2026-05"
expect.set_options(timeout=30_000)  # milliseconds: a busy machine is slow, not wrong


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without its sandbox (a test may run as root)."""
    path = shutil.which("chromium")
    assert path, "the page is tested in Chromium: run `make test`, or install chromium"
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        yield made
        made.close()


@pytest.fixture(scope="module")
def tekil(shared: Tekil) -> Tekil:
    """Two organisations that pay one household twice in May, and a refused record."""
    shared.join("BEL", "STK")
    shared.programmes(("BEL", "BEL-KIRA", ""), ("STK", "STK-KIRA", ""))
    family = "R=P01 M=P02"
    shared.publish("BEL", record("BEL-KIRA", "b1", "rent/cash/m 9300", MAY, family))
    shared.publish(
        "STK",
        [
            *record("STK-KIRA", "s1", "rent/cash/m 6000", "2026-05-17,2026-06-16", family),
            *record("STK-KIRA", "s2", "food/cash/m 500", MAY, "R=P03"),
        ],
    )
    shared.publish("STK", record("STK-NONE", "s3", "rent/cash/m 1", MAY, "R=P04"), ok=(1,))
    assert wait_until_current(shared.settings)
    return shared


@pytest.fixture(scope="module")
def address(tekil: Tekil) -> Iterator[str]:
    """A page on a free port."""
    server = waitress.create_server(
        app.make_app(tekil.settings).server, host=LOOPBACK, port=0, threads=4
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://{LOOPBACK}:{server.effective_port}"
    server.close()
    thread.join(10)


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Page]:
    """A tab that may load nothing from elsewhere and in which nothing may fail."""
    context = browser.new_context(viewport=WIDE, base_url=address)  # type: ignore[arg-type]
    page = context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if _is_trouble(said) else None)
    page.on(
        "request", lambda sent: trouble.append(sent.url) if _is_foreign(sent, address) else None
    )
    yield page
    context.close()
    assert trouble == []


def _is_trouble(said: Any) -> bool:
    return said.type == "error" and "401" not in said.text


def _is_foreign(sent: Any, address: str) -> bool:
    return not sent.url.startswith((address, "data:"))


@pytest.fixture
def enter(tekil: Tekil, tab: Page) -> Callable[[], Page]:
    """Logs in with a fresh password."""

    def _enter() -> Page:
        tab.goto("/login")
        tab.fill("[name=user]", page_accounts.FIRST_USER)
        tab.fill("[name=password]", page_accounts.new_password(tekil.settings))
        tab.click("button[type=submit]")
        expect(tab.locator(".shell")).to_be_visible()
        return tab

    return _enter


def test_from_login_through_filters_to_a_findings_two_records(tekil: Tekil, tab: Page) -> None:
    password = page_accounts.new_password(tekil.settings)
    tab.goto("/findings?purpose=rent")
    expect(tab).to_have_url("/login?next=/findings%3Fpurpose%3Drent")
    tab.fill("[name=user]", page_accounts.FIRST_USER)
    tab.fill("[name=password]", "not this one")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert")).to_have_text("Kullanıcı ya da parola yanlış.")
    tab.fill("[name=user]", page_accounts.FIRST_USER)
    tab.fill("[name=password]", password)
    tab.keyboard.press("Enter")

    expect(tab).to_have_url("/findings?purpose=rent")
    expect(tab.locator("#total")).to_have_text("1 bulgu")
    tab.select_option("#filter-purpose", "food")
    tab.get_by_role("button", name="Süz").click()
    expect(tab.get_by_text("Bu süzgeçte bulgu yok")).to_be_visible()
    assert "purpose=food" in tab.url
    tab.select_option("#filter-purpose", "rent")
    tab.select_option("#filter-partner", "STK")
    tab.get_by_role("button", name="Süz").click()
    expect(tab.locator("#filter-partner")).to_have_value("STK")
    expect(tab.locator(".list tbody tr")).to_have_count(1)
    tab.locator(".list thead").get_by_role("link", name="Çakışan tutar").click()
    expect(tab.locator("th[aria-sort=descending]")).to_contain_text("Çakışan tutar")
    assert "partner=STK" in tab.url

    tab.locator(".list tbody a").click()
    expect(tab.locator("h2").first).to_have_text("Mükerrer yardım: kira")
    records = tab.locator(".records")
    for words in ("BEL-KIRA", "STK-KIRA", "9.300,00 TL", "6.000,00 TL", "≠"):
        expect(records).to_contain_text(words)
    expect(tab.locator("#timeline-text")).to_contain_text("17 – 31 May 2026")
    expect(tab.locator(".time .bar")).to_have_count(2)
    hatch, bar = (tab.locator(name).first.bounding_box() for name in (".time .hatch", ".bar.A"))
    assert hatch is not None
    assert bar is not None
    assert bar["x"] < hatch["x"] < bar["x"] + bar["width"]
    expect(tab.locator(".case")).to_contain_text(re.compile(r"açılış \d+ \S+ 20\d\d"))
    why = tab.locator(".policy")
    for words in ("Politika sürüm 1", "iki kayıtta aynı alıcı", "17 May – 15 Haz 2026", "15 gün"):
        expect(why).to_contain_text(words)
    expect(tab.locator(".history")).to_contain_text("bulgu açıldı, sürüm 1")


def test_every_screen_in_three_languages_and_two_themes(enter: Callable[[], Page]) -> None:
    tab = enter()
    for lang, way in (("tr", "ltr"), ("en", "ltr"), ("ar", "rtl")):
        for theme in ("light", "dark"):
            tab.goto(f"/set?lang={lang}&theme={theme}&next=/")
            for path in ("/", "/findings", "/submissions", "/integrity"):
                tab.goto(path)
                expect(tab.locator("main#main")).to_be_visible()
                expect(tab.locator("[role=alert]")).to_have_count(0)
                root = tab.locator("html")
                expect(root).to_have_attribute("lang", lang)
                expect(root).to_have_attribute("dir", way)
                wide = tab.evaluate("document.documentElement.scrollWidth")
                assert wide <= WIDE["width"], (lang, path)
    surface = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert surface == "rgb(14, 19, 24)"


def test_reasons_are_told_and_the_integrity_screen_sees_the_broker(
    enter: Callable[[], Page],
) -> None:
    tab = enter()
    tab.goto("/submissions?partner=STK")
    expect(tab.locator(".reasons")).to_contain_text("Program kayıtlı değil")
    tab.goto("/integrity")
    expect(tab.locator(".checks .bdg.ok")).to_have_count(16)
    expect(tab.locator(".checks .bdg.late")).to_have_count(0)
    expect(tab.get_by_text("Broker yanıt vermiyor")).to_have_count(0)


def test_excess_of_months_that_are_over_stands_beside_the_others(
    enter: Callable[[], Page],
) -> None:
    tab = enter()
    tab.goto("/")
    rows = tab.locator(".excess tbody tr")
    expect(rows).to_have_text(["Biten aylar3.000,00 TL0,00 TL1", "Tüm aylar3.000,00 TL0,00 TL1"])
    expect(tab.locator(".tile", has_text="Fazla tutar")).to_contain_text("3.000")


def test_a_reader_without_a_mouse_gets_in_and_around(enter: Callable[[], Page]) -> None:
    tab = enter()
    tab.keyboard.press("Tab")
    expect(tab.locator(".skip")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator("#main")).to_be_focused()
    tab.goto("/")
    expect(tab.locator(".nav a").first).to_be_visible()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    expect(tab.locator(".nav a").first).to_be_focused()
    ring = tab.evaluate("getComputedStyle(document.activeElement).outline")
    assert "solid 2px" in ring
    assert tab.locator("table:not(:has(caption))").count() == 0
    assert tab.locator("select:not([name])").count() == 0


def test_foreign_messages_are_on_the_integrity_screen(
    tekil: Tekil, enter: Callable[[], Page]
) -> None:
    for value in (b"junk", bytes(64)):
        write(tekil.settings, Topic.KEYS, value, b"nobody")
    none = dict.fromkeys((*COUNTED, "repeated"), 0)
    assert comes_to(tekil, none | {"keys": 2}) == none | {"keys": 2}
    tab = enter()
    tab.goto("/integrity")
    row = tab.locator(".foreign tr", has_text="Anahtarlar")
    expect(row).to_contain_text("2")
    expect(row.locator(".late")).to_contain_text("yeni")
    expect(tab.locator(".foreign .late")).to_have_count(1)


def test_leaving_ends_the_session(enter: Callable[[], Page]) -> None:
    tab = enter()
    tab.get_by_role("button", name="Çıkış").click()
    expect(tab).to_have_url("/login")
    tab.goto("/findings")
    expect(tab).to_have_url("/login?next=/findings")


def test_status_tells_health(tekil: Tekil) -> None:
    told = tekil.run("status", "--json").json
    assert told["health"]["failing"] == []
    assert told["health"]["checks"] == 16
    assert told["health"]["waiting"]["registry"] == 0
    assert "integrity  16 of 16 checks agree" in tekil.run("status").out
