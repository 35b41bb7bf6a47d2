"""`make top`: what the stack does now, in a terminal."""
