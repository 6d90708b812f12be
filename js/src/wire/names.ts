// From the names of the wire to the names of the page: account_sid becomes accountSid.

/** A JSON object as the server sends it, or as user code hands it in. */
export type Payload = Record<string, unknown>;

/** Tells whether value is a JSON object, also one of another frame or without prototype. */
export function isObject(value: unknown): value is Payload {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** camelCase for a snake_case name; other names stay as they are. */
export function camelCase(name: string): string {
  return name.replace(/(?!^)_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A copy of a JSON value with every key in camelCase, at every depth. */
export function renamed(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(renamed);
  }
  if (!isObject(value)) {
    return value;
  }
  const copy: Payload = {};
  for (const key of Object.keys(value)) {
    copy[camelCase(key)] = renamed(value[key]);
  }
  return copy;
}

/** Defines properties that `for in` and `JSON.stringify` do not show and nobody can change. */
export function hide(target: object, properties: Payload): void {
  for (const key of Object.keys(properties)) {
    Object.defineProperty(target, key, { value: properties[key] });
  }
}

/** Defines one data property as user code knows it: enumerable, read-only, redefined by updates. */
export function show(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true });
}
