"""The stages' replicas: where they are, which are up, how much each takes at once, and the releases that they make."""
