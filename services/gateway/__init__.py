"""The gateway: takes a film, asks the three stages in sequence, and answers with an assessment."""
