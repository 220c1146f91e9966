"""What shows and measures the rest. Nothing of it runs in production.

population/   people who do not exist: names, numbers, telephones, accounts, families
demo/         `tekil demo`: a year of an invented city's aid, and a check of what was found
bench/        `tekil bench`: every figure of docs/PERFORMANCE.md, measured on this machine
signals.py    a long command cleans up first

The bench needs no people, only as many tokens: its households are serial numbers.
"""
