"""Where a stack keeps its files."""

import contextlib
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from client.places import CHECKOUT, SERVICES, home, releases_file
from client.token import named_file
from local.errors import NoRoomError, StackError

ROOT = CHECKOUT or SERVICES / "local" / "packed"
"""The repository; in a wheel, the folder with what is read of it when it runs, at the same paths (setup.py)."""
HOME = home()
DEFAULT_RUN = HOME / "run"
DEFAULT_ARCHIVES = HOME / "model_store"
SIGNING = DEFAULT_RUN / "signing"
"""The key of this machine, which signs archives that nobody else signed."""
TRUSTED = DEFAULT_RUN / "trusted"
"""Its public half: whose archives are served, unless CXR_TRUSTED_KEYS names another folder."""
KEYS_VARIABLE = "CXR_TRUSTED_KEYS"
MIN_FREE_BYTES = 1_000_000_000
MAX_SOCKET_PATH_BYTES = 107
"""Bytes in a unix socket's path: unix(7)."""


def trusted_keys(environment: Mapping[str, str]) -> Path:
    """The folder of the public keys whose archives are served."""
    return Path(environment.get(KEYS_VARIABLE) or TRUSTED).resolve()


@dataclass(frozen=True)
class Places:
    """A run folder, and beside it, because a socket's path must be short, a folder of its own below /tmp."""

    run: Path

    @property
    def short(self) -> Path:
        """Sockets and TorchServe's temporary files; down removes it, and may be called with another TMPDIR than up."""
        if self.link.is_symlink():
            return self.link.readlink()
        name = hashlib.sha256(os.fsencode(self.run)).hexdigest()[:8]
        return Path(tempfile.gettempdir()) / f"cxr-{name}"

    @property
    def link(self) -> Path:
        """Points to short while the stack is up."""
        return self.run / "short"

    @property
    def socket(self) -> Path:
        """Where supervisor is spoken to."""
        return self.short / "supervisor.sock"

    @property
    def configuration(self) -> Path:
        """What supervisor runs."""
        return self.run / "supervisord.conf"

    @property
    def state(self) -> Path:
        """What the stack was brought up with: ports, plan, archives."""
        return self.run / "stack.json"

    @property
    def releases(self) -> Path:
        """Where the gateway reads which replicas there are, and which release answers."""
        return releases_file(self.run)

    @property
    def token(self) -> Path:
        """Of this stack, or the file that the environment names: who can read it may do everything at its gateway and
        listener. It outlives the stack."""
        return (named_file() or self.run / "token").resolve()

    @property
    def secret(self) -> Path:
        """By which the gateway seals what Valkey keeps; it outlives the stack, as Valkey may outlive a gateway."""
        return self.run / "secret"

    @property
    def disk_key(self) -> Path:
        """By which listener and reading room encrypt films' keys, unless the environment names another one; without it
        no film can be read. It outlives the stack."""
        return self.run / "disk.key"

    def given_disk_key(self, prefix: str, environment: Mapping[str, str]) -> dict[str, str]:
        """A service's variable that names it; none where the environment has another one, or there is none."""
        name = f"{prefix}DISK_KEY"
        named = environment.get(name) or environment.get(f"{name}_COMMAND")
        return {} if named or not self.disk_key.exists() else {name: str(self.disk_key)}

    @property
    def cache_password(self) -> Path:
        """The gateway's, at Valkey."""
        return self.run / "cache-password"

    @property
    def cache_admin(self) -> Path:
        """This machine's own user's, at Valkey."""
        return self.run / "cache-admin"

    @property
    def cache(self) -> Path:
        """What Valkey is configured with, and who may do what there."""
        return self.run / "valkey.conf"

    @property
    def supervisor_log(self) -> Path:
        """What supervisor did."""
        return self.run / "supervisord.log"

    @property
    def films(self) -> Path:
        """Films that wait, results and the ledger; they outlive the stack."""
        return self.run / "films"

    @property
    def pairs(self) -> Path:
        """What two releases said of the same films; it outlives the stack."""
        return self.run / "pairs"

    @property
    def gateway_audit(self) -> Path:
        """Who asked the gateway what, and changed its releases; its key lies beside. It outlives the stack."""
        return self.run / "audit" / "gateway"

    @property
    def listener_audit(self) -> Path:
        """Who sent films to the listener, and where results went; as above."""
        return self.run / "audit" / "listener"

    @property
    def review(self) -> Path:
        """What readers said, and the films that they said it of; they outlive the stack."""
        return self.run / "readings"

    @property
    def lessons(self) -> Path:
        """What was learned from readers; it outlives the stack."""
        return self.run / "lessons"

    def temporary(self, process: str) -> Path:
        """TMPDIR of a process."""
        return self.short / process

    def working(self, process: str) -> Path:
        """Working directory of a process."""
        return self.run / process

    def log(self, process: str) -> Path:
        """What a process prints."""
        return self.run / "logs" / f"{process}.log"

    def logs(self) -> list[Path]:
        """Of every process of this run, or of the last one."""
        return sorted(self.log("any").parent.glob("*.log"))

    def make(self, processes: tuple[str, ...]) -> None:
        """Make the folders.

        Raises:
            NoRoomError: the disk is nearly full.
            StackError: the folder of the sockets is somebody else's, or its path too long.
        """
        self.short.mkdir(mode=0o700, exist_ok=True)
        if self.short.is_symlink() or self.short.stat().st_uid != os.getuid():
            raise StackError(f"{self.short} belongs to another user. Set TMPDIR to a folder of your own and try again.")
        sockets = [os.fsencode(self.temporary(process) / ".ts.sock.9000") for process in processes]
        if max(map(len, sockets)) > MAX_SOCKET_PATH_BYTES:
            raise StackError(f"{self.short} is too long for sockets. Set TMPDIR to a folder with a short name.")
        self.run.mkdir(parents=True, exist_ok=True)
        self.run.chmod(0o700)  # films, opinions, logs and tokens are in it
        for process in processes:
            self.working(process).mkdir(parents=True, exist_ok=True)
            self.temporary(process).mkdir(exist_ok=True)
        self.log("any").parent.mkdir(exist_ok=True)
        self.lessons.mkdir(exist_ok=True)
        for path in (self.token, self.secret, self.disk_key, self.cache_password, self.cache_admin):
            make_token(path)
        if not self.link.is_symlink():
            self.link.symlink_to(self.short)
        for folder in (self.run, self.short):
            check_room(folder)

    def clear(self) -> None:
        """Remove what only a running stack needs: sockets, temporary files, state. The logs stay."""
        shutil.rmtree(self.short, ignore_errors=True)
        self.link.unlink(missing_ok=True)
        self.state.unlink(missing_ok=True)

    def forget(self, process: str) -> None:
        """Remove a process's own folders; its log stays."""
        shutil.rmtree(self.temporary(process), ignore_errors=True)
        shutil.rmtree(self.working(process), ignore_errors=True)


def make_token(path: Path) -> None:
    """A token of 256 bits, for this user's eyes alone; where there is one, it stays."""
    with contextlib.suppress(FileExistsError), open(path, "x", opener=_private) as file:
        file.write(secrets.token_hex(32) + "\n")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def check_room(folder: Path) -> None:
    """Refuse to fill the disk.

    Raises:
        NoRoomError: less than MIN_FREE_BYTES are left.
    """
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        raise NoRoomError(
            f"Only {free / 1e6:.0f} MB are free on the disk of {folder}; the stack needs "
            f"{MIN_FREE_BYTES / 1e9:.0f} GB. Free some space and try again."
        )
