"""The report of an evaluation: one HTML file, which needs neither network nor script and shows films."""
