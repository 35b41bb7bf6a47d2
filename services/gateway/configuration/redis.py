"""Where assessments are kept."""

from pathlib import Path
from urllib.parse import quote, urlsplit

from pydantic import RedisDsn
from pydantic_settings import BaseSettings, SettingsConfigDict


class RedisAddress(BaseSettings):
    """Of Redis or Valkey, and the password for it."""

    model_config = SettingsConfigDict(frozen=True)

    redis: RedisDsn = RedisDsn("redis://127.0.0.1:6379/0")
    """Redis or Valkey, which keeps assessments; without it the gateway is slower and remembers little."""

    redis_password_file: Path | None = None
    """Holds the password for it, instead of the URL."""

    @property
    def redis_url(self) -> str:
        """With the password.

        Raises:
            OSError: its file cannot be read.
        """
        if self.redis_password_file is None:
            return str(self.redis)
        parts = urlsplit(str(self.redis))
        password = quote(self.redis_password_file.read_text().strip(), safe="")
        return parts._replace(netloc=f"{parts.username or ''}:{password}@{parts.netloc.rpartition('@')[2]}").geturl()
