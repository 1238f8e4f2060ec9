"""Keep, index, prove, answer. Knows WARC and SQLite, knows no Scrapy."""
