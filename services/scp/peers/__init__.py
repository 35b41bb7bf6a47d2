"""Those that results are sent to: a way of sending is a file."""
