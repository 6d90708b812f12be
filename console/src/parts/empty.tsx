import type { ComponentChildren } from "preact";
import type { Icon } from "../base/icons.tsx";
import "./empty.css";

interface EmptyProps {
  picture: Icon;
  title?: string;
  children: ComponentChildren;
}

/** What stands where nothing is: what would be here, and how it gets here. */
export function Empty({ picture: Picture, title, children }: EmptyProps) {
  return (
    <div class="empty">
      <span class="round">
        <Picture size={26} />
      </span>
      {title && <h3>{title}</h3>}
      {children}
    </div>
  );
}
