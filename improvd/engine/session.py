"""One step graph in onnxruntime, with its state. The only file that knows onnxruntime.

The state lives in two sets of buffers: a step reads one and writes the other, then they change
places, so nothing is copied between two steps. One thread: two gain nothing at the pace of music
and cost late notes.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Final, Literal, NamedTuple, Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from improvd.errors import ModelError
from improvd.models.base import Outputs
from improvd.models.card import CARD_KEY, Card

Device = Literal["auto", "cuda", "cpu"]
State = tuple[NDArray[np.float32], ...]

_PROVIDER: Final = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_ERRORS_ONLY: Final = 3  # onnxruntime's log levels: its warnings are for those who build graphs


class _Tensor(NamedTuple):
    """A buffer on the CPU: an array, and onnxruntime's view of the same memory."""

    array: NDArray[np.float32]
    value: ort.OrtValue


class Session:
    """A loaded model and its state, `batch` streams side by side. Starts from a zero state."""

    def __init__(self, session: ort.InferenceSession, card: Card, batch: int = 1) -> None:
        self.card = card
        self.device = "cuda" if _PROVIDER["cuda"] in session.get_providers() else "cpu"
        self._session = session
        inputs = {entry.name: _shape(entry, batch) for entry in session.get_inputs()}
        outputs = {entry.name: _shape(entry, batch) for entry in session.get_outputs()}
        self._states = [name for name in inputs if name.startswith("state_")]
        if "step" not in inputs or {f"{name}_out" for name in self._states} - outputs.keys():
            message = f"the graph of model {card.name!r} is not a step graph; export it again"
            raise ModelError(message)
        self._input = _tensor(inputs["step"])
        self._heads = {
            name: _tensor(shape) for name, shape in outputs.items() if not name.startswith("state_")
        }
        self._buffers = [
            [_on_device(inputs[name], self.device) for name in self._states] for _ in range(2)
        ]
        self._bindings = [self._bind(*self._buffers), self._bind(*reversed(self._buffers))]

    @classmethod
    def load(cls, path: Path, device: Device = "cpu", batch: int = 1) -> Self:
        """Load a model file. Raises ModelError: absent, cut short, not ours, of another version."""
        if not path.is_file():
            raise ModelError(f"there is no model file {path}")
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = [_PROVIDER[name] for name in _wanted(device)]
        try:
            session = ort.InferenceSession(str(path), options, providers=providers)
        except Exception as error:  # onnxruntime raises a different class for each fault of a file
            message = f"{path} is no ONNX model that can be read (broken or cut short): {error}"
            raise ModelError(message.splitlines()[0]) from error
        text = session.get_modelmeta().custom_metadata_map.get(CARD_KEY)
        if text is None:
            raise ModelError(f"{path} is not a model of improvd: it has no card inside")
        return cls(session, Card.from_json(text, str(path)), batch)

    @property
    def inputs(self) -> int:
        """How many numbers one step takes."""
        return int(self._input.array.shape[1])

    def step(self, vector: NDArray[np.float32]) -> Outputs:
        """Advance by one step: `vector` [inputs] or [batch, inputs]; heads [batch, classes].

        The arrays returned are the session's own: they hold until the next step.
        """
        self._input.array[:] = vector
        self._session.run_with_iobinding(self._bindings[0])
        self._bindings.reverse()
        self._buffers.reverse()
        return {name: head.array for name, head in self._heads.items()}

    def reset(self) -> None:
        """Back to the zero state."""
        self.restore(tuple(np.zeros(buffer.shape(), np.float32) for buffer in self._buffers[0]))

    def snapshot(self) -> State:
        """A copy of the state, one array [batch, units] each."""
        return tuple(np.array(buffer.numpy()) for buffer in self._buffers[0])

    def restore(self, state: State) -> None:
        """Go on from a state that `snapshot` gave."""
        for buffer, array in zip(self._buffers[0], state, strict=True):
            buffer.update_inplace(array)

    def _bind(self, read: list[ort.OrtValue], write: list[ort.OrtValue]) -> ort.IOBinding:
        binding = self._session.io_binding()
        binding.bind_ortvalue_input("step", self._input.value)
        for name, head in self._heads.items():
            binding.bind_ortvalue_output(name, head.value)
        for name, source, target in zip(self._states, read, write, strict=True):
            binding.bind_ortvalue_input(name, source)
            binding.bind_ortvalue_output(f"{name}_out", target)
        return binding


def _wanted(device: Device) -> list[str]:
    """The devices to ask for, best first. onnxruntime only warns when it has no GPU: look first."""
    if device == "cpu":
        return ["cpu"]
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        if device == "cuda":
            message = 'model.device = "cuda", but there is no NVIDIA driver; use "auto" or "cpu"'
            raise ModelError(message) from None
        return ["cpu"]
    ort.preload_dlls()
    return ["cuda", "cpu"]


def _shape(entry: ort.NodeArg, batch: int) -> list[int]:
    """The shape of a graph's input or output, its free dimension being the batch."""
    return [size if isinstance(size, int) else batch for size in entry.shape]


def _tensor(shape: list[int]) -> _Tensor:
    array = np.zeros(shape, np.float32)
    return _Tensor(array, ort.OrtValue.ortvalue_from_numpy(array))


def _on_device(shape: list[int], device: str) -> ort.OrtValue:
    return ort.OrtValue.ortvalue_from_numpy(np.zeros(shape, np.float32), device, 0)
