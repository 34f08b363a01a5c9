"""Jazz LSTM: a solo line over chords, which are a condition at every step.

Source: Kim, "deepjazz", 2016, for solos by an LSTM over given chords; Johnson, Keller and
Weintraut, "Learning to Create Jazz Melodies Using a Product of Experts", 2017, for pitches told
from the chord's root. Must not know TensorFlow, apart from `net.py`, which only training imports.
"""

from improvd.models.base import Family
from improvd.models.jazz import faithful
from improvd.models.jazz.codec import Decoder, Encoder
from improvd.models.jazz.configuration import (
    CONFIGURATIONS,
    cue,
    fits,
    lasts,
    silence,
    transposition,
)
from improvd.models.jazz.either import either
from improvd.models.jazz.rules import pruner
from improvd.models.jazz.voice import Voice

FAMILY = Family(
    name="jazz",
    paper="https://github.com/jisungk/deepjazz",
    configurations=CONFIGURATIONS | {faithful.FAITHFUL.name: faithful.FAITHFUL},
    encoder=either(Encoder, faithful.Encoder),
    decoder=either(Decoder, faithful.Decoder),
    voice=either(Voice, faithful.Voice),
    transposition=transposition,
    fits=fits,
    lasts=either(lasts, faithful.lasts),
    silence=either(silence, faithful.silence),
    cue=either(cue, faithful.cue),
    pruner=pruner,
    chords=True,
)
