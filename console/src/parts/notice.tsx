import type { ComponentChildren } from "preact";
import { Cross } from "../base/icons.tsx";
import { pieces } from "../base/plain.ts";
import { text } from "../base/text/en.ts";
import { Sign, type Standing } from "./badge.tsx";
import { Button } from "./button.tsx";
import "./notice.css";

interface NoticeProps {
  of: Standing;
  children: ComponentChildren;
  /** The server's own words, behind Details. */
  original?: string | undefined;
  buttons?: ComponentChildren;
  dismiss?: () => void;
}

/** A strip that says what is the matter and what can be done. */
export function Notice({ of, children, original, buttons, dismiss }: NoticeProps) {
  return (
    <div class={`notice ${of}`}>
      <Sign of={of} size={18} />
      <div class="notice-words">
        {children}
        {original && (
          <details>
            <summary>{text.page.details}</summary>
            <code>
              <Plain text={original} />
            </code>
          </details>
        )}
      </div>
      {(buttons || dismiss) && (
        <div class="notice-buttons">
          {buttons}
          {dismiss && (
            <Button look="quiet" label={text.page.dismiss} press={dismiss}>
              <Cross />
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

/** Text of strangers: what can't be seen in it stands there as a sign. */
export function Plain({ text: words }: { text: string }) {
  return (
    <bdi>
      {pieces(words).map((piece, index) =>
        piece.sign ? (
          <mark key={index} title={text.panel.sign(piece.text)} dir="ltr">
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </bdi>
  );
}
