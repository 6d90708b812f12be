"""Calls every endpoint of TaskRouter with the official Python client, unchanged but for its base
URL, and checks what a user would look at. Ends with 1 at the first surprise."""

import json
import os
from datetime import datetime

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

client = Client(os.environ["ACCOUNT_SID"], os.environ["AUTH_TOKEN"])
client.taskrouter.base_url = os.environ["BASE_URL"]
v1 = client.taskrouter.v1


def equal(got, want):
    assert got == want, f"{got!r}, want {want!r}"


def refused(status, code, text, call):
    try:
        call()
    except TwilioRestException as e:
        equal((e.status, e.code), (status, code))
        assert text in e.msg, e.msg
        assert e.details["request_id"].startswith("RQ"), e.details
        return
    raise AssertionError(f"was not refused with {status}")


# Workspaces.
workspace = v1.workspaces.create(friendly_name="Python", template="NONE")
equal(workspace.account_sid, os.environ["ACCOUNT_SID"])
assert isinstance(workspace.date_created, datetime), workspace.date_created
ws = v1.workspaces(workspace.sid)
equal(ws.update(friendly_name="Python client").friendly_name, "Python client")
equal(ws.fetch().friendly_name, "Python client")
equal([w.sid for w in v1.workspaces.list(friendly_name="Python client")], [workspace.sid])

# Activities.
activities = {a.friendly_name: a.sid for a in ws.activities.list()}
equal(sorted(activities), ["Available", "Offline", "Unavailable"])
lunch = ws.activities.create(friendly_name="Lunch", available=False)
ws.activities(lunch.sid).update(friendly_name="Break")
equal(ws.activities(lunch.sid).fetch().friendly_name, "Break")
equal(ws.activities(lunch.sid).delete(), True)
refused(404, 20404, "was not found", lambda: ws.activities(lunch.sid).fetch())

# Task channels.
channel = ws.task_channels.create(friendly_name="Tickets", unique_name="tickets")
ws.task_channels("tickets").update(channel_optimized_routing=True)
equal(ws.task_channels(channel.sid).fetch().channel_optimized_routing, True)
equal(len(ws.task_channels.list()), 6)

# Queues and workflows.
queue = ws.task_queues.create(friendly_name="German", target_workers='languages HAS "de"')
spare = ws.task_queues.create(friendly_name="Spare")
ws.task_queues(spare.sid).update(max_reserved_workers=2)
equal(ws.task_queues(spare.sid).fetch().max_reserved_workers, 2)
equal(len(ws.task_queues.list(page_size=1)), 2)
equal(ws.task_queues(spare.sid).delete(), True)
refused(400, 20001, "does not parse", lambda: ws.task_queues.create(
    friendly_name="Bad", target_workers="skill-level > 3"))
configuration = json.dumps({"task_routing": {"default_filter": {"queue": queue.sid}}})
workflow = ws.workflows.create(friendly_name="Everything", configuration=configuration)
equal(workflow.configuration, configuration)
ws.workflows(workflow.sid).update(task_reservation_timeout=60, re_evaluate_tasks="true")
equal(ws.workflows(workflow.sid).fetch().task_reservation_timeout, 60)
equal(len(ws.workflows.list(friendly_name="Everything")), 1)
gone = ws.workflows.create(friendly_name="Gone", configuration=configuration)
equal(ws.workflows(gone.sid).delete(), True)

# Workers and their channels.
worker = ws.workers.create(
    friendly_name="Ana", activity_sid=activities["Available"],
    attributes=json.dumps({"languages": ["de", "en"]}))
other = ws.workers.create(friendly_name="Ben")
refused(400, 20001, "Worker with the same friendly name already exists",
        lambda: ws.workers.create(friendly_name="ana"))
equal(ws.workers(other.sid).update(friendly_name="Bea").friendly_name, "Bea")
equal(len(ws.workers.list(target_workers_expression='languages HAS "de"')), 1)
k = ws.workers(worker.sid)
equal(k.fetch().available, True)
channels = k.worker_channels.list()
equal(len(channels), 6)
chat = next(c for c in channels if c.task_channel_unique_name == "chat")
equal(k.worker_channels(chat.sid).update(capacity=3).configured_capacity, 3)
equal(k.worker_channels(chat.sid).fetch().available_capacity_percentage, 100)

# A task's whole life.
task = ws.tasks.create(
    workflow_sid=workflow.sid, task_channel="chat", priority=3,
    attributes=json.dumps({"topic": 'Ümläut "quoted"'}))
equal(task.assignment_status, "pending")
equal(json.loads(task.attributes)["topic"], 'Ümläut "quoted"')
t = ws.tasks(task.sid)
equal(t.fetch().assignment_status, "reserved")
equal(len(ws.tasks.list(assignment_status=["pending", "reserved"])), 1)
offer = t.reservations.list(reservation_status="pending")[0]
equal(offer.worker_name, "Ana")
equal(t.reservations(offer.sid).fetch().sid, offer.sid)
equal(k.reservations.list()[0].sid, offer.sid)
equal(k.reservations(offer.sid).fetch().task_sid, task.sid)
refused(400, 20001, "because it is not currently assigned.",
        lambda: t.update(assignment_status="completed"))
accepted = k.reservations(offer.sid).update(reservation_status="accepted")
equal(accepted.reservation_status, "accepted")
wrapping = t.reservations(offer.sid).update(reservation_status="wrapping")
equal(wrapping.reservation_status, "wrapping")
equal(t.update(assignment_status="completed", reason="solved").reason, "solved")
refused(412, 20412, "version", lambda: t.update(priority=4, if_match='"0"'))
equal(t.delete(), True)

# Events.
events = ws.events.list(minutes=5, limit=200)
types = [e.event_type for e in events]
for kind in ["task.created", "reservation.created", "reservation.accepted", "task.wrapup",
             "task.completed", "task.deleted", "worker.created"]:
    assert kind in types, f"{kind} is not among {types}"
event = ws.events(events[0].sid).fetch()
equal(event.sid, events[0].sid)
equal(event.event_data["workspace_name"], "Python client")

# Statistics.
window = {"minutes": 15, "task_channel": "chat", "split_by_wait_time": "5,30"}
total = ws.statistics().fetch(**window)
equal(total.cumulative["tasks_created"], 1)
equal(total.realtime["total_workers"], 2)
counted = ws.cumulative_statistics().fetch(**window)
equal(counted.tasks_completed, 1)
equal(counted.reservations_accepted, 1)
equal(counted.split_by_wait_time["5"]["below"],
      {"tasks_canceled": 0, "reservations_accepted": 1})
equal(ws.real_time_statistics().fetch().total_tasks, 0)
equal(ws.workers.statistics().fetch().realtime["total_workers"], 2)
equal(k.cumulative_statistics().fetch().reservations_accepted, 1)
equal(k.real_time_statistics().fetch().total_workers, 2)
equal(k.statistics().fetch().cumulative["reservations_accepted"], 1)
q = ws.task_queues(queue.sid)
equal(q.statistics().fetch().cumulative["tasks_entered"], 1)
equal(q.cumulative_statistics().fetch().tasks_entered, 1)
equal(q.real_time_statistics().fetch().total_eligible_workers, 1)
equal(len(ws.task_queues.statistics.list()), 1)
w = ws.workflows(workflow.sid)
equal(w.statistics().fetch().cumulative["tasks_entered"], 1)
equal(w.cumulative_statistics().fetch().tasks_completed, 1)
equal(w.real_time_statistics().fetch().total_tasks, 0)

# The end.
equal(ws.task_channels(channel.sid).delete(), True)
equal(ws.workers(other.sid).delete(), True)
equal(ws.delete(), True)
refused(404, 20404, "/Workspaces/WS", lambda: ws.fetch())
