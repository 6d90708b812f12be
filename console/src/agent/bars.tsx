import { text } from "../base/text/en.ts";
import { countdownText, timeOfDay } from "../base/time.ts";
import { Button } from "../parts/button.tsx";
import { Notice } from "../parts/notice.tsx";
import { useDesk } from "./desk.ts";

/** Time before the end of the access from which on the page says so. */
const endsSoon = 60_000;

/** Strips below the top bar: what is the matter with the page as a whole. */
export function Bars() {
  return (
    <div class="bars" role="region" aria-label={text.page.notices}>
      <ConnectionBar />
      <EndsSoon />
      <MissedBar />
      <TroubleBar />
      <SoundBar />
    </div>
  );
}

function ConnectionBar() {
  const { store } = useDesk();
  const { link } = store;
  const connection = link.state.value;
  switch (connection.state) {
    case "lost": {
      const seconds = Math.max(0, Math.floor((store.now.value - connection.since) / 1000));
      const words = connection.offline
        ? text.connection.offlineBar(timeOfDay(connection.since, text.locale))
        : text.connection.lostBar(seconds, connection.tries + 1);
      return (
        <Notice
          of="wait"
          buttons={<Button press={() => link.retry()}>{text.connection.tryNow}</Button>}
        >
          {words}
        </Notice>
      );
    }
    case "replaced":
      return (
        <Notice
          of="wait"
          buttons={<Button press={() => link.takeOver()}>{text.access.useHere}</Button>}
        >
          {text.access.replaced}
        </Notice>
      );
    case "expired":
      return (
        <Notice of="bad">
          <strong>{text.access.expiredTitle}.</strong> {text.access.expired}
        </Notice>
      );
    case "refused":
      return (
        <Notice of="bad" original={connection.problem.original}>
          {connection.problem.text}
        </Notice>
      );
    default:
      return null;
  }
}

function EndsSoon() {
  const { store } = useDesk();
  const ends = store.link.ends;
  const left = ends === undefined ? Infinity : ends - store.now.value;
  const { state } = store.link.state.value;
  if (left > endsSoon || left <= 0 || (state !== "live" && state !== "lost")) {
    return null;
  }
  return <Notice of="wait">{text.access.endsSoon(countdownText(left))}</Notice>;
}

function MissedBar() {
  const { store } = useDesk();
  const missed = store.missed.value;
  const worker = store.worker.value;
  if (!missed || !worker) {
    return null;
  }
  const at = timeOfDay(missed.at, text.locale);
  const available = worker.available ? undefined : store.availableActivity();
  return (
    <Notice
      of="bad"
      dismiss={() => (store.missed.value = undefined)}
      buttons={
        available && (
          <Button
            disabled={Boolean(store.changing.value) || !store.usable.value}
            press={() => store.setActivity(available)}
          >
            {store.changing.value
              ? text.activity.changing(store.changing.value.name)
              : text.offer.becomeAvailable(available.name)}
          </Button>
        )
      }
    >
      {text.offer.missed(at, missed.seconds, worker.activityName, worker.available)}
    </Notice>
  );
}

function TroubleBar() {
  const { store } = useDesk();
  const trouble = store.trouble.value;
  return trouble ? (
    <Notice
      of="bad"
      original={trouble.problem.original}
      buttons={
        trouble.again && (
          <Button
            press={() => {
              store.trouble.value = undefined;
              trouble.again?.();
            }}
          >
            {text.page.tryAgain}
          </Button>
        )
      }
      dismiss={() => (store.trouble.value = undefined)}
    >
      {trouble.problem.text}
    </Notice>
  ) : null;
}

function SoundBar() {
  const { ring } = useDesk();
  return ring.state.value === "locked" ? (
    <Notice
      of="offer"
      buttons={<Button press={() => ring.turnOn()}>{text.sound.turnOn}</Button>}
    >
      {text.sound.locked}
    </Notice>
  ) : null;
}
