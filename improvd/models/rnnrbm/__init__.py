"""RNN-RBM: chords and melody as the frames of a piano roll, learnt by RBMs that an RNN leads.

A step is a frame: all the keys that sound in it. What frames are likely after those before is told
by a restricted Boltzmann machine, whose biases a recurrent net sets anew at each step; a frame is
drawn from it by Gibbs sampling. Source: Boulanger-Lewandowski, Bengio and Vincent, "Modeling
Temporal Dependencies in High-Dimensional Sequences", 2012. Must not know TensorFlow, apart from
`net.py`, which only training imports.
"""

from improvd.models.base import Family
from improvd.models.rnnrbm.codec import Decoder, Encoder
from improvd.models.rnnrbm.configuration import (
    CONFIGURATIONS,
    fits,
    lasts,
    silence,
    transposition,
)
from improvd.models.rnnrbm.graph import write
from improvd.models.rnnrbm.voice import Voice

FAMILY = Family(
    name="rnnrbm",
    paper="https://arxiv.org/abs/1206.6392",
    configurations=CONFIGURATIONS,
    encoder=Encoder,
    decoder=Decoder,
    voice=Voice,
    transposition=transposition,
    fits=fits,
    lasts=lasts,
    silence=silence,
    graph=write,
)
