"""Sends films to a gateway and looks at its answers. It needs Locust alone, and nothing else of this repository."""
