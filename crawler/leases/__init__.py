"""The same crawl on other machines: who gets a site, what goes there, what comes back."""
