"""Two lists of things that must be equal, and the difference in words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from events.outputs import RegistryOutput

Thing = Mapping[str, Any]
INTERNAL = ("person", "caused_by")
"""What of a finding names a place in the journal: it depends on how blocks were cut."""


def differences(expected: Iterable[Thing], found: Iterable[Thing], *key: str) -> Iterator[str]:
    """Each thing that one side has and the other has not, twice, or with another value.

    Only what `expected` says is compared; more columns are welcome.
    """
    left, right = _by_key(expected, key), _by_key(found, key)
    for name in left.keys() | right.keys():
        ones, twos = left.get(name, []), right.get(name, [])
        if len(ones) != 1 or len(twos) != 1:
            yield f"{name}: expected {len(ones)} times, found {len(twos)} times"
            continue
        [one], [two] = ones, twos
        for field, value in one.items():
            if field not in two:
                yield f"{name}: {field} is not there"
            elif two[field] != value:
                yield f"{name}: {field} should be {value!r}, is {two[field]!r}"


def _by_key(things: Iterable[Thing], key: tuple[str, ...]) -> dict[tuple[Any, ...], list[Thing]]:
    found: dict[tuple[Any, ...], list[Thing]] = {}
    for thing in things:
        found.setdefault(tuple(thing[part] for part in key), []).append(thing)
    return found


def last_findings(outputs: Iterable[RegistryOutput]) -> list[dict[str, Any]]:
    """The last revision of each finding; a revision that was jumped over or repeated is no list."""
    last: dict[str, dict[str, Any]] = {}
    for output in outputs:
        for finding in output["findings"]:
            before = last.get(finding["finding_id"], {"revision": 0})["revision"]
            if finding["revision"] != before + 1:
                raise ValueError(f"revision {finding['revision']} came after {before}")
            last[finding["finding_id"]] = {k: v for k, v in finding.items() if k not in INTERNAL}
    return list(last.values())


def last_verdicts(outputs: Iterable[RegistryOutput]) -> list[dict[str, Any]]:
    """The last row of each answer."""
    last: dict[tuple[str, str, int], dict[str, Any]] = {}
    for output in outputs:
        for row in output["verdicts"]:
            last[row["org"], row["assistance_id"], row["version"]] = dict(row)
    return list(last.values())
