"""The Faust shell: what of Faust is switched off, and three stops at one place."""

from pathlib import Path

import pytest

from infra.settings import Settings
from infra.stage import MAX_STOPS, Cursor, Delivery, Stops
from processors import worker


class Idle:
    """A stage that does nothing."""

    name = "idle"
    topics = ("aid-journal",)

    async def prepare(self) -> Cursor:
        return {"aid-journal": 0}

    async def take(self, delivery: Delivery) -> None:
        """Nothing."""


def test_faust_serves_no_web_page_and_makes_no_topic(tmp_path: Path) -> None:
    app = worker.build_app(Settings(home=tmp_path), [Idle()])
    assert app.conf.web_enabled is False
    assert app.conf.topic_allow_declare is False
    assert app.conf.topic_disable_leader is True
    assert app.conf.consumer_auto_offset_reset == "none"
    assert str(app.conf.processing_guarantee.name) == "AT_LEAST_ONCE"
    assert not list(app.tables.values()), "no Faust table holds anything"


def test_a_namespace_has_its_own_consumer_group(tmp_path: Path) -> None:
    ids = {
        worker.build_app(Settings(home=tmp_path, namespace=name), [Idle()]).conf.id
        for name in ("", "one", "two")
    }
    assert len(ids) == 3


def test_three_stops_at_one_place_are_enough(tmp_path: Path) -> None:
    path = tmp_path / "registry.stops"
    said = [Stops(path).add("aid-journal:7") for _ in range(MAX_STOPS)]
    assert said == [False, False, True]
    assert Stops(path).count("aid-journal:7") == MAX_STOPS
    assert Stops(path).count("aid-journal:8") == 0
    assert Stops(path).add("aid-journal:8") is False, "another place counts from one"


@pytest.mark.parametrize("place", ["aid-journal:0", "aid-findings:12"])
def test_a_stop_is_remembered_across_processes(tmp_path: Path, place: str) -> None:
    Stops(tmp_path / "x").add(place)
    assert Stops(tmp_path / "x").count(place) == 1
