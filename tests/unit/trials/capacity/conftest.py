"""What a film takes, as measured somewhere."""

import pytest

from tests.trials.capacity import processors
from tests.trials.capacity.demands import CLIENT, VALKEY, Demands
from vocabulary.stages import STAGES

MILLISECONDS = {
    CLIENT: 2,
    processors.LOOP: 14,
    processors.THREADS: 16,
    VALKEY: 1,
    **{processors.java(stage): 3 for stage in STAGES},
    processors.worker("discriminator"): 9,
    processors.worker("segmenter"): 20,
    processors.worker("classifier"): 12,
}


@pytest.fixture(scope="session")
def demands():
    """83 ms of work and 7 ms of waiting."""
    return Demands(
        cpu_s={part: each / 1000 for part, each in MILLISECONDS.items()},
        alone_s=0.090,
        variation=dict.fromkeys(STAGES, 0.2),
        idle_cores=0.0,
        contention=0.0,
        inference_s={},
        memory_mb={
            processors.LOOP: 180.0,
            VALKEY: 20.0,
            **{processors.java(stage): 150.0 for stage in STAGES},
            **{processors.worker(stage): 200.0 for stage in STAGES},
        },
    )
