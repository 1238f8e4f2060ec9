"""The bundled county: three sites of different CMS families on loopback, with everything that goes wrong in real ones.

It shares nothing with the parsers: its templates are written from what such sites look like, and what it planted is known
by construction.
"""
