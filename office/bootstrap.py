"""What `tekil up` makes before the workers start: keys, genesis, topics, tables.

`prepare_keyservers` comes before all, as the key servers cannot start without their folders.

Everything here can run any number of times; what exists is kept.
"""

from collections.abc import Callable
from datetime import date
from typing import Final

from events import signing
from events.model import (
    ADMINISTRATION,
    SUPERVISOR,
    Assurance,
    FirstEpoch,
    FirstStageKey,
    Genesis,
    PolicyRules,
    RootKey,
    SigningStage,
)
from events.weak import DEFAULT_THRESHOLD, DEFAULT_WEIGHTS
from infra import kafka, stage_keys
from infra.errors import UsageProblem
from infra.genesis import GENESIS_FILE, load_genesis
from infra.safe_files import make_once
from infra.settings import Settings
from office import page_accounts
from office.embedded import enrol_administration as enrol_administration
from office.embedded import prepare_keyservers as prepare_keyservers
from producers import keys
from producers.tokenising.opening import tokeniser_for
from producers.tokenising.pinned import read_pinned
from producers.tokens import placeholder_tokens
from projections.migrate import migrate
from projections.person_key import person_ref_key

Progress = Callable[[str], None]


def prepare(settings: Settings, *, test_mode: bool, first_day: date, progress: Progress) -> None:
    """Keys, genesis, topics and tables. Raises UsageProblem if genesis says otherwise."""
    make_keys(settings)
    prepare_keyservers(settings, progress)  # again: a namespace pins the epoch for itself
    enrol_administration(settings)
    write_genesis(settings, test_mode=test_mode, first_day=first_day)
    progress("topics")
    kafka.ensure_topics(settings, [ADMINISTRATION, SUPERVISOR])
    progress("tables")
    migrate(settings)
    password = page_accounts.make_first(settings)
    if password is not None and not settings.namespace:  # a namespace has no page of its own
        progress(
            f"page       user {page_accounts.FIRST_USER}, password {password}"
            " (shown once; `tekil page-password` makes another)"
        )


def make_keys(settings: Settings) -> None:
    """The bodies' and the stages' signing keys, the key of person references, `hmac`'s token key.

    The supervisor's is made at first start only: in a system whose genesis names none, a key
    would sign nothing. On a real system it is moved to the supervisor's own machine.
    """
    first = load_genesis(settings) is None
    for org in (ADMINISTRATION, SUPERVISOR) if first else (ADMINISTRATION,):
        if not keys.has_signing_key(settings, org):
            keys.keygen(settings, org)
    for stage in SigningStage:
        if first and not stage_keys.of_stage(settings, stage):
            stage_keys.make(settings, stage)
    if settings.assurance == "hmac":
        keys.token_key(settings, make=True)
    person_ref_key(settings)


def write_genesis(settings: Settings, *, test_mode: bool, first_day: date) -> None:
    """The first block's content, once. Raises UsageProblem for test mode on a real system, and
    for another assurance than it was begun with.
    """
    existing = load_genesis(settings)
    if existing is not None:
        if test_mode and not existing.test_mode:
            raise UsageProblem(
                "This system was begun with the real clock, and a journal never changes its "
                "clock. Use another TEKIL_HOME for a system in test mode."
            )
        _check_assurance(settings, existing)
        return
    genesis = Genesis(
        kind="genesis",
        first_day=first_day,
        test_mode=test_mode,
        root_keys=(
            RootKey(
                role="administrator", public_key=keys.load_public_key(settings, ADMINISTRATION)
            ),
            RootKey(role="supervisor", public_key=keys.load_public_key(settings, SUPERVISOR)),
        ),
        policy=first_policy(settings),
        epochs=first_epochs(settings),
        stage_keys=first_stage_keys(settings),
    )
    path = settings.folder("keys") / GENESIS_FILE
    make_once(path, genesis.model_dump_json(indent=1).encode())


def _check_assurance(settings: Settings, genesis: Genesis) -> None:
    """Tokens of another level than the system was begun with would meet none that are there."""
    refused = genesis.policy.refused_assurance
    begun = next((level for level, weaker in WEAKER.items() if weaker == refused), "")
    if begun and begun != settings.assurance:
        raise UsageProblem(
            f"This system was begun with TEKIL_ASSURANCE={begun}: tokens of {settings.assurance}"
            f" would meet none of its tokens. Set TEKIL_ASSURANCE={begun}, or begin anew in another"
            " TEKIL_HOME and publish the lists there."
        )


def first_epochs(settings: Settings) -> tuple[FirstEpoch, ...]:
    """Those that are pinned here, so that no other one's tokens are taken; none under `hmac`."""
    pinned = read_pinned(settings) if settings.keyserver_urls else []
    return tuple(FirstEpoch(epoch=one.epoch, public_key=one.public_key) for one in pinned)


def first_stage_keys(settings: Settings) -> tuple[FirstStageKey, ...]:
    """The keys that were made for the stages, so that no word of theirs counts unsigned."""
    return tuple(
        FirstStageKey(stage=stage, public_key=signing.public_bytes(key).hex())
        for stage in SigningStage
        for key in stage_keys.of_stage(settings, stage).values()
    )


WEAKER: Final = {
    "threshold": (Assurance.SINGLE, Assurance.HMAC),
    "single": (Assurance.HMAC,),
    "hmac": (),
}
"""Level of a system → those that its first policy refuses."""


def first_policy(settings: Settings) -> PolicyRules:
    """The default rules, measured weights (docs/MATCHING.md), the placeholders' tokens, and no
    assurance below the system's own.

    Tokens of two levels never meet: what came in at another one would only look checked. The
    key servers answer for the placeholders. Raises UsageProblem and SystemUnavailable.
    """
    key = keys.load_signing_key(settings, ADMINISTRATION)
    with tokeniser_for(settings, ADMINISTRATION, key) as tokeniser:
        placeholders = placeholder_tokens(tokeniser)
    return PolicyRules(
        placeholder_tokens=placeholders,
        refused_assurance=WEAKER[settings.assurance],
        weak_weights=dict(DEFAULT_WEIGHTS),
        weak_threshold=DEFAULT_THRESHOLD,
    )
