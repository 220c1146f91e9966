"""`python -m cli` is the program `tekil`."""

import sys

from infra.errors import ExitCode

try:
    from cli.app import main

    main()
except KeyboardInterrupt:  # while a command's module was imported
    sys.exit(ExitCode.INTERRUPTED)
