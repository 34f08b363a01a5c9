"""The model that plays, and another that is loaded beside it. Knows no turns: the duet asks.

In another style a model is another one.

A model is loaded and warmed on a thread of its own. Whoever plays goes on until the other is ready
and a change suits; what cannot be loaded is told in one line, and nothing changes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Thread
from typing import Final, NamedTuple

from improvd.config import Config
from improvd.engine.device import Choice, Chooser
from improvd.engine.improviser import Improviser
from improvd.engine.library import find_model
from improvd.engine.session import Device, Session
from improvd.errors import ModelError
from improvd.models.sampling import Sampler

Work = Callable[[], None]

log = logging.getLogger(__name__)


def _find_and_load(name: str, device: Choice) -> Chooser:
    return Chooser(find_model(name), device)


def _on_a_thread(work: Work) -> None:
    Thread(target=work, name="model", daemon=True).start()


class _Part(NamedTuple):
    """A model by its name, and the style that it is to play in, "": none."""

    name: str
    style: str


_NONE: Final = _Part("", "")


class _Loaded(NamedTuple):
    part: _Part
    chooser: Chooser


class Exchange:
    """A model plays, and it or another one, or the same in another style, is wanted.

    `beside` runs what must not hold up the music. Raises ModelError where the first model is not to
    be had, or not in that style.
    """

    def __init__(
        self,
        name: str,
        device: Choice,
        sampler: Sampler,
        load: Callable[[str, Choice], Chooser] = _find_and_load,
        beside: Callable[[Work], None] = _on_a_thread,
        *,
        style: str = "",
    ) -> None:
        self._part = self._wanted = _Part(name, style)
        self._device = device
        self._sampler = sampler
        self._load = load
        self._beside = beside
        self._loaded: _Loaded | None = None
        self._chooser = load(name, device)
        self.improviser = Improviser(self._chooser.session, sampler, style)

    @property
    def playing(self) -> str:
        """The name of the model that plays."""
        return self._part.name

    @property
    def style(self) -> str:
        """The style that it plays in, "": in none."""
        return self.improviser.style

    @property
    def name(self) -> str:
        """The name of the model that plays, or of one that was called and is on its way."""
        return self._wanted.name

    @property
    def device(self) -> Device:
        """Where the model runs that plays."""
        return self._chooser.session.device

    def ready(self) -> None:
        """All that somebody plays with is there."""
        self._chooser.ready()

    def better(self) -> Session | None:
        """A session of the same model on a faster device, once."""
        return self._chooser.better()

    def configure(self, before: Config, now: Config) -> None:
        """The dice change at once, the model when it is there."""
        model = now.model
        self._sampler.temperature = model.temperature
        self._sampler.top_k, self._sampler.top_p = model.top_k, model.top_p
        self._sampler.restless = now.sampling.restless
        if model.seed != before.model.seed:
            self._sampler.sow(None if model.seed == "random" else model.seed)
        moved = model.device != before.model.device
        if moved:
            self._device, self._wanted = model.device, _NONE  # the same model is another there
        if moved or (model.name, model.style) != (before.model.name, before.model.style):
            self.call(model.name, model.style)

    def call(self, name: str, style: str = "") -> None:
        """Another model is wanted, or another style; of several calls the last one counts."""
        part = _Part(name, style)
        if part != self._wanted:
            self._wanted = part
            self._beside(lambda: self._fetch(part))

    def other(self) -> Improviser | None:
        """The model that was called, once, when it is there: from now on it plays."""
        loaded, self._loaded = self._loaded, None
        if not loaded or loaded.part != self._wanted:
            return None
        try:
            adopted = loaded.chooser.adopt()
            improviser = Improviser(adopted, self._sampler, loaded.part.style)
        except ModelError as fault:
            self._refused(fault)
            return None
        self._chooser, self._part = loaded.chooser, loaded.part
        self.improviser = improviser
        log.info("%s answers from now on", self._told)
        self._chooser.ready()
        return self.improviser

    @property
    def _told(self) -> str:
        """What plays, in words."""
        return f"{self.playing} in style {self.style}" if self.style else self.playing

    def _fetch(self, part: _Part) -> None:
        try:
            chooser = self._load(part.name, self._device)
        except ModelError as fault:
            if part == self._wanted:
                self._refused(fault)
            return
        if part == self._wanted:
            self._loaded = _Loaded(part, chooser)

    def _refused(self, fault: ModelError) -> None:
        log.warning("%s; %s goes on", fault, self._told)
        self._wanted = self._part
