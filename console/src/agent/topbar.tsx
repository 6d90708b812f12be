import { Help, Silent, Sound } from "../base/icons.tsx";
import { keyShortcut } from "../base/keys.ts";
import { text } from "../base/text/en.ts";
import { Sign, type Standing } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import type { Connection } from "../store/model.ts";
import { Activity } from "./activity.tsx";
import { useDesk } from "./desk.ts";
import { Me } from "./me.tsx";
import "./topbar.css";

/** Who one is, what one does, and whether the page is connected. */
export function TopBar() {
  const { asking } = useDesk();
  return (
    <header class="topbar">
      <Activity />
      <span class="topbar-gap" />
      <SoundButton />
      <ConnectionWord />
      <Button
        look="quiet"
        class="help"
        label={text.page.help}
        press={() => (asking.value = { what: "keys" })}
        rest={{ "aria-keyshortcuts": keyShortcut("keys") }}
      >
        <Help size={20} />
      </Button>
      <Me />
    </header>
  );
}

function SoundButton() {
  const { ring } = useDesk();
  const state = ring.state.value;
  const sounding = state === "on" || state === "elsewhere";
  return (
    <Button
      look="quiet"
      class="sound"
      press={() => (sounding ? ring.turnOff() : ring.turnOn())}
      rest={{
        title: sounding ? text.sound.turnOff : text.sound.turnOn,
      }}
    >
      {sounding ? <Sound /> : <Silent />}
      <span class="wide-only">
        {state === "elsewhere" ? text.sound.elsewhere : sounding ? text.sound.on : text.sound.off}
      </span>
    </Button>
  );
}

function ConnectionWord() {
  const { store } = useDesk();
  const connection = store.link.state.value;
  const { of, word } = wordsOf(connection);
  return (
    <span class="connection" data-state={connection.state} title={text.connection.label(word)}>
      <Sign of={of} />
      <span class="unseen">{text.connection.heading} </span>
      <span class="connection-word">{word}</span>
    </span>
  );
}

/** A connection in a sign and a few words. */
export function wordsOf(connection: Connection): { of: Standing; word: string } {
  const say = text.connection;
  switch (connection.state) {
    case "live":
      return { of: "good", word: say.live };
    case "none":
    case "connecting":
      return { of: "wait", word: say.connecting };
    case "lost":
      return connection.offline
        ? { of: "off", word: say.offline }
        : { of: "wait", word: say.lost(connection.tries + 1) };
    case "replaced":
      return { of: "off", word: say.replaced };
    case "expired":
      return { of: "bad", word: say.expired };
    case "refused":
      return { of: "bad", word: say.refused };
  }
}
