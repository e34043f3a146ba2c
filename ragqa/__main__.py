"""`python -m ragqa`: the same as the command `ragqa`."""

from ragqa.cli import main

if __name__ == "__main__":
    main()
