"""List pages: their entries in mark-up and in JSON, and the sections that a sitemap names."""
