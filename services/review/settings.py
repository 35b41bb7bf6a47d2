"""The reading room's configuration."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, FilePath, HttpUrl, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from auditing.settings import Repository
from doors.loopback import is_loopback
from erasure.sealed.settings import AtRest
from review.languages.catalogue import Language
from review.sources import FED, Source, fed

MEBIBYTE = 1024 * 1024
HOUR_S = 60 * 60
ANY = ("0.0.0.0", "::")  # noqa: S104 - what is no name

Whose = Literal["none", "admins", "everybody"]


class Settings(Repository, AtRest):
    """Read from REVIEW_* variables; a value that does not fit stops the process at start."""

    model_config = SettingsConfigDict(env_prefix="REVIEW_", env_ignore_empty=True, frozen=True)

    host: str = "127.0.0.1"
    """Address to listen on."""

    port: int = Field(8100, ge=0, le=65535)
    """Port to listen on."""

    folder: Path = Path("build/review")
    """Holds films' pictures and, unless it is elsewhere, the database: patient data, readable only by our user."""

    database: str = ""
    """SQLAlchemy URL, such as postgresql+psycopg://...; empty: SQLite in the folder."""

    audit_key: Path | None = None
    """File with the key that seals the audit, 64 random hexadecimal digits; unset: `audit.key` in the folder, made
    where there is none. Who can write the database should not be able to read it."""

    accounts_key: Path | None = None
    """File with the key that seals second factors, 64 random hexadecimal digits; unset: `accounts.key` in the folder,
    made where there is none."""

    gateway: HttpUrl = HttpUrl("http://127.0.0.1:8000")
    """URL of the gateway."""

    gateway_timeout_s: float = Field(30, gt=0)
    """After this, the gateway counts as down; longer than its own deadline."""

    token_file: Path | None = None
    """As the gateway's `CXR_TOKEN_FILE`, the same file or a copy: sent to the gateway and the listener."""

    feed: bool = True
    """Whether other people's films at the gateway come into the reading room."""

    feed_sources: str = "modality,api"
    """Which of them, by where they come from, comma separated: modality (the listener), api (programs), test (trials of
    the system)."""

    listed_sources: str = ""
    """Of which of these the worklist shows films unless a reader asks for others; empty: modality, and with
    REVIEW_DEMO also api. Films that readers dropped are always on it."""

    listener: HttpUrl | None = None
    """URL of the listener's HTTP port; with it, readers' amendments go out by its routes."""

    hosts: str = ""
    """Host names by which browsers ask for the reading room, comma separated, without ports: the proxy's. Loopback's
    are always taken; any other is refused."""

    tls_certificate: FilePath | None = None
    """PEM file of our certificate chain; with it, HTTPS only. Without it a proxy has to speak TLS for us."""

    tls_key: FilePath | None = None
    """PEM file of its key."""

    secure: bool = True
    """Cookies over HTTPS only; can be switched off on loopback only."""

    trusted_proxies: str = "127.0.0.1"
    """Addresses whose X-Forwarded-For and X-Forwarded-Proto are trusted, comma separated."""

    max_connections: int = Field(1000, gt=0)
    """Connections at once, three quarters of them from one address, a proxy's too. Beyond it, those are ended that have
    kept us waiting for longest."""

    demo: bool = False
    """A reader without a password, for trying it out; on loopback only."""

    blind_share: float = Field(0.1, ge=0, le=1)
    """Share of assessed films, drawn by chance, that are read before the models' answer is shown."""

    blind_share_collecting: float = Field(0.3, ge=0, le=1)
    """The same where there is a folder of lessons, and fewer than 100 films that were read so have settled: a new last
    layer needs as many to be judged. Not where REVIEW_BLIND_SHARE is higher, or 0, and not beside a demo reader."""

    blind_worth: bool = True
    """Whether a film that is opened from "Worth labelling" is read blind if nobody has read it blind yet."""

    wait_cap_s: float = Field(HOUR_S, gt=0)
    """An unread film that waits longer comes before more urgent ones."""

    second_read: bool = True
    """Whether a film gets a second reader if the first disagrees with the models or reads it blind."""

    lessons: Path | None = None
    """Folder in which learning writes lessons and their certificates; unset: the page says how to set it up."""

    teach: bool = False
    """Whether a chief may start teaching and judging from the page, as a process beside ours: it needs what
    `make learn` needs, and can read the key that signs certificates."""

    archives: Path | None = None
    """Folder of the archives that answer now, for teaching; unset: where `make models` puts them."""

    releases: Path | None = None
    """The gateway's CXR_RELEASES, for teaching; unset: where `make up` has it. Those of a problem whose answer is a
    number are beside it, as `make up` names them: releases-bone-age.yaml."""

    max_upload_bytes: int = Field(64 * MEBIBYTE, gt=0)
    """Largest file, as in the gateway."""

    upload_timeout_s: float = Field(60, gt=0)
    """Longest time for a file to arrive."""

    least_free_bytes: int = Field(1000 * MEBIBYTE, ge=0)
    """With less disk space, no more films are taken in: what is left is for readers' opinions and the audit."""

    keep_days: float | None = Field(None, gt=0)
    """Days after the last opinion of a film that was read, after which its pictures, header and comments go; labels
    stay, without a patient. Unset: never by itself."""

    session_s: float = Field(12 * HOUR_S, gt=0)
    """A session ends this long after its start."""

    idle_s: float = Field(HOUR_S, gt=0)
    """A session ends this long after the last request."""

    second_factor: Whose | None = None
    """Whose passwords need a code of an app besides (TOTP): none, admins or everybody; others may set one up. Unset:
    admins, or none where only this machine can ask (REVIEW_HOST on loopback, no REVIEW_HOSTS)."""

    oidc_issuer: HttpUrl | None = None
    """OpenID Connect provider whose users may log in."""

    oidc_client_id: str = ""
    """Client ID at the provider."""

    oidc_client_secret: SecretStr | None = None
    """Client secret at the provider."""

    oidc_roles_claim: str = "roles"
    """Claim of the ID token that lists cxr-reader, cxr-chief or cxr-admin; without one, no log-in."""

    oidc_acr_values: str = ""
    """How the provider has to make sure who somebody is: authentication context classes, space separated, any of which
    will do. Asked for, and checked in the ID token. Empty: as it likes."""

    oidc_max_age_s: int | None = Field(None, ge=0)
    """Longest time since somebody proved to the provider who they are; asked for, and checked. Unset: any."""

    oidc_name: str = "hospital account"
    """Its name on the log-in page."""

    language: Language = "en"
    """Language of the pages where neither a reader's account nor their browser asks for one that there is."""

    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """Lowest level to log."""

    @model_validator(mode="after")
    def _closed(self) -> Self:
        """What is open to whoever comes is open on loopback only."""
        if not is_loopback(self.host):
            if self.demo:
                raise ValueError("REVIEW_DEMO lets anybody in: it is for a REVIEW_HOST on loopback only")
            if not self.secure:
                raise ValueError("REVIEW_SECURE=false sends cookies in the clear: for a REVIEW_HOST on loopback only")
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("HTTPS needs REVIEW_TLS_CERTIFICATE and REVIEW_TLS_KEY")
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret):
            raise ValueError("REVIEW_OIDC_ISSUER needs REVIEW_OIDC_CLIENT_ID and REVIEW_OIDC_CLIENT_SECRET")
        self.check_disk_key(reachable=not is_loopback(self.host))
        return self

    @field_validator("feed_sources", "listed_sources")
    @classmethod
    def _known(cls, given: str) -> str:
        fed(given)
        return given

    @property
    def left_out(self) -> list[Source]:
        """Sources of which the feed takes in no film."""
        return [each for each in FED if each not in fed(self.feed_sources)]

    @property
    def listed(self) -> list[Source]:
        """Sources whose films the worklist shows by itself, beside what readers dropped."""
        return fed(self.listed_sources or ("modality,api" if self.demo else "modality"))

    @property
    def second_factor_for(self) -> Whose:
        """Whose passwords need a second factor."""
        if self.second_factor is not None:
            return self.second_factor
        return "none" if is_loopback(self.host) and not self.hosts.strip() else "admins"

    @property
    def names(self) -> list[str]:
        """Host names by which we may be asked."""
        return [name for each in (*self.hosts.split(","), self.host) if (name := each.strip()) not in ("", *ANY)]

    @property
    def database_url(self) -> str:
        """Where the database is."""
        return self.database or f"sqlite:///{self.folder.resolve() / 'review.sqlite'}"

    @property
    def pictures(self) -> Path:
        """Where films' pictures are kept."""
        return self.folder / "pictures"
