"""The environment in which a stack's processes run."""

import pytest

from local.supervision import own_environment


def test_a_stack_keeps_what_python_has_compiled_also_where_the_caller_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PATH_TO_KEEP", "here")

    environment = own_environment({"CXR_PORT": "8001"})

    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["PATH_TO_KEEP"] == "here"
    assert environment["CXR_PORT"] == "8001"
