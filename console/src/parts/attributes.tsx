import { useState } from "preact/hooks";
import type { Row, Value } from "../base/attributes.ts";
import { Outside } from "../base/icons.tsx";
import { text } from "../base/text/en.ts";
import { Button } from "./button.tsx";
import { Plain } from "./notice.tsx";
import "./attributes.css";

/** Attributes as names and values; nested ones are folded. */
export function Attributes({ rows }: { rows: readonly Row[] }) {
  return (
    <dl class="attributes">
      {rows.map((row, index) => (
        <Pair key={index} row={row} />
      ))}
    </dl>
  );
}

function Pair({ row }: { row: Row }) {
  return (
    <>
      <dt>
        <bdi>{row.label}</bdi>
      </dt>
      <dd>
        <Shown value={row.value} />
      </dd>
    </>
  );
}

function Shown({ value }: { value: Value }) {
  switch (value.kind) {
    case "nothing":
      return <span class="nothing">{nothing[value.what]}</span>;
    case "list":
      return (
        <ul class="listed">
          {value.texts.map((each, index) => (
            <li key={index}>
              <Plain text={each} />
            </li>
          ))}
        </ul>
      );
    case "link":
      return (
        <>
          <a href={value.href} target="_blank" rel="noopener noreferrer" dir="ltr">
            {value.text}
          </a>
          {value.host && (
            <span class="host">
              <Outside size={12} /> {text.panel.opens(value.host)}
            </span>
          )}
        </>
      );
    case "text":
      return <Written words={value.text} />;
    case "group":
      return (
        <details>
          <summary>{text.panel.entries(value.rows.length)}</summary>
          <Attributes rows={value.rows} />
        </details>
      );
  }
}

const nothing = {
  null: text.panel.none,
  empty: text.panel.empty,
  deep: text.panel.tooDeep,
};

/** Texts from here on are cut, until asked for. */
const long = 800;

function Written({ words }: { words: string }) {
  const [whole, setWhole] = useState(words.length <= long && words.split("\n").length <= 12);
  return (
    <div class={whole ? undefined : "long"}>
      <span class="written">
        <Plain text={words} />
      </span>
      {!whole && (
        <Button look="quiet" press={() => setWhole(true)}>
          {text.panel.more}
        </Button>
      )}
    </div>
  );
}
