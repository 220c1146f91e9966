"""One key server until SIGTERM, settings as everywhere; requests under way are finished."""

import logging
import os
import sys
from pathlib import Path

from infra.settings import LOOPBACK, Settings
from keyserver import holder
from keyserver.app import make_app
from keyserver.connections import configuration
from keyserver.errors import FolderProblem
from keyserver.folder import Folder
from keyserver.listening import serve
from keyserver.local import read_passphrase
from keyserver.server import KeyServer

log = logging.getLogger(__name__)


def run(settings: Settings, number: int, root: Path | None = None) -> None:
    """Serve until SIGTERM. FolderProblem if the folder, the passphrase or the address is not right.

    `root` is the server's folder, by default TEKIL_HOME/keyservers/NUMBER.
    """
    host = settings.keyserver_host
    has_tls = bool(settings.keyserver_tls_certificate and settings.keyserver_tls_key)
    if host != LOOPBACK and not has_tls:
        raise FolderProblem(
            f"Without TLS a key server listens on {LOOPBACK} only: unset TEKIL_KEYSERVER_HOST, or"
            " set TEKIL_KEYSERVER_TLS_CERTIFICATE and TEKIL_KEYSERVER_TLS_KEY."
        )
    folder = Folder(root or settings.root / "keyservers" / str(number))
    given = settings.keyserver_passphrase_file
    passphrase = read_passphrase(Path(given) if given else folder.passphrase_path)
    server = KeyServer(holder.unlock(folder.root, passphrase, number))
    log.info("key server %d: listening on %s:%d", number, host, settings.keyserver_port(number))
    config = configuration(
        make_app(server),
        host,
        settings.keyserver_port(number),
        settings.keyserver_tls_certificate,
        settings.keyserver_tls_key,
    )
    serve(config)


def run_embedded(settings: Settings, number: int) -> None:
    """Serve from TEKIL_HOME; ends with 78 (EX_CONFIG) where an operator must act first."""
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    os.umask(0o077)
    try:
        run(settings, number)
    except FolderProblem as problem:
        log.error("%s", problem)
        sys.exit(os.EX_CONFIG)
