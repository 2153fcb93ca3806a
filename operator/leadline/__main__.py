"""``python -m leadline``: the command line, where its script is not on the path."""

from leadline.cli.main import main

main()
