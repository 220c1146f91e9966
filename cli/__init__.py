"""The composition root: the one package that knows all others.

app.py        the commands, their options and exit codes
governing.py  the commands of the administration, the supervisor, and about cases
common.py     what all commands share
control.py    partners, programmes, the clock · policies.py  the policy · cases.py  accounts, cases
bootstrap.py  what `tekil up` makes before the workers start
genesis.py    the first record as it is kept beside the keys
workers.py    which stages a worker process runs (`python -m cli.workers`)
demo/         `tekil demo`
bench/        `tekil bench`
output.py     tables for people, JSON for programs
"""
