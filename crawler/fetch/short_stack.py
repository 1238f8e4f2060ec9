"""Scrapy's TLS modules, loaded in a thread.

When they are loaded, they look through the complete stack three times. Here it is short. In a command or in the
reactor that costs as much processor time as thirty pages.
"""

from importlib import import_module
from threading import Thread

_loading = Thread(target=import_module, args=("scrapy.core.downloader.contextfactory",))
_loading.start()
_loading.join()
