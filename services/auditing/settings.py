"""Settings that are the same for every service's audit, each with the service's own prefix."""

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Repository(BaseSettings):
    """The hospital's audit repository."""

    model_config = SettingsConfigDict(frozen=True)

    syslog_host: str = ""
    """Audit repository that gets every row of the audit: DICOM audit messages by syslog over TLS. Unset: none."""

    syslog_port: int = Field(6514, ge=1, le=65535)
    """Its port."""

    syslog_authority: Path | None = None
    """PEM file of the authority that signed its certificate; unset: the system's."""

    syslog_certificate: Path | None = None
    """PEM file of our certificate for it."""

    syslog_certificate_key: Path | None = None
    """PEM file of its key."""


class KeptInFiles(Repository):
    """The audit of a service that has no database for it."""

    audit_folder: Path | None = None
    """Folder of the audit: a file of rows a day, chained, which nothing here removes; several processes may share one.
    Unset: no audit."""

    audit_key: Path | None = None
    """File with the key that seals the audit, 64 random hexadecimal digits; unset: beside the folder, by its name with
    `.key`, made where there is none. Who can write the folder should not be able to read it."""

    @model_validator(mode="after")
    def _is_kept(self) -> Self:
        """What is sent is what is kept."""
        if self.syslog_host and self.audit_folder is None:
            prefix = self.model_config.get("env_prefix", "")
            raise ValueError(f"{prefix}SYSLOG_HOST needs {prefix}AUDIT_FOLDER")
        return self


def wrong(error: ValidationError, settings: type[BaseSettings]) -> str:
    """What is wrong with which variables, in one line for whoever set them."""
    prefix = settings.model_config.get("env_prefix", "")
    told = [("".join(map(str, each["loc"][:1])), each["msg"].removeprefix("Value error, ")) for each in error.errors()]
    return "; ".join(f"{prefix}{name.upper()}: {message}" if name else message for name, message in told)
