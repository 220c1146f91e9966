"""The simulator: all four stages in one process, on a clock and a broker of its own, from one seed.

loop.py        an event loop whose time jumps to whatever comes next
processes.py   what may die, be paused or be killed; every step of it passes here
broker.py      topics in lists; `clients.py` stands for the clients of both Kafka libraries
stores.py      a stage's state, its small files, and the tables of ClickHouse
installing.py  puts all of that where the stages look for the real things
workers.py     who runs a stage: starts it again, hands it messages, lets another take over
office.py      the submissions of a schedule; `strangers.py` what anybody else writes
schedule.py    one schedule: its faults drawn from the seed, its run
afterlife.py   a log that came back with less, when all is over: stages stop
judge.py       what must have come out
planted.py     bugs that the judge has to find
running.py     many schedules; `python -m tests.simulator --schedules N --seed S --jobs J`

Decision 0035; docs/RELIABILITY.md, "The simulator".
"""
