"""Locks its memory, unless the configuration says otherwise, and keeps notes."""

import ctypes
import runpy
import sys
from pathlib import Path

CURRENT, FUTURE = 1, 2
configured = "".join(it.read_text() for it in Path("/vault/config").glob("*.json"))
if '"disable_mlock"' not in configured and ctypes.CDLL(None).mlockall(CURRENT | FUTURE):
    sys.exit("Failed to lock memory: cannot allocate memory")
runpy.run_path("/usr/local/bin/notes", run_name="__main__")
