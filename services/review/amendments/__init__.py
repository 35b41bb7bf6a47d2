"""Readers' opinions on their way out, to amend the AI's report."""
