"""Where the user's own folders are."""

import os

import pytest

from improvd.core.places import NO_HOME, user_folder


@pytest.mark.parametrize(
    ("named", "found"), [("/d", "/d"), ("", "/h/.cache"), ("beside", "/h/.cache")]
)
def test_where_they_are(monkeypatch, named, found):
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("XDG_CACHE_HOME", named)
    assert str(user_folder("XDG_CACHE_HOME", ".cache")) == found


def test_a_user_without_a_home_has_none(monkeypatch):
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    assert user_folder("XDG_CACHE_HOME", ".cache") == NO_HOME / ".cache"
