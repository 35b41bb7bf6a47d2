"""Who comes into the reading room, how, and as what."""
