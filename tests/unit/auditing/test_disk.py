"""Files that are there whole, or not at all."""

import pytest

from auditing.disk import READABLE, write_whole


def test_a_file_is_replaced_by_the_whole_new_one_for_its_owner_alone(tmp_path):
    path = tmp_path / "kept"
    path.write_bytes(b"the old one")

    write_whole(path, b"new")

    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_other_users_read_is_readable_whatever_was_there(tmp_path):
    path = tmp_path / "told"
    write_whole(path, b"secret")

    write_whole(path, b"for all", READABLE)

    assert path.stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_written_leaves_nothing_beside_what_is_there(tmp_path):
    (tmp_path / "folder").mkdir()

    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path / "folder", b"data")

    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]
