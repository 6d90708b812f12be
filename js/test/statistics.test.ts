import assert from "node:assert/strict";
import { test } from "node:test";
import { callback, listPayload, page, queueSid, start, workflowSid, workspaceUrl } from "./page.ts";
import { newQueue, readyWorkspace } from "./plain.ts";
import { readyWorker } from "./worker.ts";

const kinds = [
  ["statistics", "Statistics"],
  ["realtimeStats", "RealTimeStatistics"],
  ["cumulativeStats", "CumulativeStatistics"],
] as const;

/** Something that has figures. */
type Owner = Record<(typeof kinds)[number][0], { fetch(...args: unknown[]): void }>;

/** Reads all three kinds of an owner's figures, with and without parameters. */
async function expectFigures(owner: Owner, path: string): Promise<void> {
  for (const [property, kind] of kinds) {
    page.answer("GET", `${workspaceUrl}${path}/${kind}`, { total_tasks: 7 });
    page.sent.length = 0;
    const { calls, done } = callback();
    owner[property].fetch(done);
    owner[property].fetch({ Minutes: 5, TaskChannel: "voice" }, done);
    await page.settle();
    assert.deepEqual(calls, [
      [null, { totalTasks: 7 }],
      [null, { totalTasks: 7 }],
    ]);
    assert.deepEqual(page.asked, [
      ["GET", `${path}/${kind}`],
      ["GET", `${path}/${kind}`, { Minutes: 5, TaskChannel: "voice" }],
    ]);
  }
}

test("a workspace and its workers and queues have figures", async () => {
  const workspace = (await readyWorkspace()) as any;
  await expectFigures(workspace, "");
  await expectFigures(workspace.workers, "/Workers");
  await expectFigures(workspace.taskqueues, "/TaskQueues");
  for (const name of ["activities", "workflows", "tasks"]) {
    assert.equal(workspace[name].statistics, undefined, name);
  }
});

test("queues and workflows out of a list have figures, and so has a page of queues", async () => {
  const workspace = (await readyWorkspace()) as any;
  page.answer(
    "GET",
    `${workspaceUrl}/TaskQueues`,
    listPayload("task_queues", [{ sid: queueSid, friendly_name: "Sales" }]),
  );
  page.answer(
    "GET",
    `${workspaceUrl}/Workflows`,
    listPayload("workflows", [{ sid: workflowSid, friendly_name: "All" }]),
  );
  const { calls, done } = callback();
  workspace.taskqueues.fetch(done);
  await page.settle();
  workspace.workflows.fetch(done);
  await page.settle();
  await expectFigures(calls[0]?.[1].data[0], `/TaskQueues/${queueSid}`);
  await expectFigures(calls[0]?.[1], "/TaskQueues");
  await expectFigures(calls[1]?.[1].data[0], `/Workflows/${workflowSid}`);
});

test("a task queue's client has figures", async () => {
  await expectFigures(newQueue() as any, `/TaskQueues/${queueSid}`);
});

test("a worker has figures of a time only", async () => {
  const worker = (await readyWorker()) as any;
  page.answer("GET", /\/Workers\/WK\w+\/Statistics$/, { cumulative: { reservations_created: 1 } });
  const { calls, done } = callback();
  worker.statistics.fetch({ Minutes: "60" }, done);
  await page.settle();
  assert.deepEqual(calls[0], [null, { cumulative: { reservationsCreated: 1 } }]);
  assert.equal(worker.realtimeStats, undefined);
});

test("figures are plain data in camelCase at every depth; numbers in names stay", async () => {
  const workspace = await readyWorkspace();
  page.answer("GET", `${workspaceUrl}/Statistics`, {
    account_sid: "AC",
    realtime: {
      tasks_by_priority: { 0: 1, 10: 2 },
      activity_statistics: [{ friendly_name: "Idle", workers: 3 }],
      longest_task_waiting_sid: null,
    },
    cumulative: {
      start_time: "2026-01-01T00:00:00Z",
      split_by_wait_time: { 30: { above: { tasks_canceled: 1 } } },
    },
    url: "https://…",
    links: {},
  });
  const { calls, done } = callback();
  workspace.statistics.fetch({ SplitByWaitTime: "30", StartDate: new Date(start) }, done);
  await page.settle();
  assert.deepEqual(page.asked[0]?.[2], {
    SplitByWaitTime: "30",
    StartDate: "2026-01-01T00:00:00.000Z",
  });
  assert.deepEqual(calls[0]?.[1], {
    accountSid: "AC",
    realtime: {
      tasksByPriority: { 0: 1, 10: 2 },
      activityStatistics: [{ friendlyName: "Idle", workers: 3 }],
      longestTaskWaitingSid: null,
    },
    cumulative: {
      startTime: "2026-01-01T00:00:00Z",
      splitByWaitTime: { 30: { above: { tasksCanceled: 1 } } },
    },
  });
});

test("figures of several queues come as a list, page by page", async () => {
  const workspace = await readyWorkspace();
  const url = `${workspaceUrl}/TaskQueues/Statistics`;
  const row = (n: number) => ({ task_queue_sid: queueSid, realtime: { total_tasks: n } });
  const key = "task_queues_statistics";
  page.answer("GET", url, listPayload(key, [row(1)], { next_page_url: `${url}?Page=1`, url }));
  page.answer("GET", `${url}?Page=1`, listPayload(key, [row(2)], { page: 1 }));
  const { calls, done } = callback();
  workspace.taskqueues.statistics.fetch(done);
  await page.settle();
  const first = calls[0]?.[1];
  assert.deepEqual(first.data, [{ taskQueueSid: queueSid, realtime: { totalTasks: 1 } }]);
  assert.equal(first.hasNext, true);
  first.next(done);
  await page.settle();
  assert.deepEqual(calls[1]?.[1].data[0].realtime, { totalTasks: 2 });
  assert.equal(calls[1]?.[1].hasNext, false);
});

test("figures that cannot be read are an error of the callback", async () => {
  const workspace = await readyWorkspace();
  const { calls, done } = callback();
  workspace.cumulativeStats.fetch(done);
  await page.settle();
  assert.equal(calls[0]?.[0].code, 404);
  assert.equal(calls[0]?.[1], null);
});

test("wrong arguments throw before anything is sent", async () => {
  const workspace = (await readyWorkspace()) as any;
  assert.throws(() => workspace.statistics.fetch(), /2nd argument needs to be a function/);
  assert.throws(() => workspace.statistics.fetch({}), /2nd argument needs to be a function/);
  assert.throws(() => workspace.statistics.fetch("60", () => {}), /1st argument/);
  assert.equal(page.sent.length, 0);
});
