import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Cross } from "../base/icons.tsx";
import { text } from "../base/text/en.ts";
import { Button } from "./button.tsx";
import "./dialog.css";

interface DialogProps {
  title: string;
  /** Called when it closes, whatever closed it. */
  closed: () => void;
  /** Makes the content; close takes the dialog away and focus back to where it was. */
  children: (close: () => void) => ComponentChildren;
}

/** A dialog that is open as long as it is rendered: the browser's own, so focus stays inside. */
export function Dialog({ title, closed, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  const close = () => box.current?.close();
  useEffect(() => {
    box.current?.showModal();
  }, []);
  return (
    <dialog
      ref={box}
      class="dialog"
      aria-labelledby={id}
      onClose={closed}
      onClick={(event) => {
        if (event.target === event.currentTarget) {
          event.currentTarget.close(); // a click on what is around it
        }
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <Button look="quiet" label={text.page.close} press={close}>
          <Cross />
        </Button>
      </div>
      {children(close)}
    </dialog>
  );
}
