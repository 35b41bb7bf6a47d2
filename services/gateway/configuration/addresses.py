"""Where the gateway is, and where its stages are."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, FilePath
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.fleet.addresses import Addresses
from vocabulary.problems.chest import CHEST
from vocabulary.problems.known import NUMBERS


def _checked(text: str) -> str:
    Addresses.parse(text)
    return text


def _problems(text: str) -> str:
    for name, at in _pairs(text).items():
        if name not in NUMBERS:
            raise ValueError(f"there is no problem {name} with a stage of its own; there are {', '.join(NUMBERS)}")
        Addresses.parse(at)
    return text


def _files(text: str) -> str:
    if unknown := [name for name in _pairs(text) if name not in NUMBERS]:
        raise ValueError(f"there is no problem {unknown[0]} with a stage of its own; there are {', '.join(NUMBERS)}")
    return text


def _references(text: str) -> str:
    if missing := [path for path in _pairs(_files(text)).values() if not Path(path).is_file()]:
        raise ValueError(f"there is no file {missing[0] or '(a path is missing)'}")
    return text


def _pairs(text: str) -> dict[str, str]:
    """name=address, or name=path, with spaces between them."""
    parted = [each.partition("=") for each in text.split()]
    return {name: at for name, _, at in parted}


At = Annotated[str, AfterValidator(_checked)]
"""host:port of each replica's gRPC inference API, with commas between them; dns:///name:port for all of a name's."""


class Places(BaseSettings):
    """Of the gateway and its stages."""

    model_config = SettingsConfigDict(frozen=True)

    host: str = "127.0.0.1"
    """Address to listen on."""

    port: int = Field(8000, ge=0, le=65535)
    """Port to listen on."""

    discriminator: At = "127.0.0.1:7070"
    """The discriminator's replicas: host:port,host:port or dns:///name:port."""

    segmenter: At = "127.0.0.1:7080"
    """The segmenter's replicas."""

    classifier: At = "127.0.0.1:7090"
    """The classifier's replicas."""

    problems: Annotated[str, AfterValidator(_problems)] = ""
    """Stages of other problems than the chest that this gateway answers: name=host:port of each, with spaces between
    them, such as bone-age=127.0.0.1:7100. Empty: none."""

    releases: Path | None = None
    """File of releases, followed while the gateway runs; it replaces the three above."""

    problem_releases: Annotated[str, AfterValidator(_files)] = ""
    """Files of releases of other problems than the chest, each followed while the gateway runs: name=path of each, with
    spaces between them, such as bone-age=/etc/cxr/releases-bone-age.yaml. One replaces what CXR_PROBLEMS says of its
    problem. Empty: none."""

    problem_references: Annotated[str, AfterValidator(_references)] = ""
    """Statistics of the films that stages of other problems learned from, of releases without their own: name=path of
    each, with spaces between them, such as bone-age=model_store/bone-age/reference.json. Of a problem without one,
    drift is not measured. Empty: none."""

    stage_ca: FilePath | None = None
    """PEM file of the authority that signed the stages' certificates; without it, no TLS to the stages."""

    stage_certificate: FilePath | None = None
    """PEM file of the client certificate, if the stages ask for one."""

    stage_key: FilePath | None = None
    """Key of that certificate."""

    @property
    def problem_stages(self) -> dict[str, str]:
        """Problem to the addresses of its stage's replicas."""
        return _pairs(self.problems)

    @property
    def releases_files(self) -> dict[str, Path]:
        """Problem to its file of releases, the chest's too."""
        return ({CHEST.name: self.releases} if self.releases else {}) | self.problem_files

    @property
    def problem_reference_files(self) -> dict[str, Path]:
        """Problem to what its training films were like."""
        return {name: Path(path) for name, path in _pairs(self.problem_references).items()}

    @property
    def problem_files(self) -> dict[str, Path]:
        """Problem to its file of releases."""
        return {name: Path(path) for name, path in _pairs(self.problem_releases).items()}
