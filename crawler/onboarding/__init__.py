"""A site file from one address of the site."""
