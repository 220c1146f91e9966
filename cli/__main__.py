"""`python -m cli` is the program `tekil`."""

from cli.app import main

main()
