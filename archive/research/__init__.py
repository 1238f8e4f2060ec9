"""Questions to the store: filters, search, key words, twins, differences between captures, recurring injections."""
