"""The figures for Prometheus: text over HTTP, at a port of the loopback address alone.

Served by a thread of its own, from the last snapshot that the mind has put there. Whatever is wrong
with it costs the metrics, and is said in one line.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal

from improvd.core.histogram import BOUNDS, Distribution
from improvd.daemon.figures import FIGURES, Figure, Figures, Kind

_ADDRESS: Final = "127.0.0.1"

log = logging.getLogger(__name__)


class Metrics:
    """Listens at `port` from the start on. Raises OSError, and ImportError without its library."""

    def __init__(self, port: int) -> None:
        from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415 - an extra

        _claim(port)
        self._figures: Figures = {}
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        self._server, self._thread = start_http_server(port, _ADDRESS, registry)

    def publish(self, figures: Figures) -> None:
        """From now on these are told; nobody changes them any more."""
        self._figures = figures

    def collect(self) -> Iterator[Any]:
        """What the library asks for, in its thread."""
        figures = self._figures
        yield from (_FAMILIES[figure.kind](figure, _samples(figure, figures)) for figure in FIGURES)

    def close(self) -> None:
        """Give the port back."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve(port: int | Literal["off"]) -> Metrics | None:
    """Listen at `port`, as `status.prometheus` says; None where nobody asks, or it cannot be."""
    if port == "off":
        return None
    try:
        metrics = Metrics(port)
    except ImportError:
        why = "prometheus_client is not installed: pip install 'improvd[prometheus]'"
    except OSError as fault:
        why = f"port {port} of {_ADDRESS}: {fault.strerror}; set status.prometheus to another one"
    else:
        log.info("metrics at http://%s:%d/metrics", _ADDRESS, port)
        return metrics
    log.warning("there are no metrics: %s", why)
    return None


def _claim(port: int) -> None:
    """Nobody listens there: the server of some versions of Python would share the port with him."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((_ADDRESS, port))


Samples = list[tuple[list[str], Any]]  # the values of the labels, and the value


def _samples(figure: Figure, figures: Figures) -> Samples:
    """One, or one for each that there is; nothing before the first snapshot."""
    if figure.name not in figures:
        return []
    value = figures[figure.name]
    if not figure.each:
        return [([], value)]
    return [([str(number)], one) for number, one in enumerate(value, 1)]


def _plain(kind: str) -> Callable[[Figure, Samples], Any]:
    def family(figure: Figure, samples: Samples) -> Any:
        found = _family(kind, figure)
        for labels, value in samples:
            found.add_metric(labels, len(value) if figure.kind is Kind.PAIRS else value)
        return found

    return family


def _text(figure: Figure, samples: Samples) -> Any:
    """A text is a label of a 1; an empty one is not there."""
    found = _family("Gauge", figure, figure.name)
    for labels, value in samples:
        if value:
            found.add_metric([*labels, value], 1)
    return found


def _histogram(figure: Figure, samples: Samples) -> Any:
    found = _family("Histogram", figure)
    for labels, value in samples:
        found.add_metric(labels, _cumulated(value), sum_value=value.total)
    return found


def _cumulated(found: Distribution) -> list[tuple[str, float]]:
    """Prometheus counts all that a bound is not below."""
    names = [*map(str, BOUNDS), "+Inf"]
    return [(name, sum(found.counts[: n + 1])) for n, name in enumerate(names)]


def _family(kind: str, figure: Figure, *labels: str) -> Any:
    from prometheus_client import metrics_core  # noqa: PLC0415 - an extra

    names = [*([figure.each] if figure.each else []), *labels]
    make = getattr(metrics_core, f"{kind}MetricFamily")
    return make(f"improvd_{figure.name}", figure.help, labels=names)


_FAMILIES: Final[Mapping[Kind, Callable[[Figure, Samples], Any]]] = {
    Kind.TEXT: _text,
    Kind.GAUGE: _plain("Gauge"),
    Kind.COUNTER: _plain("Counter"),
    Kind.HISTOGRAM: _histogram,
    Kind.PAIRS: _plain("Gauge"),
}
