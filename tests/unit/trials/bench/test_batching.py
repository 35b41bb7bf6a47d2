"""What the measurement of batches stands on."""

import zipfile

import pytest

from tests.trials.batching import cli
from tests.trials.batching.served import Setup, rewrite
from tests.trials.bench.errors import MeasurementError


def archive(path, text):
    """With a configuration and something else."""
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("model-config.yaml", text)
        packed.writestr("weights.bin", b"\0\1")
    return path


def test_only_batch_size_and_delay_of_an_archive_change(tmp_path):
    """Its weights and its other settings are those that are served."""
    was = archive(tmp_path / "was.mar", "batchSize: 1   # why\nmaxBatchDelay: 1\nstage:\n  side: 160\n")

    rewrite(was, tmp_path / "is.mar", Setup(8, 20))

    with zipfile.ZipFile(tmp_path / "is.mar") as packed:
        assert packed.read("model-config.yaml") == b"batchSize: 8   # why\nmaxBatchDelay: 20\nstage:\n  side: 160\n"
        assert packed.read("weights.bin") == b"\0\1"


def test_archive_without_a_batch_size_is_told(tmp_path):
    """It would be measured with TorchServe's own."""
    was = archive(tmp_path / "was.mar", "maxBatchDelay: 1\n")

    with pytest.raises(MeasurementError, match="0 lines of batchSize"):
        rewrite(was, tmp_path / "is.mar", Setup(8, 20))


def test_batch_of_one_is_measured_once():
    """It waits for nobody, so that no delay makes a difference."""
    assert cli.setups((1, 2)) == [Setup(1, 1), Setup(2, 1), Setup(2, 5), Setup(2, 20)]
