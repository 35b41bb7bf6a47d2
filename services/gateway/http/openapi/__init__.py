"""The description of the API for programs (OpenAPI 3.1): what the routes do not say, and examples of every answer."""
