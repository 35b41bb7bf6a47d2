"""Hostile files, bombs and slow connections against a stack, while an honest client sends films."""
