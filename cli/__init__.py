"""Commands: each parses, calls the office, and prints. The one package that knows all others.

app.py         the table of commands; a command's module is imported when it is called
common.py      what all commands share: settings, outcomes, exit codes
system.py      up, down, status, query, tick · health.py  what `status` says
partners.py    keys, partners, programmes · lists.py  validate, publish, check, receipts, notices
governing.py   policy, accounts, decisions, cases · epochs.py, keyservers.py  the tokens' keys
lab.py         demo, bench · bars.py  progress on a terminal
"""
