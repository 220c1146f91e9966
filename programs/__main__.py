"""`python -m programs NAME`: one program until SIGTERM, settings from the environment.

What it cannot mend is a traceback at the end of its log; the supervisor starts it again.
"""

import sys

from infra.settings import Settings
from programs import PROGRAMS, run


def main() -> None:
    """The program named on the command line."""
    if len(sys.argv) != 2 or sys.argv[1] not in PROGRAMS:
        sys.exit(f"usage: python -m programs {'|'.join(PROGRAMS)}")
    run(Settings(), sys.argv[1])


if __name__ == "__main__":
    main()
