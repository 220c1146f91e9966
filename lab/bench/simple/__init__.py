"""One small job done three ways: one token a record, overlap rule, state kept, findings written.

job.py          the frames and the rule: the same bytes and the same function for all
ours.py         a `Stage` under the product's own Faust shell: cursor and state in one write
faust_table.py  an idiomatic Faust agent with a table
quix_frame.py   a Quix Streams StreamingDataFrame with state
contest.py      runs them, with and without kill -9, and compares what they found
reading.py      what stands in a topic of findings: lost, repeated, wrong

job.py and the peers' modules import nothing else of ours: Quix Streams runs in an
environment of its own (`make peers`).
"""
