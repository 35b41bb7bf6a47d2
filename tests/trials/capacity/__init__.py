"""Where the limit is: what each part of the stack takes for a film, what that predicts, and whether it is so."""
