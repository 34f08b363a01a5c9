"""What config.toml may say, and reading it. Knows no part of the program that it configures."""

from improvd.config.load import find_config, load_config, user_config
from improvd.config.schema import Config, Preset

__all__ = ["Config", "Preset", "find_config", "load_config", "user_config"]
