"""What readers look at and what they say of it: the worklist, a film, opinions, what stands."""
