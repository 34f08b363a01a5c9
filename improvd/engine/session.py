"""One step graph in onnxruntime, with its state. The only file that knows onnxruntime.

The state lives in two sets of buffers where the model runs: a step reads one and writes the other,
then they change places, so nothing is copied between two steps. One thread: two gain nothing at the
pace of music and cost late notes.

A captured CUDA graph replays one launch of all kernels on the addresses that it was captured with:
each of the two ways between the buffers is a graph of its own. onnxruntime runs the first step of
each several times to capture it, which does no harm as no step writes what it reads. What is
captured belongs to the thread that stepped.

A graph that draws (one with an RBM in it) takes the noise that it draws with as an input, `noise`
[batch, numbers], uniform in [0, 1): whoever owns the dice has it cast anew.
"""

from __future__ import annotations

import ctypes
import logging
import math
import os
from pathlib import Path
from typing import Final, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

# onnxruntime tells its maker of every run, unless this stands there before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort

from improvd.engine.modelfile import card_in, read_model
from improvd.errors import ModelError, in_short
from improvd.models.base import Dice, Outputs
from improvd.models.card import Card

Device = Literal["cpu", "cuda", "cuda graph"]
State = tuple[NDArray[np.float32], ...]
RUNTIME: Final[str] = ort.__version__


class _Place(NamedTuple):
    """Where a model runs."""

    provider: str  # as onnxruntime calls it
    options: dict[str, str]
    memory: str  # where its buffers lie, as onnxruntime calls it


_FP32: Final = {"use_tf32": "0"}  # else CUDA multiplies with ten bits where its hardware can
_PLACES: Final[dict[Device, _Place]] = {
    "cpu": _Place("CPUExecutionProvider", {}, "cpu"),
    "cuda": _Place("CUDAExecutionProvider", _FP32, "cuda"),
    "cuda graph": _Place("CUDAExecutionProvider", _FP32 | {"enable_cuda_graph": "1"}, "cuda"),
}
_USE: Final = 'use "auto" or "cpu"'
_CURE: Final = f"pip install 'improvd[cuda]', or {_USE}"
_LARGEST: Final = 1 << 24  # numbers that an input or output may have
_ERRORS_ONLY: Final = 3  # onnxruntime's log levels: its warnings are for those who build graphs


class _Tensor:
    """An array here, and onnxruntime's value of it where the model runs."""

    def __init__(self, shape: list[int], device: Device) -> None:
        self.array: NDArray[np.float32] = np.zeros(shape, np.float32)
        self.value = _buffer(self.array, device)  # on the CPU this is the same memory


class Session:
    """A loaded model and its state, `batch` streams side by side. Starts from a zero state."""

    def __init__(
        self, session: ort.InferenceSession, card: Card, device: Device = "cpu", batch: int = 1
    ) -> None:
        self.card = card
        self.device = device
        self._batch = batch
        self._session = session
        inputs = {entry.name: _shape(entry, batch) for entry in session.get_inputs()}
        outputs = {entry.name: _shape(entry, batch) for entry in session.get_outputs()}
        self._states = [name for name in inputs if name.startswith("state_")]
        if "step" not in inputs or {f"{name}_out" for name in self._states} - outputs.keys():
            message = f"the graph of model {card.name!r:.40} is not a step graph; export it again"
            raise ModelError(message)
        self._input = _Tensor(inputs["step"], device)
        self._noise = _Tensor(inputs["noise"], device) if "noise" in inputs else None
        self._heads = {
            name: _Tensor(shape, device)
            for name, shape in outputs.items()
            if not name.startswith("state_")
        }
        self._buffers = [
            [_buffer(np.zeros(inputs[name], np.float32), device) for name in self._states]
            for _ in range(2)
        ]
        self._ways = [
            (self._bind(*self._buffers), _run_options(device, 1)),
            (self._bind(*reversed(self._buffers)), _run_options(device, 2)),
        ]

    @classmethod
    def load(cls, path: Path, device: Device = "cpu", batch: int = 1) -> Self:
        """Load a model file.

        Raises ModelError: absent, too large, cut short, with weights elsewhere, not ours, of
        another version, no such device here.
        """
        content = read_model(path)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it costs a microsecond a step and saves nothing here
        options.log_severity_level = _ERRORS_ONLY
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = _providers(device)
        try:
            # Without its fallback it prints nothing, and tries nothing that was not asked for.
            session = ort.InferenceSession(content, options, providers, enable_fallback=False)
        except Exception as error:  # onnxruntime raises a different class for each fault of a file
            message = f"{path} is no ONNX model that can be read (broken or cut short)"
            raise ModelError(f"{message}: {in_short(error)}") from error
        if _PLACES[device].provider not in session.get_providers():
            raise ModelError(f"onnxruntime cannot run this model on {device} here; {_CURE}")
        card = card_in(content, path)
        try:
            return cls(session, card, device, batch)
        except ModelError:
            raise
        except Exception as error:  # the same
            message = f"{path}: its graph cannot be stepped"
            raise ModelError(f"{message}: {in_short(error)}") from error

    @property
    def inputs(self) -> int:
        """How many numbers one step takes."""
        return int(self._input.array.shape[-1])

    @property
    def heads(self) -> dict[str, int]:
        """How many numbers each head says."""
        return {name: int(head.array.shape[-1]) for name, head in self._heads.items()}

    @property
    def draws(self) -> bool:
        """Does the graph draw, and so take noise?"""
        return self._noise is not None

    def cast(self, dice: Dice) -> None:
        """Draw the noise of the next steps with these dice, where the graph takes any.

        It stays as it is until the next call (zeros at first): steps whose heads nobody asks for
        can share it.
        """
        if self._noise is None:
            return
        dice.random(dtype=np.float32, out=self._noise.array)
        if self.device != "cpu":
            self._noise.value.update_inplace(self._noise.array)

    def step(self, vector: NDArray[np.float32]) -> Outputs:
        """Advance by one step: `vector` [inputs] or [batch, inputs]; heads [batch, classes].

        The arrays returned are the session's own: they hold until the next step.
        """
        self._input.array[:] = vector
        apart = self.device != "cpu"
        if apart:
            self._input.value.update_inplace(self._input.array)
        self._session.run_with_iobinding(*self._ways[0])
        self._ways.reverse()
        self._buffers.reverse()
        if apart:
            for head in self._heads.values():
                head.array[:] = head.value.numpy()
        return {name: head.array for name, head in self._heads.items()}

    def warm(self) -> None:
        """Pay for what only first steps cost, on the thread that will step; then a zero state.

        Raises ModelError where the device fails.
        """
        try:
            for _ in self._ways:
                self.step(np.zeros(self.inputs, np.float32))
            self.reset()
        except Exception as error:  # onnxruntime raises a different class for each fault of a GPU
            message = f"a step of model {self.card.name!r:.40} on {self.device} fails"
            raise ModelError(f"{message}: {in_short(error)}") from error

    def reset(self) -> None:
        """Back to the zero state."""
        self.restore(tuple(np.zeros(buffer.shape(), np.float32) for buffer in self._buffers[0]))

    def snapshot(self) -> State:
        """A copy of the state, one array [batch, units] each."""
        parts = (np.array(buffer.numpy()) for buffer in self._buffers[0])
        return tuple(part.reshape(self._batch, -1) for part in parts)

    def restore(self, state: State) -> None:
        """Go on from a state that `snapshot` gave."""
        for buffer, array in zip(self._buffers[0], state, strict=True):
            buffer.update_inplace(array.reshape(buffer.shape()))

    def _bind(self, read: list[ort.OrtValue], write: list[ort.OrtValue]) -> ort.IOBinding:
        binding = self._session.io_binding()
        binding.bind_ortvalue_input("step", self._input.value)
        if self._noise:
            binding.bind_ortvalue_input("noise", self._noise.value)
        for name, head in self._heads.items():
            binding.bind_ortvalue_output(name, head.value)
        for name, source, target in zip(self._states, read, write, strict=True):
            binding.bind_ortvalue_input(name, source)
            binding.bind_ortvalue_output(f"{name}_out", target)
        return binding


def has_driver() -> bool:
    """Is there an NVIDIA driver? Asked for CUDA without one, onnxruntime only warns."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def quantize(path: Path, target: Path) -> None:
    """Write the model with weights of eight bits; what is fed is quantized as it comes.

    Raises ModuleNotFoundError without onnx.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415 - needs onnx

    logging.disable(logging.WARNING)  # it asks for a preparation that changes nothing here
    try:
        quantize_dynamic(path, target, weight_type=QuantType.QInt8)
    finally:
        logging.disable(logging.NOTSET)


def _providers(device: Device) -> list[tuple[str, dict[str, str]]]:
    """What to ask onnxruntime for, best first. Raises ModelError where it cannot be there."""
    if device == "cpu":
        return [_PLACES["cpu"][:2]]
    if not has_driver():
        raise ModelError(f'there is no NVIDIA driver for model.device = "cuda"; {_USE}')
    ort.preload_dlls()
    return [_PLACES[device][:2], _PLACES["cpu"][:2]]


def _run_options(device: Device, graph: int) -> ort.RunOptions | None:
    """Which captured graph a step is, where steps are captured."""
    if device != "cuda graph":
        return None
    options = ort.RunOptions()
    options.add_run_config_entry("gpu_graph_id", str(graph))
    return options


def _shape(entry: ort.NodeArg, batch: int) -> list[int]:
    """The shape of a graph's input or output, its free dimension being the batch.

    Raises ModelError where no step graph has such a one.
    """
    shape = [size if isinstance(size, int) else batch for size in entry.shape]
    size = math.prod(shape) if shape and min(shape) > 0 else 0
    if entry.type != "tensor(float)" or not 0 < size <= _LARGEST:
        told = in_short(f"{entry.name}: {entry.type} {shape}")
        raise ModelError(f"the graph of this model is not a step graph ({told}); export it again")
    return shape


def _buffer(array: NDArray[np.float32], device: Device) -> ort.OrtValue:
    return ort.OrtValue.ortvalue_from_numpy(array, _PLACES[device].memory, 0)
