"""What vouches for the files of a collection: the chain of signed entries, keys, time stamps, takedowns that stand."""
