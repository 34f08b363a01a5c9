"""From a folder of music to a model file: corpus, dataset, fit, export, judge. Never runs live."""
