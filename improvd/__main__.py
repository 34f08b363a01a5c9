"""`python -m improvd`: the same command line as `improvd`."""

from improvd.cli.main import main

if __name__ == "__main__":
    main()
