"""`tekil bench`: one run on one machine, every figure of docs/PERFORMANCE.md from it.

load.py      the standard household record, signed submissions of it
fill.py      a registry's store as it is after half a million households
stages.py    intake and the registry's fold alone, in a process of their own, no broker
trusting.py  what signing and verifying a block costs, beside parsing it alone
system.py    a whole system in a folder of its own, gone afterwards
sender.py    a process that sends what was signed before
chain.py     submission → row in ClickHouse: records a second, CPU and memory of each process
latency.py   submission → receipt: p50 and p99
simple/      one small job done by us, by a Faust table agent and by Quix Streams
pages.py     the page's server time
figures.py   a figure: median, lowest, highest; what the machine is
processes.py CPU seconds and peak memory of a process, from /proc
report.py    table, Markdown, JSON
run.py       which measurements, in which order
command.py   the command
children.py  processes that are started and always ended

This file imports nothing: the peers' processes import it in an environment of their own.
"""
