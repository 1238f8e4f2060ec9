"""Search against a plain oracle, and exports that other programs can read."""

import csv
import json
import random
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.running import fangtan
from support.tools import TEI_SCHEMA

from archive.export import FORMATS
from archive.export.tei import TEI, clean
from archive.research.filters import Filter
from archive.research.folding import variants
from archive.research.search import counts, first_page, search, total
from archive.store import migrations
from archive.store.query import NOTHING, paired, parse, spaced
from archive.store.store import open_reader

SCHEMA = Path(migrations.__file__).with_name("m001_first_schema.sql").read_text("utf-8")
TOKENIZE = re.search(r'tokenize="([^"]+)"', SCHEMA)[1]
