"""Who may come in, and what they may do: bearer tokens and client certificates, the same at every door."""
