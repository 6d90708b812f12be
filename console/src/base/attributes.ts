// What a task's attributes look like to people: rows in the order of their names, nested ones
// folded. Attributes are written by strangers, so nothing here looks a name up in an object, and
// depth is limited.

import { oneLine, shortened } from "./plain.ts";

/** One named attribute. */
export interface Row {
  /** As people read it. */
  readonly label: string;
  readonly value: Value;
}

/** A value, ready to be shown. */
export type Value =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string; readonly host: string }
  | { readonly kind: "nothing"; readonly what: "null" | "empty" | "deep" }
  | { readonly kind: "list"; readonly texts: readonly string[] }
  | { readonly kind: "group"; readonly rows: readonly Row[]; readonly list: boolean };

/** How deep values are followed. */
const deepest = 32;

/** The rows of attributes; none if they are not an object or have no names. */
export function rowsOf(attributes: unknown): Row[] {
  const value = valueOf(attributes, 0);
  return value.kind === "group" && !value.list ? [...value.rows] : [];
}

function valueOf(value: unknown, depth: number): Value {
  if (value === null || value === undefined) {
    return { kind: "nothing", what: "null" };
  }
  if (typeof value === "string") {
    return value === "" ? { kind: "nothing", what: "empty" } : (linkOf(value) ?? textOf(value));
  }
  if (typeof value !== "object") {
    return textOf(String(value));
  }
  const entries = entriesOf(value);
  if (entries.length === 0) {
    return { kind: "nothing", what: "empty" };
  }
  if (depth >= deepest) {
    return { kind: "nothing", what: "deep" };
  }
  if (Array.isArray(value) && value.every(isSimple)) {
    return { kind: "list", texts: value.map(String) };
  }
  const rows = entries.map(([label, each]) => ({ label, value: valueOf(each, depth + 1) }));
  return { kind: "group", rows, list: Array.isArray(value) };
}

/** What an object or array holds, with labels, in the order to show it. */
function entriesOf(value: object): Array<[string, unknown]> {
  if (Array.isArray(value)) {
    return value.map((each, index) => [String(index + 1), each]);
  }
  const entries = Object.entries(value as Record<string, unknown>);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return entries.map(([name, each]) => [labelOf(name), each]);
}

/** customer_name reads as customer name. */
function labelOf(name: string): string {
  const words = name.replace(/(?<=[^_])_+(?=[^_])/g, " ");
  return oneLine(words) || "“”";
}

function isSimple(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value) && value !== "";
}

function textOf(text: string): Value {
  return { kind: "text", text };
}

const schemes = new Set(["https:", "http:", "mailto:", "tel:"]);

/** A text that is an address of a kind that is safe to follow, or undefined. */
function linkOf(text: string): Value | undefined {
  if (!/^(https?:\/\/|mailto:|tel:)[\x21-\x7e]+$/i.test(text)) {
    return undefined;
  }
  try {
    const url = new URL(text);
    const disguised = url.username !== "" || url.password !== "";
    if (!schemes.has(url.protocol) || disguised) {
      return undefined;
    }
    return { kind: "link", text, href: url.href, host: url.host };
  } catch {
    return undefined;
  }
}

/** Names whose value says best what a task is about, best first. */
const titles = [
  "title", "subject", "name", "customer_name", "customerName", "customer", "caller", "from",
  "topic", "type",
];

/** A few words on what a task is about, or undefined when its attributes do not say. */
export function titleOf(attributes: unknown): string | undefined {
  if (typeof attributes !== "object" || attributes === null || Array.isArray(attributes)) {
    return undefined;
  }
  for (const name of titles) {
    const value = Object.getOwnPropertyDescriptor(attributes, name)?.value as unknown;
    if (typeof value === "string" && value.trim() !== "") {
      return shortened(oneLine(value.trim()), 80);
    }
  }
  return undefined;
}

/** Attributes as indented JSON, as they are; what shows it makes invisible characters visible. */
export function jsonOf(attributes: unknown): string {
  return JSON.stringify(attributes, null, 2) ?? "";
}
