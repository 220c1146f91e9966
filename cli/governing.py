"""The commands of the two bodies and of those who speak about a case.

Each collects its options and calls one function of `office.policies` or `office.cases`.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.common import AsJson, guarded, print_control, settings
from events.model import ADMINISTRATION
from infra import terminal
from infra.errors import UsageProblem
from office import cases, policies

policy_app = typer.Typer(no_args_is_help=True, help="The numbers of the matching rules.")
account_app = typer.Typer(no_args_is_help=True, help="People who decide, each with a key.")
Finding = Annotated[str, typer.Argument(help="The finding's id: 32 hex digits.")]
Revision = Annotated[int, typer.Option(help="The revision that was looked at; else the newest.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(policy_app, name="policy")
    app.add_typer(account_app, name="account")
    for name, command in (
        ("decide", decide),
        ("appeal", appeal),
        ("case-step", case_step),
        ("quarantine", quarantine),
        ("release", release),
    ):
        app.command(name)(command)


# -- the policy ----------------------------------------------------------------------------------


@policy_app.command("show")
@guarded
def policy_show(
    proposed: Annotated[bool, typer.Option(help="The newest that waits for a signature.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the newest policy in force, in the form that `policy set` takes."""
    policy, hints = policies.show(settings(), proposed=proposed)
    for hint in hints:
        terminal.say(hint)
    if as_json:
        terminal.print_json(policy)
    else:
        terminal.print_pretty_json(policy)


@policy_app.command("propose")
@guarded
def policy_propose(file: Path, as_json: AsJson = False) -> None:
    """Publish a version signed by the administration, which waits for the supervisor's."""
    print_control(policies.propose(settings(), file), as_json)


@policy_app.command("sign")
@guarded
def policy_sign(version: int, as_json: AsJson = False) -> None:
    """Sign a proposed version with the supervisor's key: with that it is in force."""
    print_control(policies.sign(settings(), version), as_json)


@policy_app.command("set")
@guarded
def policy_set(file: Path, as_json: AsJson = False) -> None:
    """Propose and sign in one step, where both keys are here; rules left out stay as they are."""
    print_control(policies.propose_and_sign(settings(), file), as_json)


# -- accounts and cases --------------------------------------------------------------------------


@account_app.command("add")
@guarded
def account_add(
    user: Annotated[str, typer.Argument(help="A name without capitals: ayse, desk-2.")],
    role: Annotated[
        str, typer.Option(help="administrator, supervisor, protection-desk or focal-person")
    ],
    org: Annotated[str, typer.Option(help="A focal person's organisation.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a signing key for one person, and register it."""
    print_control(cases.add_account(settings(), user, role, org), as_json)


@account_app.command("revoke")
@guarded
def account_revoke(
    user: Annotated[str, typer.Argument(help="Whose key, as it was registered.")],
    role: Annotated[str, typer.Option(help="The role that it was registered with.")],
    org: Annotated[str, typer.Option(help="A focal person's organisation.")] = "",
    public_key: Annotated[str, typer.Option(help="64 hex digits, if it is not here.")] = "",
    as_json: AsJson = False,
) -> None:
    """End the signing key of one person. What was signed with it stays as it is."""
    print_control(cases.revoke_account(settings(), user, role, org, public_key), as_json)


@guarded
def decide(
    finding: Finding,
    decision: Annotated[str, typer.Argument(help="confirm or dismiss")],
    reason: Annotated[str, typer.Option(help="A coded reason, as in docs/domain.md.")],
    by: Annotated[str, typer.Option(help="Whose account signs.")],
    revision: Revision = 0,
    as_json: AsJson = False,
) -> None:
    """Decide on a finding. The supervisor's accounts answer an appeal with it."""
    if decision not in ("confirm", "dismiss"):
        raise UsageProblem("A decision is: confirm or dismiss.")
    print_control(cases.decide(settings(), finding, decision, reason, by, revision), as_json)


@guarded
def appeal(
    finding: Finding,
    ground: Annotated[str, typer.Option(help="A coded ground, as in docs/domain.md.")],
    for_: Annotated[str, typer.Option("--for", help="household or partner")],
    org: Annotated[str, typer.Option(help="The partner that appeals or brings it.")] = "",
    revision: Revision = 0,
    as_json: AsJson = False,
) -> None:
    """Appeal to the supervisor. Without --org the administration brings the household's appeal."""
    if for_ == "partner" and not org:
        raise UsageProblem("A partner's appeal names the partner: --org ORG")
    signer = org or ADMINISTRATION
    print_control(cases.appeal(settings(), finding, ground, for_, signer, revision), as_json)


@guarded
def case_step(
    case: Annotated[str, typer.Argument(help="The case's id: 32 hex digits.")],
    step: Annotated[str, typer.Argument(help="acknowledged, replied or notified")],
    org: Annotated[str, typer.Option(help="Who says it: a partner, or ADMIN for notified.")],
    fact: Annotated[str, typer.Option(help="With `replied`: the coded fact.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say that a case was acknowledged, replied to, or that the household has its notice."""
    print_control(cases.step(settings(), case, step, fact, org), as_json)


@guarded
def quarantine(
    scheme: Annotated[str, typer.Option(help="The number's scheme.")] = "tr.tckimlik",
    lift: Annotated[bool, typer.Option("--lift", help="Switch it on again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Switch a number off for matching. It is asked for, or read from a pipe, and never shown."""
    if sys.stdin.isatty():
        number = typer.prompt("identity number", hide_input=True, err=True)
    else:
        number = sys.stdin.readline()
    rows = cases.quarantine(settings(), scheme, number, lift=lift, notify=terminal.say)
    print_control(rows, as_json)


@guarded
def release(
    org: Annotated[str, typer.Argument(help="Whose submission it is.")],
    submission: Annotated[str, typer.Argument(help="The held submission's id.")],
    as_json: AsJson = False,
) -> None:
    """Let a held submission through with its good rows, when it is sent again unchanged."""
    print_control(cases.release(settings(), org, submission), as_json)
