"""The audit of every service: rows that are chained by a key, verified, and sent to the hospital's audit repository."""
