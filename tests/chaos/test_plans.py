"""Plans are repeatable and go through everything; what stands below them sees what it must."""

import os
import random
import socket
from collections.abc import Callable
from typing import Any

import pytest

from events.model import ADMINISTRATION, Genesis, PolicyRules, RootKey, SigningStage
from events.model.stages import FirstStageKey
from events.stage_signing import signed
from infra.settings import LOOPBACK
from tests.chaos import full_disk, network
from tests.chaos.genuine import Genuine
from tests.hostile import drawn, messages
from tests.kit import FIRST_DAY, private_key, public_hex

ROUNDS = range(1, 21)
PLANS: tuple[Callable[[random.Random, int], Any], ...] = (
    full_disk.plan, network.slow, network.cut,
)  # fmt: skip


def planned(plan: Callable[[random.Random, int], Any], seed: int) -> list[Any]:
    return [plan(random.Random(f"{seed} {number}"), number) for number in ROUNDS]


@pytest.mark.parametrize("plan", PLANS)
def test_a_seed_makes_one_plan_and_another_seed_another(plan: Any) -> None:
    assert planned(plan, 1) == planned(plan, 1)
    assert planned(plan, 1) != planned(plan, 2)


def test_twenty_rounds_try_every_kind() -> None:
    disks = {plan.name for plan in planned(full_disk.plan, 1)}
    assert disks == {", ".join(steps) for steps in full_disk.STEPS}
    cuts = planned(network.cut, 1)
    assert {plan.target for plan in cuts} == set(network.TARGETS)
    assert {plan.weather for plan in cuts} == {network.CUT, *network.BLACK}
    assert len({plan.after for plan in cuts}) == 3
    assert {plan.target for plan in planned(network.slow, 1)} == set(network.TARGETS)


def test_whose_connection_it_is() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((LOOPBACK, port)) as line:
            assert network.ports_of(os.getpid(), port) == {line.getsockname()[1]}
            assert network.ports_of(os.getppid(), port) == set()
        assert network.ports_of(os.getpid(), port + 1) == set()


def test_generated_messages_are_the_same_again() -> None:
    strategy = messages({"seq": 1}, [b"one message", b"another"])
    found = drawn(strategy, 10, 3)
    assert len(found) == 10
    assert found == drawn(strategy, 10, 3)
    assert found != drawn(strategy, 10, 4)


def test_only_what_a_stage_signed_for_its_place_is_genuine() -> None:
    genuine = Genuine(genesis())
    receipts, registry = private_key("receipts"), private_key("registry")
    content = b'{"v":1,"org":"KIZ","seq":7,"part":0}'
    real = signed(receipts, "aid-receipts-kiz", "7", content)
    assert genuine.receipt("KIZ", real) == {"v": 1, "org": "KIZ", "seq": 7, "part": 0}
    assert genuine.receipt("BEL", real) is None
    assert genuine.output(signed(registry, "aid-findings", "7.0", content))
    for bad in (
        None, b"", b"\n", content, real[:-1], real.replace(b"KIZ", b"BEL"), b"[1]" + real[-146:],
        signed(registry, "aid-receipts-kiz", "7", content),
        signed(receipts, "aid-receipts-kiz", "8", content),
        signed(receipts, "aid-receipts-kiz", "7", b"not json"),
        signed(receipts, "aid-receipts-kiz", "7", b"[]"),
    ):  # fmt: skip
        assert genuine.receipt("KIZ", bad) is None


def genesis() -> Genesis:
    stages = [FirstStageKey(stage=stage, public_key=public_hex(stage)) for stage in SigningStage]
    return Genesis(
        kind="genesis",
        first_day=FIRST_DAY,
        test_mode=True,
        root_keys=(RootKey(role="administrator", public_key=public_hex(ADMINISTRATION)),),
        policy=PolicyRules(),
        stage_keys=tuple(stages),
    )
