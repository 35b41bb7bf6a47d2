"""How films come into the reading room, with their pictures."""
