/** Writes one line to the console, or nowhere when the page switched debugging off. */
export type Log = (line: string) => void;

/**
 * Logging is on unless the page says `false` or `"false"`. Lines never hold a token.
 *
 * Spec: sdk-v1-api 2
 */
export function logger(debug: unknown): Log {
  if (debug === false || debug === "false") {
    return () => {};
  }
  return (line) => console.log(line);
}
