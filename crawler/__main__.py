"""``python -m crawler`` is ``fangtan``."""

from crawler.cli import main

main()
