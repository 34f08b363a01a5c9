"""One parser under atheris: `python guided.py NAME SECONDS CORPUS`.

libFuzzer changes what is in CORPUS, keeps there what leads somewhere new in our code and in that of
the readers below it, and ends with a code other than 0 at the first fault, a run of more than ten
seconds, or one that takes more than a GiB.
"""

import sys

import atheris

with atheris.instrument_imports(include=["improvd", "mido", "tomllib", "tomlkit", "json"]):
    from parsers import PARSERS
    from parsing import attempt

_LONGEST = 4096  # bytes of an input


def main() -> None:
    """Never comes back: libFuzzer ends the process."""
    name, seconds, corpus = sys.argv[1:]
    parser = PARSERS[name]
    options = {
        "max_total_time": seconds,
        "max_len": _LONGEST,
        "timeout": 10,
        "rss_limit_mb": 1024,
        "print_final_stats": 1,
        "artifact_prefix": f"{corpus}/fault-",
    }
    words = [f"-{option}={value}" for option, value in options.items()]

    def once(data: bytes) -> None:
        attempt(parser, data)

    atheris.Setup([sys.argv[0], *words, corpus], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
