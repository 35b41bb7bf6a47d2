"""A round of teaching and judging, started by a chief: `python -m learning round` as a process beside ours.

Only one runs in a folder of lessons: its process holds the lock on round.lock, whoever has started it, so that every
process of the reading room sees the same. Learning is not imported: it needs torch.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from certificates.progress import FILE, LOCK, Progress, read, write
from client.places import SERVICES, releases_file
from review.errors import ConflictError, WriteError
from review.languages.texts import gettext as _
from review.languages.texts import gettext_noop
from review.settings import Settings
from vocabulary.problems.chest import CHEST

LEARNING = (sys.executable, "-m", "learning")

RUNS = gettext_noop("a round runs already: wait for its end, or stop it")

NICENESS = 10
"""Added to a round's, so that films which come meanwhile are assessed first."""

MAX_ENDING_S = 10
"""A round that is stopped clears its films away; a batch in hand takes seconds."""


class Teaching:
    """Starts a round, says how far it is, and stops it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._child: subprocess.Popen[bytes] | None = None
        self._looking = threading.Lock()
        """Who looks whether the lock is free holds it for a moment, in which nobody else here may look."""

    @property
    def obstacle(self) -> str:
        """Why no round can be started here, whatever readers said; empty where one can."""
        if self._settings.lessons is None:
            return _("lessons are not set up: REVIEW_LESSONS")
        if not self._settings.teach:
            return _("this reading room does not teach: `make learn` does, where the models can be computed")
        return ""

    def progress(self) -> Progress | None:
        """Of the round that runs, or of the last one, which is stopped where it died without a word; None of none."""
        if (folder := self._settings.lessons) is None:
            return None
        found = read(folder / FILE)
        if found and found.state == "running" and not self.runs:
            found = read(folder / FILE)  # it may have ended between the two
            if found and found.state == "running":
                return found.model_copy(update={"state": "stopped"})
        return found

    @property
    def runs(self) -> bool:
        """Whether a round runs in our folder, whoever has started it."""
        if self._child:
            self._child.poll()  # else, when it has ended, it stays in the list of processes
        try:
            with self._looking, self._lock(os.O_RDONLY) as lock:
                return lock is None
        except OSError:
            return False

    def check(self) -> None:
        """Raises ConflictError where no round can be started here, or one runs already."""
        if self.obstacle:
            raise ConflictError(self.obstacle)
        if self.runs:
            raise ConflictError(_(RUNS))

    def start(self, problem: str) -> None:
        """Start a round of a problem.

        Raises:
            ConflictError: none can be started here, or one runs already.
            WriteError: the folder of lessons cannot be written, or the process cannot be started.
        """
        self.check()
        try:
            with self._looking, self._lock(os.O_RDWR | os.O_CREAT) as lock:
                if lock is None:
                    raise ConflictError(_(RUNS))
                if self._child:
                    self._child.wait(MAX_ENDING_S)  # it has let go of the lock: that was its last act
                write(Progress(state="running", step="Starting", started=datetime.now(UTC)), self._folder / FILE)
                self._child = self._begin(lock, problem)
        except OSError as error:
            raise WriteError(_("the round cannot be started: %(why)s", why=error.strerror)) from error

    def stop(self) -> None:
        """Stop the round that runs, whoever has started it; it clears its films away, and says that it was stopped.

        Raises:
            ConflictError: none runs, or it is not ours to stop.
        """
        if self.obstacle or not self.runs:
            raise ConflictError(_("no round runs here"))
        try:
            os.kill(int((self._folder / LOCK).read_text()), signal.SIGTERM)
        except PermissionError as error:
            why = _("another user of this machine has started the round, and has to stop it")
            raise ConflictError(why) from error
        except (OSError, ValueError):  # it ends by itself just now
            return

    def close(self) -> None:
        """The reading room ends: so does the round that it started."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(MAX_ENDING_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    @property
    def _folder(self) -> Path:
        """Where obstacle is empty."""
        return cast(Path, self._settings.lessons)

    @contextlib.contextmanager
    def _lock(self, flags: int) -> Iterator[int | None]:
        """The file, opened and locked; None where another process has locked it. Raises OSError."""
        handle = os.open(self._folder / LOCK, flags, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            locked = None
        else:
            locked = handle
        try:
            yield locked
        finally:
            os.close(handle)  # a process that was given it holds the lock on

    def _begin(self, lock: int, problem: str) -> subprocess.Popen[bytes]:
        settings, folder = self._settings, self._folder.resolve()
        words = ["round", "--problem", problem, "--lessons", folder, "--progress", folder / FILE, "--lock", lock]
        words += ["--archives", settings.archives.resolve()] if settings.archives else []
        words += ["--releases", _file(settings.releases.resolve(), problem)] if settings.releases else []
        own = {"REVIEW_FOLDER": str(settings.folder.resolve()), "REVIEW_DATABASE": settings.database}
        os.truncate(lock, 0)
        child = subprocess.Popen(
            [*LEARNING, *map(str, words)],
            env=os.environ | {"PYTHONPATH": str(SERVICES)} | own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # it is in the file; what goes wrong is in our log
            pass_fds=(lock,),
            umask=0o022,  # certificates are for the gateway's user, too
        )
        os.pwrite(lock, f"{child.pid}\n".encode(), 0)
        os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
        return child


def _file(releases: Path, problem: str) -> Path:
    """A problem's releases: the chest's file, or one beside it."""
    return releases if problem == CHEST.name else releases_file(releases.parent, problem)
