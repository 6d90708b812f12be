// From the SDK's objects to the page's data. Every field is taken as possibly missing: a server
// may be older or newer than the page, and a task that could not be read is only a SID.

import { titleOf } from "../base/attributes.ts";
import { oneLine } from "../base/plain.ts";
import { text } from "../base/text/en.ts";
import type {
  ActivityData, Assignment, ChannelData, Status, TaskData, WorkerData,
} from "./model.ts";

/** Seconds an offer lasts when nothing says so. */
const usualTimeout = 120;

const statuses: readonly Status[] = [
  "pending", "accepted", "wrapping", "completed", "rejected", "timeout", "canceled", "rescinded",
];

/** A reservation as the page shows it; fallback is its status if the object does not say. */
export function readReservation(
  source: Twilio.TaskRouter.Reservation,
  now: number,
  fallback: Status = "pending",
): Assignment {
  const given = source as Partial<Twilio.TaskRouter.Reservation> & {
    version?: unknown;
    dateExpires?: unknown;
    reservationTimeout?: unknown;
  };
  const offeredAt = timeOf(given.dateCreated) ?? now;
  const lasts = numberOf(given.reservationTimeout) ?? usualTimeout;
  const status = statuses.find((each) => each === given.reservationStatus) ?? fallback;
  return {
    sid: String(given.sid),
    status,
    version: numberOf(given.version) ?? 0,
    task: readTask(given.task, String(given.taskSid ?? given.task?.sid ?? ""), now),
    offeredAt,
    // Spec: rest-api 10: date_expires is this server's addition.
    expiresAt: timeOf(given.dateExpires) ?? offeredAt + lasts * 1000,
    since: timeOf(given.dateUpdated) ?? now,
    leavesAt: undefined,
    busy: undefined,
    problem: undefined,
    source,
  };
}

/** A task as the page shows it. */
export function readTask(
  source: Partial<Twilio.TaskRouter.Task> | undefined,
  sid: string,
  now: number,
): TaskData {
  const given = source ?? {};
  const taskSid = textOf(given.sid) ?? sid;
  const channel = textOf(given.taskChannelUniqueName) ?? "default";
  return {
    sid: taskSid,
    title: titleOf(given.attributes) ?? text.task.untitled(taskSid.slice(-6)),
    attributes: given.attributes,
    channel,
    queue: textOf(given.taskQueueFriendlyName),
    workflow: textOf(given.workflowFriendlyName),
    priority: numberOf(given.priority) ?? 0,
    reason: textOf(given.reason),
    createdAt: timeOf(given.dateCreated) ?? now - (numberOf(given.age) ?? 0) * 1000,
  };
}

/** The worker as the page shows it. */
export function readWorker(
  given: Partial<Twilio.TaskRouter.WorkerInstance>,
  now: number,
): WorkerData {
  return {
    sid: textOf(given.sid) ?? "",
    workspaceSid: textOf(given.workspaceSid) ?? "",
    name: oneLine(textOf(given.friendlyName) ?? textOf(given.sid) ?? ""),
    activitySid: textOf(given.activitySid) ?? "",
    activityName: oneLine(textOf(given.activityName) ?? ""),
    available: given.available === true,
    activeSince: timeOf(given.dateStatusChanged) ?? now,
  };
}

/** The activities, available ones first and otherwise as the server orders them. */
export function readActivities(list: readonly Twilio.TaskRouter.Activity[]): ActivityData[] {
  const all = list.map((each) => ({
    sid: each.sid,
    name: oneLine(textOf(each.friendlyName) ?? each.sid),
    available: each.available === true,
  }));
  return [...all.filter((each) => each.available), ...all.filter((each) => !each.available)];
}

/** A channel of the worker as the page shows it. */
export function readChannel(given: Partial<Twilio.TaskRouter.WorkerChannel>): ChannelData {
  return {
    name: textOf(given.taskChannelUniqueName) ?? "",
    capacity: numberOf(given.configuredCapacity) ?? 0,
    available: given.available !== false,
  };
}

/** The server's time and a task's age together tell what the server's clock says. */
export function ageOf(
  source: Partial<Twilio.TaskRouter.Task> | undefined,
): { createdAt: number; seconds: number } | undefined {
  const createdAt = timeOf(source?.dateCreated);
  const seconds = numberOf(source?.age);
  return createdAt === undefined || seconds === undefined ? undefined : { createdAt, seconds };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A moment in milliseconds; undefined for what is none. */
function timeOf(value: unknown): number | undefined {
  const at = value instanceof Date ? value.getTime() : Date.parse(textOf(value) ?? "");
  return Number.isFinite(at) ? at : undefined;
}
