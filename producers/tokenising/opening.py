"""The tokeniser that the settings ask for, with all that belongs to it, for one run (a shell)."""

import contextlib
from collections.abc import Iterator, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events.model import Assurance
from infra.settings import Settings
from producers import keys
from producers.tokenising.cache import Notify, open_caches
from producers.tokenising.client import KeyServers, Patience
from producers.tokenising.connection import Transport
from producers.tokenising.pinned import PinnedEpoch, read_pinned
from producers.tokenising.threshold import EpochsTokeniser, Progress, ThresholdTokeniser
from producers.tokens import HmacTokeniser, Tokeniser


def silent(text: str) -> None:
    """Tells nobody."""


@contextlib.contextmanager
def tokeniser_for(
    settings: Settings,
    org: str,
    signing_key: Ed25519PrivateKey,
    progress: Progress | None = None,
    notify: Notify = silent,
    *,
    epochs: Sequence[PinnedEpoch] = (),
    transport: Transport | None = None,
) -> Iterator[Tokeniser]:
    """ORG's tokeniser, closed at the end; then `notify` gets a sentence about each bad server.

    `epochs` instead of those that are pinned. No server is asked before a token is needed that is
    not in the cache. UsageProblem if the
    shared key, or the pinned epochs, are missing.
    """
    assurance = Assurance(settings.assurance)
    if assurance is Assurance.HMAC:
        yield HmacTokeniser(keys.token_key(settings))
        return
    pinned = tuple(epochs) or read_pinned(settings)
    single = assurance is Assurance.SINGLE
    with contextlib.ExitStack() as stack:
        servers = KeyServers(
            settings.keyserver_urls,
            org,
            signing_key,
            single=single,
            patience=Patience.of(settings.keyserver_seconds),
            transport=transport,
        )
        stack.callback(_finish, servers, notify)
        caches = open_caches(keys.partner_folder(settings, org), pinned, notify)
        for cache in caches:
            stack.callback(cache.close)
        found = [
            ThresholdTokeniser(servers, one, assurance, cache, progress=progress)
            for one, cache in zip(pinned, caches, strict=True)
        ]
        yield found[0] if len(found) == 1 else EpochsTokeniser(found)


def _finish(servers: KeyServers, notify: Notify) -> None:
    servers.close()
    for remark in servers.remarks:
        notify(str(remark))
