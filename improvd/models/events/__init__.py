"""Stacked LSTM on MIDI events: polyphonic, with velocity and timing as played.

Every token is a MIDI event with the time before it; tokens are embedded, and learnt by a stack of
four LSTMs. Source: Graves, "Generating Sequences With Recurrent Neural Networks", 2013, for the
stack; the tokens are those of a tutorial that trained one on the text of raw MIDI files: fixed ones
like them (`live`), or just those (`faithful`). Must not know TensorFlow, apart from `net.py`, which
only training imports.
"""

from improvd.models.base import Family
from improvd.models.events.codec import Decoder, Encoder
from improvd.models.events.configuration import (
    CONFIGURATIONS,
    fits,
    lasts,
    silence,
    transposition,
)
from improvd.models.events.voice import Voice

FAMILY = Family(
    name="events",
    paper="https://arxiv.org/abs/1308.0850",
    configurations=CONFIGURATIONS,
    encoder=Encoder,
    decoder=Decoder,
    voice=Voice,
    transposition=transposition,
    fits=fits,
    lasts=lasts,
    silence=silence,
    dynamics=True,
)
