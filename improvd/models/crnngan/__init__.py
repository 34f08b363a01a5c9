"""C-RNN-GAN: notes as four continuous numbers each, by a generator that a discriminator taught.

A step is a tone: when it begins after the one before, its pitch, its velocity and its length. The
generator is given noise and says it as numbers, so there is nothing to be drawn from. Source:
Mogren, "C-RNN-GAN: Continuous recurrent neural networks with adversarial training", 2016. Must not
know TensorFlow, apart from `net.py`, which only training imports.
"""

from operator import attrgetter

from improvd.models.base import Family
from improvd.models.crnngan.codec import Decoder, Encoder
from improvd.models.crnngan.configuration import (
    CONFIGURATIONS,
    fits,
    lasts,
    paced,
    silence,
    step,
    styled,
    transposition,
)
from improvd.models.crnngan.graph import write
from improvd.models.crnngan.voice import Dice, Middle, Voice

FAMILY = Family(
    name="crnngan",
    paper="https://arxiv.org/abs/1611.09904",
    configurations=CONFIGURATIONS,
    encoder=Encoder,
    decoder=Decoder,
    voice=Voice,
    transposition=transposition,
    fits=fits,
    lasts=lasts,
    silence=silence,
    step=step,
    styles=attrgetter("styles"),
    styled=styled,
    paced=paced,
    dice=Dice,
    hearing=Middle(),
    dynamics=True,
    graph=write,
    said=attrgetter("said"),
)
