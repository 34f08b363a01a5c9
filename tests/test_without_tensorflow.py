"""Playing needs no TensorFlow: where it cannot be imported, the daemon answers all the same."""

import os
import subprocess
import sys

import pytest
from tiny import a_card, tiny_model

from improvd.core.note import Note
from improvd.models.melody.configuration import CONFIGURATIONS
from improvd.ports.midifile import read_midi, write_midi

BLOCKED = ("tensorflow", "keras", "onnx", "symusic")


@pytest.fixture
def no_training_libraries(tmp_path):
    """An environment in which what training needs cannot be imported, with a model to play."""
    blocks = tmp_path / "blocks"
    models = tmp_path / "data" / "improvd" / "models"
    for folder in (blocks, models, tmp_path / "run"):
        folder.mkdir(parents=True)
    for name in BLOCKED:
        (blocks / f"{name}.py").write_text(f"raise ImportError('{name} is blocked')\n")
    events = CONFIGURATIONS["basic"].events
    tiny_model(models / "melody-basic.onnx", units=events, card=a_card())
    places = {
        "PYTHONPATH": str(blocks),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
    }
    return {**os.environ, **places}


def test_the_daemon_loads_a_model_and_answers_a_phrase(tmp_path, no_training_libraries):
    phrase = [Note(n / 2, 0.4, 60 + n, 90) for n in range(4)]
    write_midi(tmp_path / "primer.mid", {"phrase": phrase}, 240.0)
    jam = ["jam", str(tmp_path / "primer.mid"), "-o", str(tmp_path / "jam.mid")]
    done = subprocess.run(
        [sys.executable, "-m", "improvd", *jam],
        env=no_training_libraries,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert len(read_midi(tmp_path / "jam.mid").notes) > len(phrase)
