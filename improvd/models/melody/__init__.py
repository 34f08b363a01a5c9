"""Melody RNN: a melody as one event a sixteenth, learnt by a stack of LSTMs.

Source: Elliot Waite, "Generating Long-Term Structure in Songs and Stories", Magenta, 2016
(https://magenta.tensorflow.org/2016/07/15/lookback-rnn-attention-rnn). Must not know TensorFlow,
apart from `net.py`, which only training imports.
"""

from improvd.models.base import Family
from improvd.models.melody.codec import Decoder, Encoder
from improvd.models.melody.configuration import (
    CONFIGURATIONS,
    fits,
    lasts,
    silence,
    transposition,
)
from improvd.models.melody.voice import Voice

FAMILY = Family(
    name="melody",
    paper="https://magenta.tensorflow.org/2016/07/15/lookback-rnn-attention-rnn",
    configurations=CONFIGURATIONS,
    encoder=Encoder,
    decoder=Decoder,
    voice=Voice,
    transposition=transposition,
    fits=fits,
    lasts=lasts,
    silence=silence,
)
