// In every page of the tests: what clients emit is written down, and can be waited for.
"use strict";

/** The page's client: of a worker with the reservation it deals with, or of something else. */
let worker, mine, client;

/** Everything clients emitted, oldest first: {name, event, value, taken}. */
const heard = [];
const waiting = new Set();

const events = [
  "ready", "connected", "disconnected", "error", "token.expired",
  "activity.update", "attributes.update", "capacity.update", "channel.availability.update",
  "reservation.created", "reservation.accepted", "reservation.rejected", "reservation.timeout",
  "reservation.canceled", "reservation.rescinded", "reservation.completed", "reservation.wrapup",
];

/** Writes down what a client emits from now on, under a name if a page has several clients. */
function follow(client, name = "") {
  for (const event of events) {
    client.on(event, (value) => {
      heard.push({ name, event, value, taken: false });
      for (const look of waiting) {
        look();
      }
    });
  }
  return client;
}

/**
 * The next event of a kind that fits, also if it came before. What was waited for once is not
 * found again, so the next call waits for the next one.
 */
function next(event, fits = () => true, name = "") {
  return new Promise((resolve) => {
    const look = () => {
      const found = heard.find(
        (each) => !each.taken && each.name === name && each.event === event && fits(each.value),
      );
      if (found) {
        found.taken = true;
        waiting.delete(look);
        resolve(found.value);
      }
    };
    waiting.add(look);
    look();
  });
}

/** How often an event has come that fits. */
function count(event, fits = () => true, name = "") {
  return heard.filter((each) => each.name === name && each.event === event && fits(each.value))
    .length;
}

/** What a call that takes a callback hands to it; fails with the error it hands to it. */
function answer(call) {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error) {
        reject(new Error(`refused with ${error.code}: ${error.message}`));
      } else {
        resolve(result);
      }
    });
  });
}

/** The error that a call hands to its callback; fails if it hands a result. */
function refusal(call) {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error) {
        resolve({ code: error.code, message: error.message, apiCode: error.apiCode });
      } else {
        reject(new Error(`not refused: ${String(result)}`));
      }
    });
  });
}

/** The text of what a call throws at once. */
function thrown(call) {
  try {
    call();
  } catch (error) {
    return error.message;
  }
  return "";
}

/** The names that for … in finds, as documented samples print them. */
function shown(object) {
  const names = [];
  for (const name in object) {
    names.push(name);
  }
  return names;
}

/** One line for each event, for a test that failed. */
function story() {
  return heard.map(({ name, event, value }) => {
    const about = value && (value.sid || value.message || "");
    return [name, event, about].filter(Boolean).join(" ");
  });
}
