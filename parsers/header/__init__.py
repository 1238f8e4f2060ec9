"""What a page prints about its talk: labels, meta tags, dates."""
