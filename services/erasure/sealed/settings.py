"""Settings of encryption at rest, the same for listener and reading room, each with its own prefix."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

NONE = "none"
"""Instead of a file's name: nothing is encrypted."""


class AtRest(BaseSettings):
    """Where the key-encryption key is."""

    model_config = SettingsConfigDict(frozen=True)

    disk_key: str = ""
    """File with the key-encryption key, which films' own keys are encrypted with: 64 random hexadecimal digits in its
    first line, and in further lines those of before, until `rekey` has run. `none`: nothing is encrypted. Unset: as
    none, on loopback only."""

    disk_key_command: str = Field("", repr=False)
    """Instead of the file, a command that prints what would be in it, such as one that asks a key management service;
    it is run without a shell."""

    @property
    def encrypts(self) -> bool:
        """Whether films are encrypted."""
        return bool(self.disk_key_command) or self.disk_key not in ("", NONE)

    def check_disk_key(self, reachable: bool) -> None:
        """Refuse to keep films in clear unless that is said, or this machine is one's own.

        Args:
            reachable: whether others than this machine can reach the service.

        Raises:
            ValueError: says what to set.
        """
        prefix = self.model_config.get("env_prefix", "")
        name, command = f"{prefix}DISK_KEY", f"{prefix}DISK_KEY_COMMAND"
        if self.disk_key and self.disk_key_command:
            raise ValueError(f"set {name} or {command}, not both")
        if reachable and not (self.disk_key or self.disk_key_command):
            raise ValueError(
                f"{prefix}HOST is not loopback, so films on the disk must be encrypted: set {name} or {command}; "
                f"or {name}=none where the disk is encrypted without us"
            )
