import { useEffect } from "preact/hooks";
import { text } from "../base/text/en.ts";
import { Bars } from "./bars.tsx";
import { Dialogs } from "./complete.tsx";
import { openedIn, useDesk } from "./desk.ts";
import { Gate } from "./gate.tsx";
import { Offers } from "./offers.tsx";
import { TaskPanel } from "./task.tsx";
import { rowId, Tasks } from "./tasks.tsx";
import { TopBar } from "./topbar.tsx";
import "./page.css";

/** The agent's page. */
export function Page() {
  const desk = useDesk();
  const { store } = desk;
  const { state } = store.link.state.value;
  const passing = state === "connecting" || state === "live" || state === "lost";
  if (!store.worker.value && !passing) {
    return <Gate />;
  }
  const opened = desk.opened.value !== undefined && store.held.value.has(desk.opened.value);
  return (
    <>
      <Skips />
      <div class={`page ${passing ? "" : "stale"}`} data-view={opened ? "panel" : "lists"}>
        <TopBar />
        <Bars />
        <main class="desk">
          <h1 class="unseen">{text.page.name}</h1>
          {store.loaded.value ? (
            <>
              <div class="lists">
                <Offers />
                <Tasks />
              </div>
              <TaskPanel />
            </>
          ) : (
            <Loading />
          )}
        </main>
      </div>
      <Dialogs />
      <BackButton />
    </>
  );
}

function Skips() {
  return (
    <nav class="skips" aria-label={text.page.skips}>
      <a href="#offers">{text.page.toOffers}</a>
      <a href="#tasks">{text.page.toTasks}</a>
      <a href="#details">{text.page.toDetails}</a>
    </nav>
  );
}

function Loading() {
  return (
    <div class="loading" aria-busy="true">
      <p class="unseen">{text.page.loading}</p>
      <div class="block" />
      <div class="block" />
      <div class="block tall" />
    </div>
  );
}

/** Where the panel takes the place of the lists, the browser's way back leads to them. */
function BackButton() {
  const desk = useDesk();
  useEffect(() => {
    const back = () => {
      const sid = desk.opened.value;
      desk.opened.value = openedIn(history.state);
      if (sid && !desk.opened.value) {
        requestAnimationFrame(() => document.getElementById(rowId(sid))?.focus());
      }
    };
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  return null;
}
