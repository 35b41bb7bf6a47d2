"""A day of a reading room whose films wait: how soon the urgent ones are read."""
