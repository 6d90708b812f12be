import { useId, useRef } from "preact/hooks";
import { text } from "../base/text/en.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { ActivityDialog } from "./activity.tsx";
import { useDesk } from "./desk.ts";
import { KeyMap } from "./keymap.tsx";

/** The dialog that is open, if one is. */
export function Dialogs() {
  const { asking } = useDesk();
  const open = asking.value;
  switch (open?.what) {
    case "complete":
      return <Complete sid={open.sid} />;
    case "wrapup":
      return <WrapUp sid={open.sid} />;
    case "activity":
      return <ActivityDialog activitySid={open.activitySid} />;
    case "keys":
      return <KeyMap />;
    default:
      return null;
  }
}

function Complete({ sid }: { sid: string }) {
  const { store, asking } = useDesk();
  const reason = useRef<HTMLInputElement>(null);
  const id = useId();
  const title = store.held.value.get(sid)?.task.title ?? "";
  return (
    <Dialog title={text.task.completeTitle(title)} closed={() => (asking.value = undefined)}>
      {(close) => (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            store.complete(sid, reason.current?.value.trim());
            close();
          }}
        >
          <p>{text.task.completeHint}</p>
          <label class="field" for={id}>
            {text.task.reason}
            <input id={id} ref={reason} type="text" maxLength={256} autoComplete="off" autofocus />
          </label>
          <div class="dialog-buttons">
            <Button press={close}>{text.page.cancel}</Button>
            <Button look="main" submit>
              {text.task.complete}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function WrapUp({ sid }: { sid: string }) {
  const { store, asking } = useDesk();
  const title = store.held.value.get(sid)?.task.title ?? "";
  return (
    <Dialog title={text.task.wrapTitle(title)} closed={() => (asking.value = undefined)}>
      {(close) => (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            store.wrapUp(sid);
            close();
          }}
        >
          <p>{text.task.wrapHint}</p>
          <div class="dialog-buttons">
            <Button press={close}>{text.page.cancel}</Button>
            <Button look="main" submit rest={{ autofocus: true }}>
              {text.task.wrapUp}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
