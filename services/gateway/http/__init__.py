"""The HTTP door of the gateway: addresses, uploads, problem details. What is behind it knows no web framework."""
