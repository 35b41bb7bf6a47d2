"""What listener and reading room share where somebody is forgotten: who is meant, and what is left of it."""
