"""Training for the problems whose answer is a number: whatever it is of, their declaration says all that differs."""
