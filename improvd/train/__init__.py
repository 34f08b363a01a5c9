"""From a folder of music to a model file: corpus, dataset, fit, export, judge. Never runs live."""

import os

# To be said before TensorFlow is imported, which reads them then.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# On a CPU without AVX-512 it leaves oneDNN out by itself, and an update takes a fifth longer.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# To be said before numpy is imported: its products here are small, and several threads in each,
# where other work is going on, took ten times as long as one. What is shared is whole steps.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
