"""How listener, reading room and demo ask the gateway over HTTP; in one place it is said what its answers mean."""
