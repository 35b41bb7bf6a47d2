"""Breaks one thing at a time under load, and keeps score: what was lost, what was wrong, how soon it was well again."""
