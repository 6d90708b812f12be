// Every word of the page, in English. Another language is a file of the same type.
//
// Tone: short, present tense, in the words of agents (task, offer, activity). A message names the
// thing, its state and the way out. Values are put in by functions, never by gluing, and values
// that strangers wrote are set apart in direction.

import { apart, oneLine, quoted } from "../plain.ts";

const locale = "en";

type Unit = "second" | "minute" | "hour";

/** An amount with its unit in words: 20 seconds, 1 second; or, short, 20 sec. */
function counted(amount: number, unit: Unit, unitDisplay: "long" | "short" = "long"): string {
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay }).format(amount);
}

/** A span in few letters: 14 sec, 3 min, 2 hr. */
function ago(seconds: number): string {
  if (seconds < 60) {
    return counted(seconds, "second", "short");
  }
  return seconds < 3600
    ? counted(Math.floor(seconds / 60), "minute", "short")
    : counted(Math.floor(seconds / 3600), "hour", "short");
}

/** One of two forms, by number. */
function plural(amount: number, one: string, other: string): string {
  const form = new Intl.PluralRules(locale).select(amount) === "one" ? one : other;
  return `${new Intl.NumberFormat(locale).format(amount)} ${form}`;
}

/** All texts. */
export const text = {
  locale,

  page: {
    name: "Agent",
    title: (name: string, activity: string) => `${activity} · ${name}`,
    offerTitle: (count: number, left: string, from: string) =>
      `(${count}) ${left} ${oneLine(from)}`,
    skips: "Skip to",
    notices: "Notices",
    toOffers: "To offers",
    toTasks: "To tasks",
    toDetails: "To details",
    help: "Keys",
    close: "Close",
    cancel: "Cancel",
    dismiss: "Dismiss",
    tryAgain: "Try again",
    details: "Details",
    back: "Back to tasks",
    loading: "Loading your offers and tasks…",
  },

  connection: {
    heading: "Connection:",
    label: (words: string) => `Connection: ${words}`,
    connecting: "connecting",
    live: "live",
    lost: (attempt: number) => `reconnecting, try ${attempt}`,
    offline: "offline",
    replaced: "opened elsewhere",
    expired: "access ended",
    refused: "no access",
    lostBar: (seconds: number, attempt: number) =>
      `Connection lost ${ago(seconds)} ago. Your tasks are safe; new offers appear when it is ` +
      `back. Try ${attempt}…`,
    offlineBar: (since: string) =>
      `This device is offline since ${since}. Your tasks are safe; the page connects by itself ` +
      "when the network is back.",
    tryNow: "Try now",
    unconfirmed: "Not confirmed while the connection is lost",
    saidLost: "Connection lost. The page keeps trying.",
    saidLive: "Connected again.",
  },

  access: {
    replacedTitle: "Opened elsewhere",
    replaced: "This worker was opened in another browser. Here it is paused.",
    useHere: "Use here",
    expiredTitle: "Your access has ended",
    expired: "Your tasks stay with you. Open a new link to go on.",
    endsSoon: (left: string) =>
      `Your access ends in ${left}. Open a new link in this tab to go on without a break.`,
    refusedTitle: "This link does not work",
    unknown:
      "The server does not accept this link: it is for another server, or its key was changed. " +
      "Ask for a new one.",
    damaged: "The link is damaged or was cut off. Ask for a new one, and copy it whole.",
    noneTitle: "Welcome",
    none: "This page shows a worker's offers and tasks. It opens with a link that says who you are.",
    noneHow: "How to get a link",
    noneTry: "To try it out, start the server with a sample workspace; it prints a link per agent:",
    noneToken:
      "For a worker of your own workspace, sign a token and put it behind the address of this " +
      "page, as #token=…",
    tryCommand: "taskrouter dev",
    tokenCommand: "taskrouter token worker --help",
    noneSafe: "The link is a key: whoever has it acts as that worker until it ends.",
    until: (at: string) => `Access until ${at}`,
    forever: "Access without end",
  },

  me: {
    you: "You:",
    label: (name: string) => `You: ${apart(name)}`,
    worker: "Worker",
    workspace: "Workspace",
    capacity: "Capacity",
    channel: (name: string, capacity: number) => `${apart(name)} ${capacity}`,
    channelOff: (name: string) => `${apart(name)} off`,
    theme: "Colours",
    themes: { system: "As the system", light: "Light", dark: "Dark" },
    leave: "Forget this link",
    left: "This tab has forgotten your link.",
  },

  activity: {
    label: "Activity:",
    unknown: "Activity",
    choose: "Choose an activity",
    available: "Takes offers",
    unavailable: "Takes no offers",
    changing: (name: string) => `Changing to ${apart(name)}…`,
    changed: (name: string) => `You are ${apart(name)} now.`,
    none: "No activities could be read.",
    openOffersTitle: "An offer is open",
    openOffers: (count: number, activity: string) =>
      `You have ${plural(count, "open offer", "open offers")}. ` +
      `${apart(activity)} takes no further ones. What about ${count === 1 ? "it" : "them"}?`,
    declineOpen: (count: number) => (count === 1 ? "Decline it" : "Decline them"),
    keepOpen: (count: number) => (count === 1 ? "Keep it open" : "Keep them open"),
  },

  offer: {
    heading: "Offers",
    arrived: (channel: string, queue: string, seconds: number, key: string) =>
      `New ${oneLine(channel)} offer, ${oneLine(queue)}, ${counted(seconds, "second")}. ` +
      `${key} accepts.`,
    fiveLeft: (title: string) => `5 seconds left for ${quoted(title)}.`,
    accept: "Accept",
    accepting: "Accepting…",
    decline: "Decline",
    declining: "Declining…",
    declineMenu: "Decline this offer",
    stay: (activity: string) => `and stay ${apart(activity)}`,
    stayHint: "The same task may come back",
    goTo: (activity: string) => `and go to ${apart(activity)}`,
    left: "Time left to answer",
    waited: "waited",
    priority: (value: number) => `priority ${new Intl.NumberFormat(locale).format(value)}`,
    more: (count: number) => `${plural(count, "more detail", "more details")}`,
    open: (title: string) => `Show details of ${quoted(title)}`,
    ended: {
      accepted: "Accepted.",
      wrapping: "Accepted, and in wrap-up.",
      completed: "Completed.",
      rejected: "Declined.",
      timeout: "Time ran out.",
      canceled: "The task was canceled.",
      rescinded: "Taken by another worker.",
      gone: "It ended while the connection was lost.",
    },
    saidEnded: (title: string, why: string) => `Offer ${quoted(title)}: ${why}`,
    saidAccepted: (title: string) => `${quoted(title)} is yours.`,
    idleTitle: (activity: string) => `You are ${apart(activity)}`,
    idle: "No offer is waiting for you. The next one appears here.",
    idleRings: "No offer is waiting for you. The next one appears here and rings.",
    away: "No offers come while you are in this activity.",
    becomeAvailable: (activity: string) => `Become ${apart(activity)}`,
    missed: (at: string, seconds: number, activity: string, available: boolean) =>
      available
        ? `You missed an offer at ${at} (${seconds} s). You are still ${apart(activity)}.`
        : `You missed an offer at ${at} (${seconds} s). You are now ${apart(activity)} and get ` +
          "no more offers.",
  },

  task: {
    heading: "My tasks",
    none: "Tasks you accept appear here.",
    untitled: (sid: string) => `Task ${sid}`,
    accepted: "assigned",
    wrapping: "wrapping up",
    completed: "completed",
    pending: "offered",
    over: "ended",
    wrapUp: "Wrap up",
    wrappingUp: "Starting wrap-up…",
    complete: "Complete",
    completing: "Completing…",
    since: (status: string) => `Time ${status}`,
    capacity: (channel: string, used: number, capacity: number) =>
      `${apart(channel)} ${used}/${capacity}`,
    capacityLabel: "Tasks per channel, of how many you take",
    channelOff: (channel: string) => `${apart(channel)} is switched off for you`,
    saidWrapping: (title: string) => `${quoted(title)} is in wrap-up.`,
    saidCompleted: (title: string) => `${quoted(title)} is completed.`,
    saidGone: (title: string) => `${quoted(title)} has ended.`,
    completeTitle: (title: string) => `Complete ${quoted(title)}?`,
    completeHint: "It leaves your list and makes room for the next one.",
    reason: "Reason (optional)",
    wrapTitle: (title: string) => `Wrap up ${quoted(title)}?`,
    wrapHint: "The conversation is over; you finish your notes before you complete it.",
  },

  panel: {
    heading: "Details",
    nothing: "Nothing is open",
    nothingHint: "The task you work on opens here, with all there is to know about it.",
    tabs: { details: "Details", raw: "Raw" },
    tabList: "Ways to see this task",
    noAttributes: "This task has no attributes.",
    attributes: "Attributes",
    about: "About this task",
    channel: "Channel",
    queue: "Queue",
    workflow: "Workflow",
    priority: "Priority",
    created: "Created",
    taskSid: "Task",
    reservationSid: "Reservation",
    reason: "Reason",
    none: "none",
    empty: "empty",
    tooDeep: "nested too deep; see Raw",
    entries: (count: number) => plural(count, "entry", "entries"),
    opens: (host: string) => `opens ${host}`,
    more: "Show all",
    copy: (what: string) => `Copy ${what}`,
    copied: "Copied",
    sign: (code: string) => `invisible character ${code}`,
  },

  sound: {
    on: "Sound on",
    off: "Sound off",
    elsewhere: "Sound plays in another tab",
    turnOn: "Turn on sound",
    turnOff: "Turn off sound",
    locked: "Sound is off until you click once on this page.",
  },

  keys: {
    title: "Keys",
    characters: "Use single letters and signs as keys",
    charactersHint: "F-keys work at any time, also while you type.",
    key: "Key",
    does: "What it does",
    actions: {
      accept: "Accept the offer that ends soonest",
      decline: "Decline the offer that ends soonest",
      activity: "List of activities",
      previous: "Previous task",
      next: "Next task",
      details: "Details of the open task",
      raw: "Raw attributes of the open task",
      wrapup: "Wrap up the open task",
      complete: "Complete the open task",
      keys: "This help",
    },
    escape: "Close what is open",
  },

  problem: {
    ended: "Your access has ended. Open a new link to go on.",
    taken: "Another worker took this task first. Nothing changed for you.",
    changed: "It was changed meanwhile. Look at it again, then decide.",
    tooMany: "Too many requests at once. Try again in a moment.",
    unanswered: {
      accept: "No answer came. The offer may be yours already; the page shows it once it knows.",
      decline: "No answer came. The offer may be declined already; the page shows it once it knows.",
      wrapup: "No answer came. Wrap-up may have begun; the page shows it once it knows.",
      complete: "No answer came. The task may be completed; the page shows it once it knows.",
      activity: "No answer came, so your activity may not have changed.",
      load: "The server does not answer, so your tasks could not be read.",
      connect: "The server does not answer.",
    },
    forbidden: {
      accept: "Your access does not allow accepting offers. Ask for a link that does.",
      decline: "Your access does not allow declining offers. Ask for a link that does.",
      wrapup: "Your access does not allow changing tasks. Ask for a link that does.",
      complete: "Your access does not allow completing tasks. Ask for a link that does.",
      activity: "Your access does not allow changing your activity. Ask for a link that does.",
      load: "Your access does not allow reading your tasks. Ask for a link that does.",
      connect: "Your access does not reach this server. Ask for a new link.",
    },
    absent: {
      accept: "This task no longer exists, so it can't be accepted.",
      decline: "This task no longer exists, so there is nothing to decline.",
      wrapup: "This task no longer exists, so it can't be wrapped up.",
      complete: "This task no longer exists, so it can't be completed.",
      activity: "This activity no longer exists. Choose another one.",
      load: "Your worker no longer exists in this workspace.",
      connect: "This worker or workspace no longer exists. Ask for a new link.",
    },
    refused: {
      accept: "This offer is no longer open, so it can't be accepted.",
      decline: "This offer is no longer open, so there is nothing to decline.",
      wrapup: "This task is not in a state to be wrapped up.",
      complete: "This task is not in a state to be completed.",
      activity: "The server refused this activity.",
      load: "The server refused to list your tasks.",
      connect: "The server refused this link.",
    },
    unable: {
      accept: "The server can't accept the offer right now. Try again.",
      decline: "The server can't decline the offer right now. Try again.",
      wrapup: "The server can't start wrap-up right now. Try again.",
      complete: "The server can't complete the task right now. Try again.",
      activity: "The server can't change your activity right now. Try again.",
      load: "The server can't list your tasks right now.",
      connect: "The server can't serve this page right now.",
    },
  },
};

/** The type of a language. */
export type Text = typeof text;
