"""What `tekil up` starts on one machine: a broker, a ClickHouse endpoint and the workers."""
