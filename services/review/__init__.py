"""The reading room: where doctors look at films, say what they see, and teach the models."""
