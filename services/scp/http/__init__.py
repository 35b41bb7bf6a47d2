"""The HTTP door of the listener."""
