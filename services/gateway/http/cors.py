"""Which web pages may use the API in a browser (Fetch standard, CORS protocol)."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

SEEN = ("Accept-Encoding", "Location", "Preference-Applied", "Retry-After", "Warning", "X-Request-ID")
"""Headers of an answer that a page may read, beside those that any page may."""


def let_in(app: FastAPI, origins: str) -> None:
    """Allow the pages of these origins, with commas between them, what the API offers; no others, and no cookies."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins.split(","),
            allow_methods=("GET", "HEAD", "POST", "DELETE"),
            allow_headers=("*",),
            expose_headers=SEEN,
        )
