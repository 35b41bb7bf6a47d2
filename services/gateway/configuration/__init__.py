"""The parts of the gateway's settings, a file each theme; docs/settings.md has their fields in the same order."""
