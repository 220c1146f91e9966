"""Reads a list in a process that may take only so much memory itself, and prints what came of it.

    python -m tests.unit.producers.lists.files.capped FILE OWN_MIB MIB SECONDS

A JSON object: `drafts`, `problems` and their `fields`, or `reason`, `field` and `text`; `own_mib`
and `child_mib`, the most that each process held.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

from infra.errors import UsageProblem
from producers.listed import Known, read_list
from producers.lists.files.reader import Limits


def main() -> None:
    """Read, and say what came of it."""
    path, own, memory_mib, seconds = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (int(own) << 20, int(own) << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    said: dict[str, Any]
    try:
        limits = Limits(int(memory_mib), int(seconds))
        found = read_list("KIZ", Path(path), "assistance", known=Known(limits=limits))
        problems = [problem for bad in found.bad for problem in bad.problems]
        said = {
            "drafts": len(found.drafts),
            "problems": len(problems),
            "fields": sorted({problem.field for problem in problems}),
        }
    except UsageProblem as problem:
        said = {"reason": str(problem.reason), "field": problem.field, "text": str(problem)}
    for name, whose in (("own_mib", resource.RUSAGE_SELF), ("child_mib", resource.RUSAGE_CHILDREN)):
        said[name] = resource.getrusage(whose).ru_maxrss >> 10
    print(json.dumps(said))


if __name__ == "__main__":
    main()
