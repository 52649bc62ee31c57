#!/usr/bin/python3
"""Keeps notes in $NOTES, by port $PORT: POST /NAME writes one, GET /NAME reads it."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

NOTES = Path(os.environ.get("NOTES", "/data"))


class Notes(BaseHTTPRequestHandler):
    def do_POST(self):
        (NOTES / self.path.strip("/")).write_text(self.path.strip("/"))
        self.answer(b"kept\n")

    def do_GET(self):
        self.answer((NOTES / self.path.strip("/")).read_bytes())

    def answer(self, body):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("", int(os.environ.get("PORT", "8000"))), Notes).serve_forever()
