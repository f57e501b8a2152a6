"""Fixtures for the tests of the examples."""

from tests.support.docker_engine import engine, python_base

__all__ = ["engine", "python_base"]
