import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import type { Action } from "../base/keys.ts";
import { keyName, keyShortcut } from "../base/keys.ts";
import "./button.css";

interface ButtonProps {
  /** main for the one thing to do, quiet for what stands back. */
  look?: "main" | "quiet" | undefined;
  large?: boolean;
  class?: string;
  /** The button has a picture only, and this is its name. */
  label?: string;
  /** The key that does the same; shown on the button unless it has a picture only. */
  shortcut?: Action;
  /** It can't be pressed now. It stays reachable, so that focus is not lost and it can be read. */
  disabled?: boolean;
  submit?: boolean;
  id?: string;
  press?: (() => void) | undefined;
  children: ComponentChildren;
  /** Further attributes, such as those that open a popover. */
  rest?: ButtonHTMLAttributes;
}

/** A button. */
export function Button(props: ButtonProps) {
  const { look, large, label, shortcut, disabled, submit, id, press, children, rest } = props;
  const classes = ["button", look, large && "large", label && "icon", props.class].filter(Boolean);
  return (
    <button
      type={submit ? "submit" : "button"}
      id={id}
      class={classes.join(" ")}
      aria-label={label}
      title={label}
      aria-disabled={disabled ? "true" : undefined}
      aria-keyshortcuts={shortcut && keyShortcut(shortcut)}
      {...rest}
      onClick={(event) => {
        if (disabled) {
          event.preventDefault();
        } else if (press) {
          press();
        }
      }}
    >
      {children}
      {shortcut && !label && <kbd aria-hidden="true">{keyName(shortcut)}</kbd>}
    </button>
  );
}
