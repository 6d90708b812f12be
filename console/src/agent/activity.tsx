import { useId } from "preact/hooks";
import { Down } from "../base/icons.tsx";
import { keyShortcut } from "../base/keys.ts";
import { text } from "../base/text/en.ts";
import { Sign } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Age } from "../parts/clock.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import type { ActivityData } from "../store/model.ts";
import { useDesk, type Desk } from "./desk.ts";

/** The button of the activity; a key presses it too. */
export const activityButton = "activity";

/** What the worker is doing, for how long, and the list to change it. */
export function Activity() {
  const desk = useDesk();
  const { store } = desk;
  const worker = store.worker.value;
  const changing = store.changing.value;
  const all = store.activities.value;
  if (!worker) {
    return null;
  }
  const items = (available: boolean): MenuItem[] =>
    all
      .filter((each) => each.available === available)
      .map((each) => ({
        id: each.sid,
        label: each.name,
        sign: <Sign of={each.available ? "good" : "off"} />,
        checked: each.sid === worker.activitySid,
        choose: () => choose(desk, each),
      }));
  return (
    <Menu
      label={text.activity.choose}
      sections={[
        { heading: text.activity.available, items: items(true) },
        { heading: text.activity.unavailable, items: items(false) },
      ]}
      trigger={(attributes) => (
        <Button
          id={activityButton}
          disabled={Boolean(changing) || !store.usable.value || all.length === 0}
          class="activity"
          rest={{ ...attributes, "aria-keyshortcuts": keyShortcut("activity") }}
        >
          <Sign of={worker.available ? "good" : "off"} size={18} />
          {changing ? (
            <span class="activity-name">{text.activity.changing(changing.name)}</span>
          ) : (
            <>
              <span class="unseen">{text.activity.label} </span>
              <bdi class="activity-name">{worker.activityName || text.activity.unknown}</bdi>
              <Age now={store.serverNow} since={worker.activeSince} />
            </>
          )}
          <Down size={16} />
        </Button>
      )}
    />
  );
}

/** Goes to an activity; one that takes no offers asks first what to do with those open. */
function choose({ store, asking }: Desk, activity: ActivityData): void {
  if (activity.sid === store.worker.value?.activitySid) {
    return;
  }
  if (!activity.available && store.openOffers.value.length > 0) {
    asking.value = { what: "activity", activitySid: activity.sid };
  } else {
    store.setActivity(activity);
  }
}

/** Asks what to do with open offers when the worker is about to go. */
export function ActivityDialog({ activitySid }: { activitySid: string }) {
  const { store, asking } = useDesk();
  const hint = useId();
  const activity = store.activities.value.find((each) => each.sid === activitySid);
  const open = store.openOffers.value;
  const count = Math.max(1, open.length);
  if (!activity) {
    return null;
  }
  return (
    <Dialog title={text.activity.openOffersTitle} closed={() => (asking.value = undefined)}>
      {(close) => (
        <>
          <p id={hint}>{text.activity.openOffers(count, activity.name)}</p>
          <div class="dialog-buttons">
            <Button press={close}>{text.page.cancel}</Button>
            <Button
              press={() => {
                close();
                store.setActivity(activity);
              }}
            >
              {text.activity.keepOpen(count)}
            </Button>
            <Button
              look="main"
              press={() => {
                close();
                // The activity goes first, so that nothing is offered back.
                store.setActivity(activity);
                for (const each of open) {
                  store.decline(each.sid, activity.sid);
                }
              }}
            >
              {text.activity.declineOpen(count)}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
