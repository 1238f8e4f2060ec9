"""What is asked next: list pages, interviews, requisites, side requests, maps of a site, robots.txt."""
