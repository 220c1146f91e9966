"""What shows and measures the rest. Nothing of it runs in production.

population/   people who do not exist: names, numbers, telephones, accounts, families
demo/         `tekil demo`: a year of an invented city's aid, and a check of what was found
bench/        `tekil bench`: every figure of docs/PERFORMANCE.md, measured on this machine
schemas.py    `make schemas`: events/schemas from the models
ports.py      ports for systems that live a minute · signals.py  a long command cleans up first

The bench needs no people, only as many tokens: its households are serial numbers.
"""
