"""C-RNN-GAN: notes as four continuous numbers each, by a generator that fooled a discriminator.

A step is a tone: when it begins after the one before, its pitch, velocity and length. Source:
Mogren, "C-RNN-GAN: Continuous recurrent neural networks with adversarial training", 2016. Must not
know TensorFlow, apart from `net.py`, which only training imports.
"""
