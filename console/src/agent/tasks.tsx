import { channelIcon, Forward } from "../base/icons.tsx";
import { text } from "../base/text/en.ts";
import { Badge, type Standing } from "../parts/badge.tsx";
import { Age } from "../parts/clock.tsx";
import type { Assignment, Status } from "../store/model.ts";
import { useDesk } from "./desk.ts";
import "./tasks.css";

/** How a status of a reservation looks and reads. */
export function standingOf(status: Status): { of: Standing; word: string } {
  switch (status) {
    case "pending":
      return { of: "offer", word: text.task.pending };
    case "accepted":
      return { of: "work", word: text.task.accepted };
    case "wrapping":
      return { of: "wrap", word: text.task.wrapping };
    case "completed":
      return { of: "good", word: text.task.completed };
    default:
      return { of: "off", word: text.task.over };
  }
}

/** The tasks that were taken. */
export function Tasks() {
  const { store } = useDesk();
  const tasks = store.tasks.value;
  return (
    <section id="tasks" class="tasks" aria-labelledby="tasks-heading" tabIndex={-1}>
      <h2 id="tasks-heading" class="section-heading">
        {text.task.heading}
        {tasks.length > 0 && <span class="count">{tasks.length}</span>}
      </h2>
      <Capacity />
      {tasks.length > 0 ? (
        <ul class="rows">
          {tasks.map((each) => (
            <li key={each.sid}>
              <TaskRow task={each} />
            </li>
          ))}
        </ul>
      ) : (
        <p class="quiet-line">{text.task.none}</p>
      )}
    </section>
  );
}

function TaskRow({ task: each }: { task: Assignment }) {
  const desk = useDesk();
  const { of, word } = standingOf(each.status);
  const Channel = channelIcon(each.task.channel);
  const shown = desk.shown.value?.sid === each.sid;
  return (
    <button
      type="button"
      class="row"
      id={rowId(each.sid)}
      aria-current={shown ? "true" : undefined}
      onClick={() => desk.open(each.sid)}
    >
      <Channel size={18} />
      <span class="row-words">
        <bdi class="row-title">{each.task.title}</bdi>
        <span class="row-facts">
          <Badge of={of}>{word}</Badge>
          {each.task.queue && <bdi>{each.task.queue}</bdi>}
        </span>
      </span>
      <Age now={desk.store.serverNow} since={each.since} />
      <Forward size={16} />
    </button>
  );
}

/** The element of a task in the list. */
export function rowId(sid: string): string {
  return `row-${sid}`;
}

/** How many tasks of each channel the worker has, of how many it takes. */
function Capacity() {
  const { store } = useDesk();
  const used = new Map<string, number>();
  for (const each of store.held.value.values()) {
    if (each.leavesAt === undefined) {
      used.set(each.task.channel, (used.get(each.task.channel) ?? 0) + 1);
    }
  }
  // Channels that have never held a task are noise, unless one has been switched off.
  const worth = [...store.channels.value.values()].filter(
    (each) => used.has(each.name) || !each.available,
  );
  return worth.length === 0 ? null : (
    <ul class="capacity" aria-label={text.task.capacityLabel}>
      {worth.map((each) => (
        <li key={each.name}>
          {each.available
            ? text.task.capacity(each.name, used.get(each.name) ?? 0, each.capacity)
            : text.task.channelOff(each.name)}
        </li>
      ))}
    </ul>
  );
}
