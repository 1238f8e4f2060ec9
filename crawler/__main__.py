"""``python -m crawler`` is ``fangtan``."""

from crawler.cli.group import main

main()
