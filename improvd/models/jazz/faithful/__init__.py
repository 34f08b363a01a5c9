"""The musical values of deepjazz: what a note is to its chord, how long it is, how far it leaps.

The values are those of one solo, and the model learns it by heart; over other chords the same
values are other notes. Source: Kim, "deepjazz", 2016, which builds on Chow's jazzml; the grammar is
that of Gillick, Tang and Keller, "Learning Jazz Grammars", 2009.
"""

from improvd.models.jazz.faithful.codec import Decoder, Encoder
from improvd.models.jazz.faithful.configuration import FAITHFUL, Configuration, cue, lasts, silence
from improvd.models.jazz.faithful.voice import Voice

__all__ = ["FAITHFUL", "Configuration", "Decoder", "Encoder", "Voice", "cue", "lasts", "silence"]
