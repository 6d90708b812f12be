// Text that strangers wrote, made safe to look at. It is only ever put into text nodes, so markup
// in it is letters; what is left to do is to show characters that would hide or turn others.

/** A piece of such text; a sign stands for a character that cannot be seen. */
export interface Piece {
  readonly text: string;
  readonly sign: boolean;
}

/**
 * Controls (line feeds and tabs aside), direction marks and overrides, invisible spaces and tags,
 * separators, and halves of characters. Joiners stay: emoji and several scripts need them.
 */
const invisible = new RegExp(
  "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f" +
    "\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}]|\\p{Cs}",
  "gu",
);

/** The text in pieces, each invisible character as a sign such as U+202E. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(invisible)) {
    if (match.index > end) {
      found.push({ text: text.slice(end, match.index), sign: false });
    }
    found.push({ text: signOf(match[0]), sign: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) {
    found.push({ text: text.slice(end), sign: false });
  }
  return found;
}

/** The text on one line, with signs in it: for titles, labels and sentences. */
export function oneLine(text: string): string {
  return pieces(text)
    .map((piece) => (piece.sign ? `[${piece.text}]` : piece.text.replace(/\s+/g, " ")))
    .join("");
}

/** The same, set apart in direction from the sentence it stands in, and in quotation marks. */
export function quoted(text: string): string {
  return `“${apart(text)}”`;
}

/** The same without quotation marks. */
export function apart(text: string): string {
  return `\u2068${oneLine(text)}\u2069`;
}

/** The first characters of a text, with a mark where it was cut. */
export function shortened(text: string, characters: number): string {
  const all = Array.from(text);
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join("").trimEnd()}…`;
}

function signOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
