"""Writes its configuration where there is none, and keeps notes."""

import runpy
import sys
from pathlib import Path

configuration = Path(sys.argv[sys.argv.index("-c") + 1])
if not configuration.exists():
    configuration.write_text("dns:\n  port: 53\n")
runpy.run_path("/usr/local/bin/notes", run_name="__main__")
