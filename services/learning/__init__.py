"""Doctors' readings make the models better, and never worse: labels, lessons, certificates."""
