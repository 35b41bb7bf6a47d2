"""What a restore calls, so that a backup brings nobody back."""

from pathlib import Path

from erasure.tombstones import Tombstones
from review.beside import opened
from review.forgetting.forget import Forgetter, Gone
from review.settings import Settings


def forget_again(settings: Settings, tombstones: Path | None = None) -> Gone:
    """Forget all once more who were forgotten: call it after a restore, before the reading room starts.

    Films that came after their patient was forgotten stay. It may be called at any time, and as often as one likes.

    Args:
        settings: name the folder and the database that were restored.
        tombstones: the folder as it was before the restore, or one with a copy of its forgotten.jsonl and
            forgotten.key: the restored one knows only who was forgotten before the backup was made.

    Raises:
        ValueError: the tombstones are damaged, or were made with another key than those in the restored folder.
        OSError, SQLAlchemyError: it was not done, or not to its end: call it again.
    """
    with opened(settings) as sessions:
        if tombstones:
            Tombstones(settings.folder).adopt(tombstones)
        return Forgetter.of(settings, sessions).again()
