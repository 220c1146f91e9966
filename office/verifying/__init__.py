"""An independent reading of the raw topics: is what the stages said what follows from the log?

`run.verify` reads with kafka-python in one plain loop and folds with the same pure core as the
stages, in a store of its own; it shares no code with their shells. Decision 0036.

* `blocks`: a block of aid-journal: chain, signatures, dispositions, keys
* `receipts`: what each partner should have been told of a block
* `said`: what should stand in a topic of answers, and what does
* `rows`: what the projector should have written, and what stands in ClickHouse
* `differences`: the first difference of two things, down to record and field (pure)
* `place`, `store`, `logs`: how far it is, its store, the topics
"""
