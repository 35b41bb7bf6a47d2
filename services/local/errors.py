"""What can go wrong with the local stack, each told in one paragraph that says what to do.

StackError
├── AlreadyUpError      the stack is up
├── NotUpError          the stack is not up
├── PortTakenError      another process listens where one of ours should
├── NoRoomError         too little room on the disk
├── NoMemoryError       less free memory than the plan needs
├── PlanError           the plan does not fit: unknown stage, not a number, too many
├── InUseError          what a plan would remove is in use
├── NoJavaError         nothing to run TorchServe on
├── NoValkeyError       nothing to keep results in
├── NoArchiveError      a stage's archive, or the weights to build it from, are missing
├── ArchiveRefusedError an archive is not as somebody trusted signed it
├── NoPrometheusError   nothing to observe with
├── NoNodeError         the reading room's pages are to be built, and there is nothing to build them with
├── PagesNotBuiltError  no packages, or an error in the sources of the reading room's pages
├── BackupError         a backup is not made, or not one that could be restored
├── DiedError           a process ends again and again; its last log lines are in the message
└── NotReadyError       something did not answer in time; its last log lines are in the message
"""


class StackError(Exception):
    """Base of all: the message is for a person, and the exit code 1."""


class AlreadyUpError(StackError):
    """The stack is up."""


class NotUpError(StackError):
    """The stack is not up."""


class PortTakenError(StackError):
    """Another process listens where one of ours should."""


class NoRoomError(StackError):
    """Too little room on the disk."""


class NoMemoryError(StackError):
    """Less free memory than the plan needs."""


class PlanError(StackError):
    """The plan does not fit: unknown stage, not a number, too many."""


class InUseError(StackError):
    """What a plan would remove is in use."""


class NoJavaError(StackError):
    """Nothing to run TorchServe on."""


class NoValkeyError(StackError):
    """Nothing to keep results in."""


class NoArchiveError(StackError):
    """A stage's archive, or the weights to build it from, are missing."""


class ArchiveRefusedError(StackError):
    """An archive is not as somebody trusted signed it."""


class RehearsalError(StackError):
    """Java is shown in vain what a stage will need: it starts as slowly as ever."""


class NoPrometheusError(StackError):
    """Nothing to observe with."""


class NoNodeError(StackError):
    """The reading room's pages are to be built, and there is nothing to build them with."""


class PagesNotBuiltError(StackError):
    """No packages, or an error in the sources of the reading room's pages."""


class BackupError(StackError):
    """A backup is not made, or not one that could be restored."""


class DiedError(StackError):
    """A process ends again and again."""


class NotReadyError(StackError):
    """Something did not answer in time."""
