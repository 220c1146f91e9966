"""Everything that touches the outside: settings, Kafka, ClickHouse, RocksDB, local services."""
