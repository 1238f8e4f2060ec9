"""Keeping for decades: are the files still what was entered, where are further copies."""
