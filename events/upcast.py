"""Old records of the journal in the shape that the code knows now. Pure.

The log is never rewritten, so a fold meets records of every schema version there ever
was. An item of kind `rec` or `genesis` says its version in `sv`; without `sv` it is 1.
`events.journal.decode_block` passes every such item through here, so no reader can
forget to. How to change a record:

* A new optional field that no fold reads by `[]`: nothing to do, the version stays.
* A new optional field that a fold reads, and without which a record means what it meant before:
  raise the entry's version, as an older program must stop at it; the step changes nothing.
* Anything else: raise the entry's version in `events.catalog`, add the step from the
  last version to `STEPS`, and raise the stages' `LAYOUT`, so that their states are folded
  anew: stored content hashes and contents are of the old shape.

Fields that the code does not know are left in the record: only the door refuses them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from events.catalog import CATALOG

Fields = dict[str, Any]
Step = Callable[[Fields], Fields]

FIRST_VERSION: Final = 1
VERSIONS: Final[dict[str, int]] = {entry.name: entry.version for entry in CATALOG}
POLICY_RULES_2: Final[Fields] = {
    "shared_identifier_recipients": 5,
    "weak_weights": {"weak.name-birth": 10},
    "weak_threshold": 10,
    "suspect_households": 10,
    "suspect_days": 90,
    "unmet_days": {
        "protection": 7,
        "food": 14,
        "health": 14,
        "winterisation": 21,
        "basic-needs": 30,
        "rent": 30,
        "hygiene": 30,
        "education": 45,
        "livelihood": 90,
    },
    "also_met_by": {"food": ["basic-needs"], "hygiene": ["basic-needs"]},
    "lapsed_days": 30,
    "lapsed_reasons": ["programme-closed", "moved", "document-expired", "non-collection"],
    "basket_by_size": [],
    "basket_further": "0",
    "basket_purposes": ["basic-needs", "rent", "food", "hygiene"],
    "basket_modalities": ["cash", "voucher"],
    "held_records": 20,
    "held_percent": 20,
    "open_reservations": 100000,
    "cancel_plans": 200,
    "cancel_percent": 50,
    "inquiries_a_day": 1000,
    "upload_late_days": 15,
    "dismissal_days": 180,
    "acknowledge_working_days": 3,
    "reply_days": 10,
    "notice_days": 15,
    "decision_days": 30,
    "appeal_days": 30,
    "appeal_answer_days": 30,
}
"""The rules that version 2 of policy and genesis added, with the values of that day.

They are written out, as a later change of the models must not change what an old journal means.
"""


STEPS: Final[dict[tuple[str, int], Step]] = {
    ("genesis", 1): lambda genesis: genesis | {"policy": POLICY_RULES_2 | genesis["policy"]},
    ("genesis", 2): lambda genesis: genesis,
    ("genesis", 3): lambda genesis: genesis,
    ("genesis", 4): lambda genesis: genesis,
    ("genesis", 5): lambda genesis: genesis,
    ("inquiry", 1): lambda inquiry: inquiry,
    ("inquiry", 2): lambda inquiry: inquiry,
    ("partner", 1): lambda partner: partner,
    ("policy", 1): lambda policy: policy | {"rules": POLICY_RULES_2 | policy["rules"]},
    ("policy", 2): lambda policy: policy,
    ("policy", 3): lambda policy: policy,
}
"""(name, version) → what makes the next version of a record of that version.

Rules of version 2 have no `weak_threshold_apart`. Where there is none their own `weak_threshold`
holds, in a policy of version 3 as well, so they are left as they are. Genesis of version 3 opens no
epoch, a partner of version 1 runs no key server, an inquiry of version 1 is about no assistance of
the asker's: where nothing is said, all three still mean that. Genesis of version 4 names no key of
a stage: its stages need not sign until one is introduced.

Rules of before policy 4 and genesis 6 name no purposes that meet, no programmes that exclude each
other and no sum above which two confirm: there are none, and what was signed keeps its digest. An
inquiry of before version 3 has no reason: nobody said one, and `other` would be somebody's word.
"""


ASKED_LATER: Final[dict[str, frozenset[str]]] = {"inquiry": frozenset({"reason"})}
"""Kind → fields that the door asks for since a later version, and older records have not."""


class NotImplementedVersion(Exception):
    """The journal holds a record that this program does not implement: it must stop here."""


def upcast(
    name: str,
    version: int,
    record: Fields,
    *,
    versions: Mapping[str, int] = VERSIONS,
    steps: Mapping[tuple[str, int], Step] = STEPS,
) -> Fields:
    """The record in its current version. `record` itself is not changed.

    Raises NotImplementedVersion for an unknown name, a newer version, or a missing step.
    """
    current = versions.get(name)
    if current is None or not FIRST_VERSION <= version <= current:
        raise NotImplementedVersion(
            f"this program does not implement {name!r} version {version} "
            f"(it implements {current or 'no version of it'}); run a newer program"
        )
    while version < current:
        step = steps.get((name, version))
        if step is None:
            raise NotImplementedVersion(
                f"this program does not implement the step of {name!r} from version {version}"
            )
        record = step(dict(record))
        version += 1
    return record


def upcast_item(item: Fields) -> Fields:
    """An item of a block with its record in the current version (other items as they are)."""
    if item["t"] == "rec":
        return _with(item, "rec", item["rec"]["kind"])
    if item["t"] == "genesis":
        return _with(item, "genesis", "genesis")
    return item


def stamp(name: str) -> Fields:
    """What intake adds to an item of a record: its version, unless that is the first."""
    version = VERSIONS[name]
    return {} if version == FIRST_VERSION else {"sv": version}


def _with(item: Fields, key: str, name: str) -> Fields:
    record = upcast(name, item.get("sv", FIRST_VERSION), item[key], versions=VERSIONS, steps=STEPS)
    return item if record is item[key] else {**item, key: record}
