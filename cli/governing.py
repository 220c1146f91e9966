"""The commands of the two bodies and of those who speak about a case."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import bars
from cli.common import AsJson, group, guarded, print_outcomes, settings
from infra import terminal
from infra.errors import UsageProblem
from infra.settings import Settings
from office import accounts, cases, policies, quarantines, submissions
from office.accounts import Account
from office.cases import AppealWanted, DecisionWanted, StepWanted
from office.quarantines import Quarantine
from processors.policies import PolicyVersion

commands = group()
policy_app = group("The numbers of the matching rules.")
account_app = group("People who decide, each with a key.")
commands.add_typer(policy_app, name="policy")
commands.add_typer(account_app, name="account")
Finding = Annotated[str, typer.Argument(help="The finding's id: 32 hex digits.")]
Revision = Annotated[int, typer.Option(help="The revision that was looked at; else the newest.")]
Retroactive = Annotated[
    bool, typer.Option("--retroactive", help="Its day is past: say first what it would change.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say it, and publish nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


# -- the policy ----------------------------------------------------------------------------------


@policy_app.command("show")
@guarded
def policy_show(
    proposed: Annotated[bool, typer.Option(help="The newest that waits for a signature.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the newest policy in force, in the form that `policy set` takes."""
    found = policies.read(settings())
    if proposed:
        newest = policies.newest_proposed(found)
        shown = _plain(newest) | {"digest": newest.digest}
    else:
        shown = _plain(found.newest)
        for version in sorted(found.waiting):
            terminal.say(f"version {version} waits for the supervisor: tekil policy sign {version}")
    (terminal.print_json if as_json else terminal.print_pretty_json)(shown)


def _plain(policy: PolicyVersion) -> dict[str, Any]:
    """In the form that `policy set` takes; the placeholders' tokens stay out of sight.

    A rule that came after the policy was signed stands there as it counts: off.
    """
    known = policies.off() | policy.rules
    rules = {name: rule for name, rule in known.items() if name != "placeholder_tokens"}
    return {"version": policy.version, "in_force_from": policy.in_force_from, "rules": rules}


@policy_app.command("propose")
@guarded
def policy_propose(
    file: Path,
    retroactive: Retroactive = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Publish a version signed by the administration, which waits for the supervisor's."""
    s = settings()
    draft = _looked_at(s, file, retroactive, dry_run, yes)
    print_outcomes([policies.propose(s, draft)], as_json, waiting_is_fine=True)


@policy_app.command("sign")
@guarded
def policy_sign(version: int, as_json: AsJson = False) -> None:
    """Sign a proposed version with the supervisor's key: with that it is in force."""
    print_outcomes([policies.sign(settings(), version)], as_json)


@policy_app.command("set")
@guarded
def policy_set(
    file: Path,
    retroactive: Retroactive = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Propose and sign in one step, where both keys are here; rules left out stay as they are."""
    s = settings()
    draft = _looked_at(s, file, retroactive, dry_run, yes)
    print_outcomes(policies.propose_and_sign(s, draft), as_json)


def _looked_at(
    s: Settings, file: Path, retroactive: bool, dry_run: bool, yes: bool
) -> policies.Draft:
    """The policy of a file, once it is said what it would change, if it is late, and agreed to."""
    draft = policies.draft(s, file)
    if draft.is_late and not retroactive:
        raise UsageProblem(
            f"{draft.in_force_from} is past in the journal: families were judged by other rules"
            " since then. Choose a later day, or see what it would change: --retroactive --dry-run"
        )
    if draft.is_late:
        from office import retroactive as shadow  # the fold and its store, which no other needs

        with bars.counting("blocks folded again") as progress:
            found = shadow.change(s, draft, progress)
        terminal.say(
            f"Of {found.open} open findings {found.closing} would not stand and {found.changing}"
            f" would change, and {found.opening} more would be open, if every record was looked at"
            " again. What is folded is not: a record is judged by this policy when it changes."
        )
    if dry_run:
        terminal.say("Nothing was published.")
        raise typer.Exit
    if draft.is_late and not yes and not typer.confirm("Publish it?", err=True):
        raise UsageProblem("Nothing was published.")
    return draft


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
    print_outcomes([accounts.add(settings(), Account(user, role, org))], as_json)


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
    account = Account(user, role, org, public_key)
    print_outcomes([accounts.revoke(settings(), account)], as_json)


@commands.command("decide")
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
    wanted = DecisionWanted(finding, decision, reason, by, revision)
    print_outcomes([cases.decide(settings(), wanted)], as_json)


@commands.command("appeal")
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
    wanted = AppealWanted(finding, ground, for_, org, revision)
    print_outcomes([cases.appeal(settings(), wanted)], as_json)


@commands.command("case-step")
@guarded
def case_step(
    case: Annotated[str, typer.Argument(help="The case's id: 32 hex digits.")],
    step: Annotated[str, typer.Argument(help="acknowledged, replied or notified")],
    org: Annotated[str, typer.Option(help="Who says it: a partner, or ADMIN for notified.")],
    fact: Annotated[str, typer.Option(help="With `replied`: the coded fact.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say that a case was acknowledged, replied to or told to the household."""
    print_outcomes([cases.answer(settings(), StepWanted(case, step, org, fact))], as_json)


@commands.command("quarantine")
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
    wanted = Quarantine(scheme, number, lift)
    print_outcomes([quarantines.set_quarantine(settings(), wanted, terminal.say)], as_json)


@commands.command("release")
@guarded
def release(
    org: Annotated[str, typer.Argument(help="Whose submission it is.")],
    submission: Annotated[str, typer.Argument(help="The held submission's id.")],
    as_json: AsJson = False,
) -> None:
    """Let a held submission through with its good rows, when it is sent again unchanged."""
    print_outcomes([submissions.release(settings(), org, submission)], as_json)
