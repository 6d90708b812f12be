// What the script tag runs. With an AMD loader present the library becomes an anonymous module;
// otherwise it joins whatever Twilio object the page already has.
//
// Spec: sdk-v1-api 1

import { TaskRouter } from "./taskrouter.ts";

interface Page {
  Twilio?: object;
  define?: { (dependencies: string[], factory: () => unknown): void; amd?: unknown };
}

const page = window as unknown as Page;

if (typeof page.define === "function" && page.define.amd) {
  page.define([], () => TaskRouter);
} else {
  const present = page.Twilio;
  const usable = typeof present === "function" || (typeof present === "object" && present);
  const root = usable ? (present as object) : function Twilio() {};
  Object.defineProperty(root, "TaskRouter", {
    value: TaskRouter,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  page.Twilio = root;
}
