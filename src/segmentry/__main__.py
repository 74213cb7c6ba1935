"""``python -m segmentry``."""

from segmentry.cli.app import main

if __name__ == "__main__":
    main()
