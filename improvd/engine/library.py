"""Where model files are kept, and finding one by its name."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

from improvd.core.places import user_folder
from improvd.errors import ModelError

SUFFIX = ".onnx"


def folders() -> list[Path]:
    """The folders that hold models: the user's own, the project's, the installed one."""
    return [
        user_folder("XDG_DATA_HOME", ".local/share") / "improvd" / "models",
        Path(__file__).parents[2] / "exported_models",
        Path(sys.prefix) / "share" / "improvd" / "models",
    ]


def model_files() -> dict[str, Path]:
    """Every model that is there, by name; the user's own come before those shipped."""
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            found.setdefault(path.stem, path)
    return found


def find_model(name: str) -> Path:
    """The file of a model: its name, or the path of a .onnx file. Raises ModelError."""
    if name.endswith(SUFFIX):
        path = Path(name).expanduser()
        if not path.is_file():
            raise ModelError(f"there is no model file {path}")
        return path
    files = model_files()
    if name not in files:
        close = difflib.get_close_matches(name, files, 1)
        hint = f", did you mean {close[0]!r}?" if close else ";"
        known = ", ".join(files) or f"none (looked in {', '.join(map(str, folders()))})"
        raise ModelError(f"there is no model {name!r}{hint} models here: {known}")
    return files[name]


def find_in_style(name: str, style: str) -> Path:
    """The same of one that knows this style, "": none is asked for, or that knows no styles at all.

    It is not loaded. Raises ModelError.
    """
    path = find_model(name)
    if style:
        # Imported only now: where nobody wants a style a name needs no numpy to be found.
        from improvd.engine.modelfile import card_in, read_model  # noqa: PLC0415
        from improvd.models.base import configuration_of, family  # noqa: PLC0415

        card = card_in(read_model(path), path)
        family(card.family).in_style(configuration_of(card), style, card.name)
    return path
