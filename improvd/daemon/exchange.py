"""The model that plays, and another that is loaded beside it. Knows no turns: the duet asks.

A model is loaded and warmed on a thread of its own. Whoever plays goes on until the other is ready
and a change suits; what cannot be loaded is told in one line, and nothing changes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Thread
from typing import NamedTuple

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


class _Loaded(NamedTuple):
    name: str
    chooser: Chooser


class Exchange:
    """`playing` is the model that plays, `name` the same or one that was called and is on its way.

    `beside` runs what must not hold up the music. Raises ModelError where the first model is not to
    be had.
    """

    def __init__(
        self,
        name: str,
        device: Choice,
        sampler: Sampler,
        load: Callable[[str, Choice], Chooser] = _find_and_load,
        beside: Callable[[Work], None] = _on_a_thread,
    ) -> None:
        self.name = name
        self.playing = name  # the model that plays
        self._device = device
        self._sampler = sampler
        self._load = load
        self._beside = beside
        self._loaded: _Loaded | None = None
        self._chooser = load(name, device)
        self.improviser = Improviser(self._chooser.session, sampler)

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
        if model.device != before.model.device:
            self._device, self.name = model.device, ""  # the same model is another there
        if model.name != before.model.name or not self.name:
            self.call(model.name)

    def call(self, name: str) -> None:
        """Another model is wanted; of several calls the last one counts."""
        if name != self.name:
            self.name = name
            self._beside(lambda: self._fetch(name))

    def other(self) -> Improviser | None:
        """The model that was called, once, when it is there: from now on it plays."""
        loaded, self._loaded = self._loaded, None
        if not loaded or loaded.name != self.name:
            return None
        try:
            improviser = Improviser(loaded.chooser.adopt(), self._sampler)
        except ModelError as fault:
            self._refused(fault)
            return None
        self._chooser, self.playing = loaded.chooser, loaded.name
        self.improviser = improviser
        log.info("%s answers from now on", loaded.name)
        self._chooser.ready()
        return self.improviser

    def _fetch(self, name: str) -> None:
        try:
            chooser = self._load(name, self._device)
        except ModelError as fault:
            if name == self.name:
                self._refused(fault)
            return
        if name == self.name:
            self._loaded = _Loaded(name, chooser)

    def _refused(self, fault: ModelError) -> None:
        log.warning("%s; %s goes on", fault, self.playing)
        self.name = self.playing
