"""Scrapy settings, each with its reason. ``fangtan crawl`` starts from these and adds the site's own."""

from archive import VERSION

BOT_NAME = "fangtan"
SPIDER_MODULES = ["crawler.under_scrapy"]
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

# Honest: who we are. The collection's fangtan.toml replaces this with operator and contact.
USER_AGENT = f"fangtan/{VERSION} (+contact not configured)"
ROBOTSTXT_OBEY = False  # Scrapy's own reading of it follows no redirect; crawler/spider/robots.py obeys

# Polite: one request at a time to a host, seconds apart, slower when the host is slow.
WARN_ON_GENERATOR_RETURN_VALUE = False  # Scrapy would read the source of every callback again for each run
CONCURRENT_ITEMS = 1  # callbacks yield nothing; Scrapy would start a hundred tasks for every page
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# What the downloader holds ahead of its turn is lost to priorities, and to a stop that waits for it.
CONCURRENT_REQUESTS = 4
# The delays are kept by crawler/fetch/pace.py: in Scrapy's queues a wait can neither be seen nor ended.
DOWNLOAD_DELAY = 0
AUTOTHROTTLE_ENABLED = False

# Capture: every byte, so nothing may be fetched, redirected, decoded or cached behind the handler's back.
DOWNLOAD_HANDLERS = {
    "http": "crawler.fetch.wire.WireHandler",
    "https": "crawler.fetch.wire.WireHandler",
    "ftp": None,
    "file": None,
    "data": None,
    "s3": None,
}
SCHEDULER = "crawler.state.frontier.Frontier"
# No redirect is followed here: the spider follows, each hop is a URL of the frontier and a capture.
TWISTED_DNS_RESOLVER = "crawler.fetch.addresses.JudgingResolver"  # we connect to addresses that we have judged
HTTPPROXY_ENABLED = True  # http_proxy, https_proxy, no_proxy: the operator's own word; see WireHandler._judge
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",
    # Of the codings that archive/warc/codings.py undoes, those that every replay tool of the last decade undoes, too.
    "Accept-Encoding": "gzip, deflate",
}
# All middlewares there are, in place of Scrapy's own list: what is off there would still be imported. Scope,
# robots.txt, redirects, codings and statistics are ours. Cookies are added where a site file asks for them.
DOWNLOADER_MIDDLEWARES_BASE = {
    "crawler.spider.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "crawler.fetch.politeness.BackoffRetry": 550,
    "crawler.fetch.decoding.Decoding": 590,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
}
# None: they change what callbacks yield, and callbacks yield nothing.
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"  # a run counts for itself (crawler/run/tally.py)
# All extensions there are, in place of Scrapy's own list: what EXTENSIONS names as None would still be imported, and
# the remote
# control alone loads a web server.
EXTENSIONS_BASE = {
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
}
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # executes Python for anyone who reaches the port; on by default in Scrapy 2.19

# Bounds against hostile servers.
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 50 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_FAIL_ON_DATALOSS = False  # a truncated body is a capture, marked as such
RETRY_TIMES = 2
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524, 408, 429]
RETRY_PRIORITY_ADJUST = -1
LOG_LEVEL = "WARNING"  # Scrapy's own log; our lines come from `fangtan -v`
LOG_INSTALL_ROOT_HANDLER = False
