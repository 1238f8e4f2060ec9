"""What commands meet: faults that the shim makes (faulty/disk.c), and the limit on the size of files."""

import errno

#: What the shim is asked for, by the number of the change; None where the fault needs no number.
DAY = 86_400
SHIMMED = {
    "full": lambda n: {"FANGTAN_FAULT_ERRNO": str(errno.ENOSPC), "FANGTAN_FAULT_AFTER": str(n)},
    "broken": lambda n: {"FANGTAN_FAULT_ERRNO": str(errno.EIO), "FANGTAN_FAULT_AFTER": str(n)},
    "term": lambda n: {"FANGTAN_FAULT_TERM": str(n)},
    "short": lambda _: {"FANGTAN_FAULT_SHORT": "1"},
    "ahead": lambda n: {"FANGTAN_FAULT_CLOCK": str(400 * DAY), "FANGTAN_FAULT_AFTER": str(n)},
    "behind": lambda n: {"FANGTAN_FAULT_CLOCK": str(-400 * DAY), "FANGTAN_FAULT_AFTER": str(n)},
}
HELP = {
    "full": ("free some space", "No space left on device"),
    "broken": ("disk",),
    "term": ("ended by SIGTERM", "BrokenProcessPool"),
    "small": ("ulimit",),
}
LIMITED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}));import crawler.cli; crawler.cli.main()"
)
