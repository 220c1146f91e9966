"""Which folder the demo may use, and what it removes there."""

from pathlib import Path

import pytest

from events.model import ADMINISTRATION
from infra.errors import UsageProblem
from infra.settings import Settings
from lab.demo import home
from office import bootstrap
from producers import keys


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", port_base=47_000)


def files(settings: Settings) -> list[str]:
    """All files of the home."""
    root = settings.root
    return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())


def begun(settings: Settings) -> None:
    """A demo's home with data."""
    home.make_ready(settings, lambda text: None)
    home.begin(settings)
    for folder in ("broker/data", "clickhouse/data", "state/intake", "partners/BELA", "logs"):
        path = settings.root / folder
        path.mkdir(parents=True)
        (path / "something").write_text("x")


def test_an_empty_or_missing_home_is_fine(settings: Settings) -> None:
    home.make_ready(settings, lambda text: None)
    settings.root.mkdir(exist_ok=True)
    (settings.root / "keys").mkdir()  # an empty folder holds nothing
    home.make_ready(settings, lambda text: None)


def test_an_earlier_demo_is_removed_and_says_so(settings: Settings) -> None:
    begun(settings)
    said: list[str] = []
    home.make_ready(settings, said.append)
    assert any("removing the earlier demo's data" in line for line in said)
    assert files(settings) == []
    home.begin(settings)
    assert keys.has_signing_key(settings, ADMINISTRATION)


def test_what_the_user_keeps_beside_it_stays(settings: Settings) -> None:
    begun(settings)
    (settings.root / "notes.txt").write_text("mine")
    cache = settings.root / "broker" / "cache" / "tekil"
    cache.mkdir(parents=True)
    (cache / "kafka.jar").write_text("jar")
    home.make_ready(settings, lambda text: None)
    left = {
        p.relative_to(settings.root).as_posix() for p in settings.root.rglob("*") if p.is_file()
    }
    assert left == {"notes.txt", "broker/cache/tekil/kafka.jar"}


def test_a_system_that_the_demo_did_not_make_is_refused(settings: Settings) -> None:
    bootstrap.make_keys(settings)
    before = files(settings)
    with pytest.raises(UsageProblem, match="TEKIL_HOME"):
        home.make_ready(settings, lambda text: None)
    assert files(settings) == before


def test_a_system_begun_anew_under_an_old_marker_is_refused(settings: Settings) -> None:
    begun(settings)
    for path in (settings.root / "keys").iterdir():
        path.unlink()
    bootstrap.make_keys(settings)
    with pytest.raises(UsageProblem, match="did not make"):
        home.make_ready(settings, lambda text: None)
    assert keys.has_signing_key(settings, ADMINISTRATION)


def test_data_without_keys_is_somebody_elses_too(settings: Settings) -> None:
    (settings.root / "broker" / "data").mkdir(parents=True)
    (settings.root / "broker" / "data" / "meta.properties").write_text("x")
    with pytest.raises(UsageProblem):
        home.make_ready(settings, lambda text: None)


def test_a_home_half_removed_is_removed_by_the_next(settings: Settings) -> None:
    begun(settings)
    for path in (settings.root / "keys").iterdir():
        path.unlink()
    home.make_ready(settings, lambda text: None)
    assert not (settings.root / home.MARKER).exists()
    assert not (settings.root / "state").exists()


def test_logs_can_be_kept(settings: Settings) -> None:
    begun(settings)
    home.clear(settings, keep_logs=True)
    assert files(settings) == ["logs/something"]
    home.make_ready(settings, lambda text: None)  # logs alone are nobody's system


@pytest.mark.parametrize(
    "other",
    [
        {"namespace": "x"},
        {"kafka_bootstrap": "kafka.example:9092"},
        {"clickhouse_url": "http://clickhouse.example:8123"},
    ],
)
def test_services_of_others_are_not_used(settings: Settings, other: dict[str, str]) -> None:
    with pytest.raises(UsageProblem, match="of its own"):
        home.make_ready(settings.model_copy(update=other), lambda text: None)


def test_one_demo_at_a_time(settings: Settings) -> None:
    with (
        home.held(settings),
        pytest.raises(UsageProblem, match="Another demo"),
        home.held(settings),
    ):
        pass
    with home.held(settings):
        pass
