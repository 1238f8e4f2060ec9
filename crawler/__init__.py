"""Fetch politely, capture everything."""
