"""The folder of a collection: settings, site files, clock and timetables of cron, addresses, the crawl database."""
