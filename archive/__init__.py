"""Keep, index, prove, answer. Knows WARC and SQLite, knows no Scrapy."""

#: The version of fangtan.
VERSION = "0.1.0"
