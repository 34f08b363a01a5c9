"""A word to the running daemon, and its answer."""

from pathlib import Path

from improvd.config import load_config
from improvd.daemon.control import ask
from improvd.errors import PortError


def request(word: str, config: Path | None, name: str | None) -> str:
    """What it says to this request. Raises PortError where none of that name runs."""
    name = load_config(config, midi={"name": name}).midi.name
    answer = ask(name, word)
    if answer is None:
        raise PortError(f"no improvd named {name!r} is running: start it with `improvd run`")
    return answer
