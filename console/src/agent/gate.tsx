import { Bad, Clock, Link as LinkIcon, Pause, type Icon } from "../base/icons.tsx";
import type { ComponentChildren } from "preact";
import { text } from "../base/text/en.ts";
import { Button } from "../parts/button.tsx";
import { Notice } from "../parts/notice.tsx";
import { useDesk } from "./desk.ts";
import "./gate.css";

/** What is shown while there is nothing of a worker to show, and why. */
export function Gate() {
  const { store } = useDesk();
  const { link } = store;
  const connection = link.state.value;
  switch (connection.state) {
    case "none":
      return (
        <Screen picture={LinkIcon} title={text.access.noneTitle}>
          <p>{text.access.none}</p>
          <HowToGetALink />
        </Screen>
      );
    case "expired":
      return (
        <Screen picture={Clock} title={text.access.expiredTitle}>
          <p>{text.access.expired}</p>
          <HowToGetALink />
        </Screen>
      );
    case "refused":
      return (
        <Screen picture={Bad} bad title={text.access.refusedTitle}>
          <Notice of="bad" original={connection.problem.original}>
            {connection.problem.text}
          </Notice>
          <HowToGetALink />
        </Screen>
      );
    case "replaced":
      return (
        <Screen picture={Pause} title={text.access.replacedTitle}>
          <p>{text.access.replaced}</p>
          <Button look="main" large press={() => link.takeOver()}>
            {text.access.useHere}
          </Button>
        </Screen>
      );
    default:
      return null;
  }
}

interface ScreenProps {
  picture: Icon;
  /** Something is wrong. */
  bad?: boolean;
  title: string;
  children: ComponentChildren;
}

function Screen({ picture: Picture, bad, title, children }: ScreenProps) {
  return (
    <main class="gate" id="details" tabIndex={-1}>
      <div class="gate-card">
        <span class={`gate-picture ${bad ? "bad" : ""}`}>
          <Picture size={28} />
        </span>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

function HowToGetALink() {
  return (
    <div class="how">
      <h2>{text.access.noneHow}</h2>
      <p>{text.access.noneTry}</p>
      <pre dir="ltr">{text.access.tryCommand}</pre>
      <p>{text.access.noneToken}</p>
      <pre dir="ltr">{text.access.tokenCommand}</pre>
      <p class="hint">{text.access.noneSafe}</p>
    </div>
  );
}
