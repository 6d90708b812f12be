import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonOf, rowsOf, titleOf, type Row, type Value } from "../src/base/attributes.ts";
import { apart, oneLine, pieces, shortened } from "../src/base/plain.ts";

const parse = (json: string): unknown => JSON.parse(json);

function valueAt(rows: readonly Row[], label: string): Value | undefined {
  return rows.find((row) => row.label === label)?.value;
}

test("attributes come in the order of their names", () => {
  const rows = rowsOf({ b: 1, a: "x", customer_name: "Marta", C: true });
  assert.deepEqual(rows, [
    { label: "C", value: { kind: "text", text: "true" } },
    { label: "a", value: { kind: "text", text: "x" } },
    { label: "b", value: { kind: "text", text: "1" } },
    { label: "customer name", value: { kind: "text", text: "Marta" } },
  ]);
});

test("nested attributes are groups, simple arrays are lists", () => {
  const rows = rowsOf(parse('{"n":null,"e":"","o":{},"l":[1,"two",false],"g":{"y":[{"z":1}],"x":2}}'));
  assert.deepEqual(valueAt(rows, "n"), { kind: "nothing", what: "null" });
  assert.deepEqual(valueAt(rows, "e"), { kind: "nothing", what: "empty" });
  assert.deepEqual(valueAt(rows, "o"), { kind: "nothing", what: "empty" });
  assert.deepEqual(valueAt(rows, "l"), { kind: "list", texts: ["1", "two", "false"] });
  const group = valueAt(rows, "g");
  assert.ok(group?.kind === "group");
  assert.deepEqual(group.rows.map((row) => row.label), ["x", "y"]);
});

test("names that mean something to JavaScript are only names", () => {
  const attributes = parse('{"__proto__":{"polluted":"yes"},"constructor":"c","toString":1}');
  const rows = rowsOf(attributes);
  assert.deepEqual(rows.map((row) => row.label), ["__proto__", "constructor", "toString"]);
  assert.equal(valueAt(rows, "__proto__")?.kind, "group");
  assert.equal(({} as { polluted?: string }).polluted, undefined);
  assert.equal(titleOf(parse('{"__proto__":{"title":"not mine"}}')), undefined);
});

test("what is no object has no rows", () => {
  for (const odd of [null, undefined, "text", 7, [], [1, 2], {}]) {
    assert.deepEqual(rowsOf(odd), [], JSON.stringify(odd));
    assert.equal(titleOf(odd), undefined);
  }
});

test("depth ends before the page does", () => {
  const deep = parse(`${'{"a":'.repeat(800)}1${"}".repeat(800)}`);
  let rows: readonly Row[] = rowsOf(deep);
  let depth = 0;
  for (let value = rows[0]?.value; value?.kind === "group"; value = rows[0]?.value) {
    rows = value.rows;
    depth++;
  }
  assert.deepEqual(rows[0]?.value, { kind: "nothing", what: "deep" });
  assert.ok(depth <= 32, `followed ${depth} levels`);
});

test("only plain addresses become links", () => {
  const cases: Array<[string, boolean]> = [
    ["https://shop.example/orders/A-1?x=1#y", true],
    ["http://shop.example", true],
    ["mailto:marta@example.com", true],
    ["tel:+4930901820", true],
    ["HTTPS://SHOP.EXAMPLE/", true],
    ["javascript:alert(1)", false],
    [" javascript:alert(1)", false],
    ["java\nscript:alert(1)", false],
    ["data:text/html,<script>alert(1)</script>", false],
    ["vbscript:x", false],
    ["file:///etc/passwd", false],
    ["https://bank.example@evil.example/", false],
    ["https://evil.example/\u202Egnp", false],
    ["see https://shop.example", false],
    ["https://", false],
    ["//evil.example", false],
  ];
  for (const [address, want] of cases) {
    const value = valueAt(rowsOf({ a: address }), "a");
    assert.equal(value?.kind === "link", want, address);
    if (value?.kind === "link") {
      assert.equal(value.text, address);
      assert.match(value.href, /^(https?|mailto|tel):/);
    }
  }
  const link = valueAt(rowsOf({ a: "https://shop.example:8443/x" }), "a");
  assert.ok(link?.kind === "link" && link.host === "shop.example:8443");
});

test("what hides or turns text is shown", () => {
  const cases: Array<[string, string]> = [
    ["plain, ünïcode, 日本語, שלום", "plain, ünïcode, 日本語, שלום"],
    ["a\u0000b\u001bc\u007fd\u009be", "a[U+0000]b[U+001B]c[U+007F]d[U+009B]e"],
    ["invoice\u202Efdp.exe", "invoice[U+202E]fdp.exe"],
    ["\u2066\u2069\u200e\u061c\ufeff", "[U+2066][U+2069][U+200E][U+061C][U+FEFF]"],
    ["zero\u200bwidth\u00adsoft", "zero[U+200B]width[U+00AD]soft"],
    ["line\u2028paragraph\u2029", "line[U+2028]paragraph[U+2029]"],
    ["tag\u{e0041}", "tag[U+E0041]"],
    ["half\ud800", "half[U+D800]"],
    ["👩‍💻 and 👍🏽", "👩‍💻 and 👍🏽"],
    ["two\nlines\tand tabs", "two lines and tabs"],
  ];
  for (const [text, want] of cases) {
    assert.equal(oneLine(text), want);
  }
  assert.deepEqual(pieces("a\u202Eb"), [
    { text: "a", sign: false },
    { text: "U+202E", sign: true },
    { text: "b", sign: false },
  ]);
  assert.deepEqual(pieces(""), []);
  assert.equal(valueAt(rowsOf({ "na\u202Eme": 1 }), "na[U+202E]me")?.kind, "text");
});

test("a value of strangers cannot leave the quotation it is put in", () => {
  const said = apart("x\u2069\u202Ey");
  assert.equal(said, "\u2068x[U+2069][U+202E]y\u2069");
});

test("markup is letters", () => {
  const hostile = '<img src=x onerror="alert(1)">';
  assert.deepEqual(valueAt(rowsOf({ a: hostile }), "a"), { kind: "text", text: hostile });
  assert.equal(titleOf({ title: hostile }), hostile);
});

test("a task is titled by what says most", () => {
  assert.equal(titleOf({ type: "billing", subject: "Refund 4411", from: "+49" }), "Refund 4411");
  assert.equal(titleOf({ type: "billing", from: " +49 30 " }), "+49 30");
  assert.equal(titleOf({ title: "", name: 5, type: "billing" }), "billing");
  assert.equal(titleOf({ language: "de" }), undefined);
  assert.equal(Array.from(titleOf({ title: "x".repeat(4_000) }) ?? "").length, 80);
});

test("shortening counts characters, not their halves", () => {
  assert.equal(shortened("👍👍👍👍", 3), "👍👍…");
  assert.equal(shortened("short", 5), "short");
});

test("raw attributes are what came", () => {
  assert.equal(jsonOf(parse('{"a":[1,{"b":"c"}]}')), '{\n  "a": [\n    1,\n    {\n      "b": "c"\n    }\n  ]\n}');
  assert.equal(jsonOf(undefined), "");
});
