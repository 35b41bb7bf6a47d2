"""The services' databases: connected, and brought to a version's tables. SQLite or PostgreSQL."""
