"""An oracle of the domain's rules: the plain, slow batch computation, for comparison with the fold.

Written from `docs/domain.md`, `docs/scenarios.md`, `docs/design.md` and, of cases,
`docs/decisions/0013-a-cases-way.md` alone; how it reads their silences is
`docs/decisions/0010-how-the-oracle-reads-the-domain.md`. The computation imports nothing of ours
but the rounding of money; `story.py` borrows the tests' shorthand.

facts.py      the input: a history of accepted facts and ticks
judgement.py  the output
policy.py     the rules' numbers, which version is in force, effective windows
world.py      what a prefix of the history says, recomputed from scratch
links.py      when two records meet
pairs.py      double coverage, repeated payment, over-cap
gaps.py       unmet need, lapsed coverage
cases.py      cases and their excess
statuses.py   open, confirmed, dismissed; what dismissals cover; revisions
parties.py    who is asked, deadlines, the household's notice
decisions.py  decisions, appeals, the supervisor's answers
answers.py    verdicts, outcomes, what was prevented
oracle.py     `judge`: all of it
acts.py       what is said about findings in a told history, before they have ids
told.py       histories before any door, their small world, and `facts_of`
histories.py  random histories that both sides can be fed with; acting.py: their acts
compare.py    a history through the fold and the oracle, and the difference
proving.py    `make prove`: many of them
joining.py    their rules by which more meets
narrow.py     histories narrowed to what is rare
faults.py     faults to plant in the fold, that the oracle must find; faults_joined.py: newer ones
planting.py   how one is planted
seeding.py    which history shows which fault
"""
