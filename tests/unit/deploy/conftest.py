"""What the tests of the manifests share."""

import pytest

from tests.unit.deploy.manifests import VARIANTS, Manifests, example, rendered


@pytest.fixture(params=VARIANTS)
def manifests(request: pytest.FixtureRequest) -> Manifests:
    """Each variant; production's as committed, of which another test says that it is up to date."""
    return example() if request.param == "production" else rendered(request.param)
