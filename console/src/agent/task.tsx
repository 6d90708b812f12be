import { jsonOf, rowsOf } from "../base/attributes.ts";
import { Back, channelIcon, Tray } from "../base/icons.tsx";
import { text } from "../base/text/en.ts";
import { dateAndTime } from "../base/time.ts";
import { Attributes } from "../parts/attributes.tsx";
import { Badge } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Age } from "../parts/clock.tsx";
import { Empty } from "../parts/empty.tsx";
import { Notice, Plain } from "../parts/notice.tsx";
import { Sid } from "../parts/sid.tsx";
import { Tabs } from "../parts/tabs.tsx";
import type { Assignment } from "../store/model.ts";
import { panelHeading, useDesk } from "./desk.ts";
import { standingOf } from "./tasks.tsx";
import "./task.css";

/** The task that is open, or a word that none is. */
export function TaskPanel() {
  const desk = useDesk();
  const each = desk.shown.value;
  return (
    <section id="details" class="panel" aria-labelledby={panelHeading} tabIndex={-1}>
      {each ? (
        <Open each={each} key={each.sid} />
      ) : (
        <>
          <h2 id={panelHeading} class="unseen">
            {text.panel.heading}
          </h2>
          <Empty picture={Tray} title={text.panel.nothing}>
            <p>{text.panel.nothingHint}</p>
          </Empty>
        </>
      )}
    </section>
  );
}

function Open({ each }: { each: Assignment }) {
  const desk = useDesk();
  const { of, word } = standingOf(each.status);
  const Channel = channelIcon(each.task.channel);
  return (
    <>
      <div class="panel-head" data-sid={each.sid}>
        <Button look="quiet" class="back" label={text.page.back} press={() => desk.back()}>
          <Back />
        </Button>
        <h2 id={panelHeading} tabIndex={-1}>
          <bdi>{each.task.title}</bdi>
        </h2>
        <ul class="facts">
          <li>
            <Badge of={of}>{word}</Badge>
          </li>
          <li>
            <Age now={desk.store.serverNow} since={each.since} />
          </li>
          <li>
            <Channel size={15} /> <bdi>{each.task.channel}</bdi>
          </li>
        </ul>
        <Actions each={each} />
      </div>
      {each.problem && each.status !== "pending" && (
        <Notice
          of="bad"
          original={each.problem.original}
          dismiss={() => desk.store.dismiss(each.sid)}
        >
          {each.problem.text}
        </Notice>
      )}
      <Tabs
        label={text.panel.tabList}
        chosen={desk.view}
        tabs={[
          { name: "details", label: text.panel.tabs.details },
          { name: "raw", label: text.panel.tabs.raw },
        ]}
      >
        {desk.view.value === "details" ? <Details each={each} /> : <Raw each={each} />}
      </Tabs>
    </>
  );
}

/** What can be done with the task in its state; the rest is absent. */
function Actions({ each }: { each: Assignment }) {
  const { store, asking } = useDesk();
  const { status, busy } = each;
  const disabled = Boolean(busy) || !store.usable.value;
  if (status !== "accepted" && status !== "wrapping") {
    return null;
  }
  return (
    <div class="panel-buttons">
      {status === "accepted" && (
        <Button shortcut="wrapup" large disabled={disabled} press={() => store.wrapUp(each.sid)}>
          {busy === "wrapup" ? text.task.wrappingUp : text.task.wrapUp}
        </Button>
      )}
      <Button
        look="main"
        large
        shortcut="complete"
        disabled={disabled}
        press={() => (asking.value = { what: "complete", sid: each.sid })}
      >
        {busy === "complete" ? text.task.completing : text.task.complete}
      </Button>
    </div>
  );
}

function Details({ each }: { each: Assignment }) {
  const { task } = each;
  const rows = rowsOf(task.attributes);
  const facts: Array<[string, string | undefined]> = [
    [text.panel.queue, task.queue],
    [text.panel.workflow, task.workflow],
    [text.panel.priority, String(task.priority)],
    [text.panel.created, dateAndTime(task.createdAt, text.locale)],
    [text.panel.reason, task.reason],
  ];
  return (
    <div class="details">
      <section aria-labelledby="attributes-heading">
        <h3 id="attributes-heading">{text.panel.attributes}</h3>
        {rows.length > 0 ? (
          <Attributes rows={rows} />
        ) : (
          <p class="quiet-line">{text.panel.noAttributes}</p>
        )}
      </section>
      <section aria-labelledby="about-heading">
        <h3 id="about-heading">{text.panel.about}</h3>
        <dl class="attributes">
          {facts.map(
            ([name, value]) =>
              value && (
                <>
                  <dt>{name}</dt>
                  <dd>
                    <Plain text={value} />
                  </dd>
                </>
              ),
          )}
          <dt>{text.panel.taskSid}</dt>
          <dd>
            <Sid sid={task.sid} of={text.panel.taskSid} />
          </dd>
          <dt>{text.panel.reservationSid}</dt>
          <dd>
            <Sid sid={each.sid} of={text.panel.reservationSid} />
          </dd>
        </dl>
      </section>
    </div>
  );
}

function Raw({ each }: { each: Assignment }) {
  return (
    <pre class="raw" dir="ltr">
      <Plain text={jsonOf(each.task.attributes)} />
    </pre>
  );
}
