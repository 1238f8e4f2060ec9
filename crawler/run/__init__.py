"""One run of one site: how it begins, what it counts and keeps, what bounds it, how it ends."""
