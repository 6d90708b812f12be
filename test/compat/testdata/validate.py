"""Checks signatures of callbacks with the official Python client. Standard input has a request a
line: {"url", "params", "signature"}."""

import json
import os
import sys

from twilio.request_validator import RequestValidator

validator = RequestValidator(os.environ["AUTH_TOKEN"])
for line in sys.stdin:
    r = json.loads(line)
    if not validator.validate(r["url"], r["params"], r["signature"]):
        raise SystemExit(f"not signed: {line}")
    if validator.validate(r["url"], {**r["params"], "More": "x"}, r["signature"]):
        raise SystemExit(f"signed for anything: {line}")
