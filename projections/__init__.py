"""The read side: the journal and the registry's answers as tables and views of ClickHouse."""
