"""Signs that a page was altered or copied: injected words, identity marks."""
