// Checked by the compiler, never run: what pages write has to fit the declared types.

import { Worker } from "../src/taskrouter.ts";

declare const token: string;
declare function use(...values: unknown[]): void;

export function documentedUse(): void {
  new Twilio.TaskRouter.Worker(token, false);
  new Twilio.TaskRouter.Worker(token, "false", null, undefined, "true");
  new Worker(token, true, "WAx", "WAy", true, "ie1-ix", 2, "https://a/v1", "https://b", {
    tokenInProtocol: true,
  });
  const worker = new Twilio.TaskRouter.Worker(token, false, "WAx", "WAy", true);

  worker
    .on("ready", (ready) => use(ready.sid, ready.friendlyName, ready.activityName, ready.available))
    .on("activity.update", function (changed) {
      use(this, changed.activitySid, changed.dateStatusChanged.getTime());
    })
    .on("attributes.update", (changed) => use(changed.attributes.anything))
    .on("capacity.update", (channel) => use(channel.taskChannelUniqueName, channel.assignedTasks))
    .on("token.expired", () => worker.updateToken(token))
    .on("connected", () => {})
    .on("disconnected", () => {})
    .on("error", (error) => use(error.response, error.message))
    .on("event.of.the.future", (anything: unknown) => use(anything));

  worker.update("ActivitySid", "WAx", (error, changed) => {
    if (error) {
      use(error.code, error.message, error.apiCode);
    } else {
      use(changed.activityName);
    }
  });
  worker.update({ ActivitySid: "WAx", Attributes: { a: 1 } });
  worker.activities.fetch((_, list) => list.data.forEach((each) => use(each.friendlyName)));
  worker.fetchReservations(
    (_, list) => list.data.forEach((each) => use(each.task.attributes.any, each.sid)),
    { ReservationStatus: "pending" },
  );
  worker.fetchChannels((_, list) => use(list.hasNext && list.next?.(() => {})));
  worker.updateTask("WTx", { Priority: "15" }, (_, task) => use(task.priority));
  worker.completeTask("WTx", (_, task) => use(task.assignmentStatus), "done");

  worker.on("reservation.created", (reservation) => {
    const done: Twilio.TaskRouter.Callback<Twilio.TaskRouter.Reservation> = (error, result) =>
      use(error, result.reservationStatus);
    reservation.accept();
    reservation.accept(done);
    reservation.reject();
    reservation.reject(done);
    reservation.reject("WAx");
    reservation.reject("WAx", done);
    reservation.conference();
    reservation.conference("1800", "WAx", "30", "client:joey", done);
    reservation.conference(null, null, null, null, null, { Record: "true" });
    reservation.dequeue();
    reservation.dequeue("1800", "WAx", "record-from-answer", "30", "http://x", "client:joey", done);
    reservation.dequeue("1800", null, null, null, null, "answered", "client:joey", done);
    reservation.call("1800", "http://x", null, null, null, null, done);
    reservation.call("1800", "http://x", null, "true");
    reservation.redirect("CAx", "http://x", "true", done);
    reservation.redirect("CAx", "http://x", done);
    reservation.task.complete();
    reservation.task.complete((_, task) => use(task.reason), "done");
    reservation.task.workflow?.fetch((_, workflow) => use(workflow.configuration));
    reservation.worker.statistics?.fetch({ Minutes: "60" }, (_, figures) => use(figures.cumulative));
    // @ts-expect-error data are read-only
    reservation.reservationStatus = "accepted";
  });

  const workspace = new Twilio.TaskRouter.Workspace(token, false);
  workspace.on("ready", (ready) => use(ready.friendlyName));
  workspace.workers.fetch({ Available: "true" }, (_, workers) => use(workers.data[0]?.attributes));
  workspace.workers.fetch("WKx", (_, one) => one.update("FriendlyName", "Ana", () => {}));
  workspace.workers.update("WKx", { Attributes: { a: 1 } }, (_, one) => use(one.activityName));
  workspace.workers.delete("WKx", (error) => use(error?.details?.pointer, error?.apiCode));
  workspace.workers.realtimeStats.fetch((_, figures) =>
    use(figures.activityStatistics[0]?.workers, figures.totalWorkers),
  );
  workspace.statistics.fetch({ Minutes: 60, SplitByWaitTime: "30" }, (_, figures) =>
    use(
      figures.realtime.tasksByStatus.pending,
      figures.cumulative.tasksCreated,
      figures.cumulative.splitByWaitTime?.["30"]?.below.reservationsAccepted,
    ),
  );
  workspace.taskqueues.statistics.fetch({ StartDate: new Date() }, (_, queues) =>
    queues.data.forEach((each) => use(each.taskQueueSid, each.realtime.totalAvailableWorkers)),
  );
  workspace.workflows.fetch((_, list) =>
    list.data[0]?.cumulativeStats.fetch((_, figures) => use(figures.tasksTimedOutInWorkflow)),
  );
  workspace.tasks.create({ WorkflowSid: "WWx", Attributes: { a: 1 } }, (_, task) => use(task.sid));
  workspace.on("disconnected", ({ code, reason }) => use(code, reason));
  workspace.disconnect();

  const queue = new Twilio.TaskRouter.TaskQueue(token);
  queue.on("ready", (ready) => use(ready.targetWorkers));
  queue.cumulativeStats.fetch({ Minutes: "5" }, (_, figures) => use(figures.tasksEntered));
  queue.realtimeStats.fetch((_, figures) => use(figures.longestRelativeTaskAgeInQueue));
  // @ts-expect-error a queue has no lists
  queue.workers.fetch(() => {});

  // @ts-expect-error a token is needed
  new Twilio.TaskRouter.Worker();
  // @ts-expect-error the value of a single update is text
  worker.update("Priority", 5);
  // @ts-expect-error the callback is needed
  worker.activities.fetch();
}
