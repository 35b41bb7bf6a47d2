"""The audit's chain: each row is sealed with the one before it, by a key that is not in the database."""
