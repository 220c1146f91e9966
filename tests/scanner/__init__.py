"""Looks for what must not be there in everything that a system writes.

needles.py   what is looked for, in every form that it could have taken
packed.py    compressed bytes → the bytes inside: gzip, zip, Kafka's batches, ClickHouse's blocks
parts.py     which table, part and column a file of ClickHouse is
engines.py   RocksDB, SQLite and ClickHouse, opened as copies and read row by row
look.py      all files of a TEKIL_HOME, through all of these; and what is exempt
"""
