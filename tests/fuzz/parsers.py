"""All that improvd reads and somebody else may have written: one table of parsers.

Hypothesis (test_parsers) and atheris (guided) make the bytes. Knows neither.
"""

import of_daemon
import of_midi
import of_models
import of_takes

PARSERS = of_midi.PARSERS | of_takes.PARSERS | of_daemon.PARSERS | of_models.PARSERS
