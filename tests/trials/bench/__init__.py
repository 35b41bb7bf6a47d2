"""How fast and how large the cascade is, measured against the same three stages in one process."""
