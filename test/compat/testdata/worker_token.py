"""Prints a worker's token, made by the capability-token helper of the official Python client."""

import os
import sys

from twilio.jwt.taskrouter.capabilities import WorkerCapabilityToken

token = WorkerCapabilityToken(
    account_sid=os.environ["ACCOUNT_SID"], auth_token=os.environ["AUTH_TOKEN"],
    workspace_sid=os.environ["WORKSPACE_SID"], worker_sid=os.environ["WORKER_SID"])
token.allow_update_activities()
token.allow_update_reservations()
jwt = token.to_jwt()
sys.stdout.write(jwt if isinstance(jwt, str) else jwt.decode())
