"""The commands of who runs a key server: its keys, the ceremonies, its partners.

Each collects its options and calls one function of `keyserver`. Files that go to the
other servers are written where `--out` says; what is in them is sealed or public.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from cli.common import AsJson, group, guarded, print_outcomes, settings
from infra import terminal
from infra.errors import UsageProblem
from keyserver import (
    ceremony,
    documents,
    files,
    holder,
    local,
    partners,
    recovering,
    refreshing,
)
from keyserver.ceremony import Held
from keyserver.documents import Deal, Help, Statement
from keyserver.folder import Folder
from keyserver.holder import Holder
from keyserver.quotas import counts_in
from office import embedded, evaluations

commands = group()
keyserver_app = group("A key server: a share of the joint key.")
commands.add_typer(keyserver_app, name="keyserver")
FolderOption = Annotated[Path, typer.Option("--folder", help="The server's own folder.")]
Epoch = Annotated[str, typer.Argument(help="The epoch's name: 1 to 7 small letters or digits.")]
Deals = Annotated[list[Path], typer.Argument(help="The servers' files, one after the other.")]
Out = Annotated[Path, typer.Option("--out", help="Where to write the file for the others.")]
NewIdentity = Annotated[
    Path | None,
    typer.Option("--identity", help="The lost server's new public.json, if it has one."),
]


def _passphrase(folder: Folder, *, is_new: bool = False) -> bytes:
    """From TEKIL_KEYSERVER_PASSPHRASE_FILE, else the folder, else asked for."""
    given = settings().keyserver_passphrase_file
    if given:
        return local.read_passphrase(Path(given))
    if folder.passphrase_path.exists():
        return local.read_passphrase(folder.passphrase_path)
    asked: str = typer.prompt("passphrase", hide_input=True, err=True, confirmation_prompt=is_new)
    return asked.encode()


def _unlocked(path: Path) -> Holder:
    folder = Folder(path)
    _ = folder.identity  # no passphrase is asked for where no server is
    return holder.unlock(path, _passphrase(folder))


def _documents(paths: list[Path], kind: type[Deal] | type[Help] | type[Statement]) -> list[Any]:
    found = [documents.read_document(path) for path in paths]
    for path, one in zip(paths, found, strict=True):
        if not isinstance(one, kind):
            raise UsageProblem(f"{path} is a {one.kind}, not what is needed here.")
    return found


def _send(out: Path, document: BaseModel, as_json: bool, note: str) -> None:
    content = json.dumps(document.model_dump(mode="json"), indent=1).encode()
    try:
        files.write(out, content)
    except OSError as error:
        raise UsageProblem(f"{out} cannot be written ({error.strerror}).") from None
    if as_json:
        terminal.print_json({"file": str(out)})
    else:
        terminal.say(f"{out}: {note}")


def _show(held: Held, as_json: bool) -> None:
    if as_json:
        terminal.print_json(held.plain())
        return
    terminal.say(
        f"epoch        {held.epoch}, generation {held.generation}\n"
        f"public key   {held.public_key}\n"
        f"fingerprint  {held.fingerprint}\n"
        "Read the fingerprint to the other servers' operators: all have the same, or none is used."
    )


def _say(found: dict[str, Any], text: str, as_json: bool) -> None:
    if as_json:
        terminal.print_json(found)
    else:
        terminal.say(text)


# -- making a key --------------------------------------------------------------------------------


@keyserver_app.command()
@guarded
def init(
    number: Annotated[int, typer.Argument(help="1, 2 or 3: agreed with the other servers.")],
    folder: FolderOption,
    as_json: AsJson = False,
) -> None:
    """Make a server's own keys; its public.json is for the other servers."""
    found = Folder(folder)
    made = holder.make(folder, number, _passphrase(found, is_new=not found.exists))
    path = str(made.folder.public_path)
    _say({**made.identity.model_dump(), "file": path}, f"public identity  {path}", as_json)


@keyserver_app.command()
@guarded
def deal(
    epoch: Epoch,
    identities: Annotated[list[Path], typer.Argument(help="public.json of all servers.")],
    folder: FolderOption,
    out: Out,
    threshold: Annotated[int, typer.Option(help="How many are needed for a token.")] = (
        ceremony.THRESHOLD
    ),
    as_json: AsJson = False,
) -> None:
    """This server's part in a new epoch's key, for all servers."""
    servers = [documents.read_identity(path) for path in identities]
    with files.locked(folder):
        made = ceremony.deal(_unlocked(folder), epoch, servers, threshold)
    _send(out, made, as_json, "send it to all other servers")


@keyserver_app.command()
@guarded
def join(deals: Deals, folder: FolderOption, as_json: AsJson = False) -> None:
    """Make this server's share from the deals of all servers, this one's too."""
    with files.locked(folder):
        _show(ceremony.join(_unlocked(folder), _documents(deals, Deal)), as_json)


@keyserver_app.command()
@guarded
def single(epoch: Epoch, folder: FolderOption, as_json: AsJson = False) -> None:
    """Make an epoch whose whole key this one server holds (assurance `single`)."""
    with files.locked(folder):
        _show(ceremony.single(_unlocked(folder), epoch), as_json)


# -- moving on -----------------------------------------------------------------------------------


@keyserver_app.command()
@guarded
def refresh(epoch: Epoch, folder: FolderOption, out: Out, as_json: AsJson = False) -> None:
    """This server's part in new shares of the same key, for all servers."""
    with files.locked(folder):
        made = refreshing.refresh(_unlocked(folder), epoch)
    _send(out, made, as_json, "send it to all other servers")


@keyserver_app.command()
@guarded
def apply(deals: Deals, folder: FolderOption, out: Out, as_json: AsJson = False) -> None:
    """Make the next generation's share beside this one; writes the statement for the others."""
    with files.locked(folder):
        own = _unlocked(folder)
        held = refreshing.apply(own, _documents(deals, Deal))
        said = ceremony.statement(own, held.epoch)
    if not as_json:
        _show(held, as_json=False)
    _send(out, said, as_json, "send it to all other servers")


@keyserver_app.command()
@guarded
def confirm(epoch: Epoch, statements: Deals, folder: FolderOption, as_json: AsJson = False) -> None:
    """Delete the older share, as all others state that they hold the newer."""
    with files.locked(folder):
        gone = refreshing.confirm(_unlocked(folder), _documents(statements, Statement), epoch)
    text = f"deleted generations: {', '.join(map(str, gone)) or 'none, there was no older one'}"
    _say({"epoch": epoch, "deleted_generations": gone}, text, as_json)


@keyserver_app.command()
@guarded
def abandon(epoch: Epoch, folder: FolderOption, as_json: AsJson = False) -> None:
    """Delete the newest share of a refresh that is not confirmed."""
    with files.locked(folder):
        gone = refreshing.abandon(Folder(folder), epoch)
    _say({"epoch": epoch, "deleted_generations": [gone]}, f"deleted generation {gone}", as_json)


# -- bringing back -------------------------------------------------------------------------------


@keyserver_app.command("recovery-deal")
@guarded
def recovery_deal(
    epoch: Epoch,
    lost: Annotated[int, typer.Argument(help="The number of the server that lost its share.")],
    folder: FolderOption,
    out: Out,
    identity: NewIdentity = None,
    as_json: AsJson = False,
) -> None:
    """A helper's first step: a deal for the other helpers and the server that lost its share."""
    new = documents.read_identity(identity) if identity else None
    with files.locked(folder):
        made = recovering.recovery_deal(_unlocked(folder), epoch, lost, new)
    _send(out, made, as_json, "send it to all other servers")


@keyserver_app.command("help-recover")
@guarded
def help_recover(
    deals: Deals,
    folder: FolderOption,
    out: Out,
    identity: NewIdentity = None,
    as_json: AsJson = False,
) -> None:
    """A helper's second step, from all helpers' deals: a file for who lost its share."""
    new = documents.read_identity(identity) if identity else None
    with files.locked(folder):
        made = recovering.help_recover(_unlocked(folder), _documents(deals, Deal), new)
    _send(out, made, as_json, "send it to the server that lost its share")


@keyserver_app.command()
@guarded
def recover(
    deals: Deals,
    helped: Annotated[list[Path], typer.Option("--help-file", help="A helper's file; again.")],
    folder: FolderOption,
    as_json: AsJson = False,
) -> None:
    """Make this server's lost share again from the helpers' deals and files."""
    given = _documents(deals, Deal), _documents(helped, Help)
    with files.locked(folder):
        _show(recovering.recover(_unlocked(folder), *given), as_json)


@keyserver_app.command()
@guarded
def destroy(
    epoch: Epoch,
    folder: FolderOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete all shares of an epoch: without them nobody makes its tokens again."""
    if not yes and not typer.confirm(f"Delete this server's shares of {epoch}?", err=True):
        raise UsageProblem("Nothing was deleted.")
    with files.locked(folder):
        gone = ceremony.destroy(Folder(folder), epoch)
    text = f"deleted shares: {len(gone)}; delete backups of them and sent deals too"
    _say({"epoch": epoch, "deleted_generations": gone}, text, as_json)


# -- partners and the server ---------------------------------------------------------------------


@keyserver_app.command()
@guarded
def enrol(
    org: Annotated[str, typer.Argument(help="The organisation's code.")],
    public_key: Annotated[str, typer.Argument(help="Its signing key: 64 hex digits.")],
    folder: FolderOption,
    quota: Annotated[int | None, typer.Option(help="Evaluations a day.")] = None,
    per_second: Annotated[int | None, typer.Option(help="Elements a second.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let an organisation ask this server; a further key is added. A running server sees it."""
    with files.locked(folder):
        own = Folder(folder)
        _ = own.identity
        known = own.partner(org)
        partner = partners.enrolled(known, org, public_key, quota, per_second)
        own.write(own.partner_path(org), partner)
    text = f"{org}: {len(partner.public_keys)} key(s), {partner.daily_quota:,} evaluations a day"
    _say(partner.model_dump(mode="json"), text, as_json)


@keyserver_app.command()
@guarded
def withdraw(
    org: Annotated[str, typer.Argument(help="The organisation's code.")],
    public_key: Annotated[str, typer.Argument(help="The key to end: 64 hex digits.")],
    folder: FolderOption,
) -> None:
    """End an organisation's key at this server: stolen, or replaced. A running server sees it."""
    with files.locked(folder):
        own = Folder(folder)
        _ = own.identity
        if not local.withdraw(own, org, public_key):
            raise UsageProblem(
                f"This server knows no such key of {org}: tekil keyserver status --json"
            )
        left = own.partner(org)
    terminal.say(f"{org}: {len(left.public_keys) if left else 0} key(s) left")


@keyserver_app.command()
@guarded
def status(folder: FolderOption, as_json: AsJson = False) -> None:
    """What this server holds, who may ask it, and what was asked. Needs no passphrase."""
    own = Folder(folder)
    number = own.identity.server
    held = [ceremony.look(own, *one).plain() for one in own.held()]
    enrolled = [partner.model_dump(mode="json") for partner in own.partners()]
    names = ("day", "org", "epoch", "evaluations")
    asked = [dict(zip(names, row, strict=True)) for row in counts_in(own.quotas_path)]
    if as_json:
        terminal.print_json(
            {"server": number, "held": held, "partners": enrolled, "evaluations": asked}
        )
        return
    terminal.print_rows(held, as_json=False, title=f"server {number} holds")
    rows = [{**one, "public_keys": len(one["public_keys"])} for one in enrolled]
    terminal.print_rows(rows, as_json=False, title="partners")
    terminal.print_rows(asked, as_json=False, title="evaluations")


@keyserver_app.command()
@guarded
def report(
    server: Annotated[int, typer.Option(help="One key server of this machine; else all.")] = 0,
    folder: Annotated[Path | None, typer.Option("--folder", help="A server's own folder.")] = None,
    org: Annotated[str, typer.Option(help="With --folder: the body whose key signs.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say to the journal how often who asked: what is new since the last time. Run it daily."""
    if bool(folder) != bool(org) or (folder and server):
        raise UsageProblem(
            "A server elsewhere is named by --folder and --org, one here by --server."
        )
    if not folder and not settings().keyserver_numbers:
        raise UsageProblem("`tekil up` runs no key server here: use --folder and --org.")
    if folder:
        rows = evaluations.report_folder(settings(), folder, org)
    else:
        rows = evaluations.report(settings(), (server,) if server else ())
    print_outcomes(rows, as_json)


@keyserver_app.command()
@guarded
def run(
    number: Annotated[int, typer.Argument(help="The server's number, which gives its port.")],
    folder: Annotated[Path | None, typer.Option("--folder", help="The server's folder.")] = None,
) -> None:
    """Serve until SIGTERM, on 127.0.0.1 unless there is a certificate (0017)."""
    from keyserver import program  # uvicorn, which no other command needs

    s = settings()
    program.run(s, number, folder or embedded.folder(s) / str(number))
