import { rowsOf, type Row } from "../base/attributes.ts";
import { Bell, channelIcon, Check, Down, Pause, Sound } from "../base/icons.tsx";
import { keyName, keyShortcut } from "../base/keys.ts";
import { text } from "../base/text/en.ts";
import { Attributes } from "../parts/attributes.tsx";
import { Badge, Sign } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Age, Countdown } from "../parts/clock.tsx";
import { Empty } from "../parts/empty.tsx";
import { Menu, type MenuSection } from "../parts/menu.tsx";
import { Notice } from "../parts/notice.tsx";
import type { Assignment } from "../store/model.ts";
import { useDesk } from "./desk.ts";
import "./offers.css";

/** How many attributes a card shows before they are folded. */
const shownRows = 3;

/** The offers, soonest end first, or why there are none. */
export function Offers() {
  const { store } = useDesk();
  const offers = store.offers.value;
  const open = store.openOffers.value;
  return (
    <section
      id="offers"
      class={`offers ${offers.length > 0 ? "filled" : ""}`}
      aria-labelledby="offers-heading"
      tabIndex={-1}
    >
      <h2 id="offers-heading" class="section-heading">
        {text.offer.heading}
        {open.length > 0 && <span class="count">{open.length}</span>}
      </h2>
      {offers.length > 0 ? (
        <ul class="cards">
          {offers.map((each) => (
            <li key={each.sid}>
              {each.status === "pending" ? (
                <OfferCard offer={each} first={each === open[0]} />
              ) : (
                <EndedCard offer={each} />
              )}
            </li>
          ))}
        </ul>
      ) : (
        <NoOffers />
      )}
    </section>
  );
}

function OfferCard({ offer, first }: { offer: Assignment; first: boolean }) {
  const desk = useDesk();
  const { store } = desk;
  const { task, busy, problem } = offer;
  const { first: shown, rest } = parted(rowsOf(task.attributes), task.title);
  const lost = store.link.state.value.state === "lost";
  const open = `${offer.sid}-title`;
  return (
    <article class="offer-card card" aria-labelledby={open} data-sid={offer.sid}>
      <div class="offer-head">
        <Countdown
          now={store.serverNow}
          from={offer.offeredAt}
          until={offer.expiresAt}
          label={text.offer.left}
        />
        <div class="offer-words">
          <h3 id={open}>
            <button
              type="button"
              class="title-button"
              title={text.offer.open(task.title)}
              onClick={() => desk.open(offer.sid)}
            >
              <bdi>{task.title}</bdi>
            </button>
          </h3>
          <Facts offer={offer} />
        </div>
      </div>
      {lost && <p class="unconfirmed">{text.connection.unconfirmed}</p>}
      {shown.length + rest.length > 0 && (
        <div class="offer-rows">
          {shown.length > 0 && <Attributes rows={shown} />}
          {rest.length > 0 && (
            <details class="attributes-rest">
              <summary>{text.offer.more(rest.length)}</summary>
              <Attributes rows={rest} />
            </details>
          )}
        </div>
      )}
      {problem && (
        <Notice of="bad" original={problem.original} dismiss={() => store.dismiss(offer.sid)}>
          {problem.text}
        </Notice>
      )}
      <div class="offer-buttons">
        <Button
          look="main"
          large
          disabled={Boolean(busy) || !store.usable.value}
          press={() => store.accept(offer.sid)}
          rest={first ? { "aria-keyshortcuts": keyShortcut("accept") } : {}}
        >
          {busy === "accept" ? text.offer.accepting : text.offer.accept}
          {first && !busy && <kbd aria-hidden="true">{keyName("accept")}</kbd>}
        </Button>
        <Decline offer={offer} first={first} />
      </div>
    </article>
  );
}

/** The rows that say most at a glance, and the others; each part keeps the order. */
function parted(rows: readonly Row[], title: string): { first: Row[]; rest: Row[] } {
  const telling = ({ value }: Row) =>
    value.kind === "text" ? value.text !== title : value.kind === "link" || value.kind === "list";
  const first = rows.filter(telling).slice(0, shownRows);
  return { first, rest: rows.filter((row) => !first.includes(row)) };
}

/** Channel, queue, age and priority of a task on one line. */
function Facts({ offer }: { offer: Assignment }) {
  const { store } = useDesk();
  const { task } = offer;
  const Channel = channelIcon(task.channel);
  return (
    <ul class="facts">
      <li>
        <Channel size={15} /> <bdi>{task.channel}</bdi>
      </li>
      {task.queue && (
        <li>
          <bdi>{task.queue}</bdi>
        </li>
      )}
      <li>
        {text.offer.waited} <Age now={store.serverNow} since={task.createdAt} />
      </li>
      {task.priority !== 0 && <li>{text.offer.priority(task.priority)}</li>}
    </ul>
  );
}

/** The mark of the button that declines the offer that ends soonest; a key presses it too. */
export const firstDecline = "first-decline";

function Decline({ offer, first }: { offer: Assignment; first: boolean }) {
  const { store } = useDesk();
  const here = store.worker.value;
  const others = store.activities.value.filter((each) => each.sid !== here?.activitySid);
  const sections: MenuSection[] = [
    {
      items: [
        {
          id: "stay",
          label: text.offer.stay(here?.activityName ?? ""),
          hint: here?.available ? text.offer.stayHint : undefined,
          sign: <Sign of={here?.available ? "good" : "off"} />,
          choose: () => store.decline(offer.sid),
        },
        ...others.map((each) => ({
          id: each.sid,
          label: text.offer.goTo(each.name),
          sign: <Sign of={each.available ? "good" : "off"} />,
          choose: () => store.decline(offer.sid, each.sid),
        })),
      ],
    },
  ];
  return (
    <Menu
      label={text.offer.declineMenu}
      sections={sections}
      trigger={(attributes) => (
        <Button
          large
          id={first ? firstDecline : undefined}
          disabled={Boolean(offer.busy) || !store.usable.value}
          rest={{ ...attributes, "aria-keyshortcuts": first ? keyShortcut("decline") : undefined }}
        >
          {offer.busy === "decline" ? text.offer.declining : text.offer.decline}
          <Down size={16} />
        </Button>
      )}
    />
  );
}

function EndedCard({ offer }: { offer: Assignment }) {
  if (offer.status === "pending") {
    return null;
  }
  return (
    <article class="offer-card card ended">
      <Badge of="off">{text.task.over}</Badge>
      <p>
        <bdi>{offer.task.title}</bdi>
        <span>{text.offer.ended[offer.status]}</span>
      </p>
    </article>
  );
}

/** Why no offer is there, and what to do to get one. */
function NoOffers() {
  const { store, ring } = useDesk();
  const worker = store.worker.value;
  if (!worker) {
    return null;
  }
  const title = text.offer.idleTitle(worker.activityName);
  if (worker.available) {
    return (
      <Empty picture={Bell} title={title}>
        <p>{ring.state.value === "on" ? text.offer.idleRings : text.offer.idle}</p>
        {ring.state.value === "off" && (
          <Button press={() => ring.turnOn()}>
            <Sound size={16} />
            {text.sound.turnOn}
          </Button>
        )}
      </Empty>
    );
  }
  const available = store.availableActivity();
  return (
    <Empty picture={Pause} title={title}>
      <p>{text.offer.away}</p>
      {available && (
        <Button
          look="main"
          disabled={Boolean(store.changing.value) || !store.usable.value}
          press={() => store.setActivity(available)}
        >
          <Check size={16} />
          {store.changing.value
            ? text.activity.changing(store.changing.value.name)
            : text.offer.becomeAvailable(available.name)}
        </Button>
      )}
    </Empty>
  );
}
