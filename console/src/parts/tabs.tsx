import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import "./tabs.css";

interface TabsProps<Name extends string> {
  label: string;
  tabs: readonly { name: Name; label: string }[];
  chosen: Signal<Name>;
  children: ComponentChildren;
}

/** Tabs over one panel; arrows move between them. */
export function Tabs<Name extends string>({ label, tabs, chosen, children }: TabsProps<Name>) {
  const id = useId();
  const step = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
    const turned = getComputedStyle(event.currentTarget).direction === "rtl";
    const forward = turned ? "ArrowLeft" : "ArrowRight";
    const by = event.key === forward ? 1 : /^Arrow(Left|Right)$/.test(event.key) ? -1 : 0;
    if (by === 0) {
      return;
    }
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.name === chosen.value);
    const to = (at + by + tabs.length) % tabs.length;
    chosen.value = (tabs[to] as (typeof tabs)[number]).name;
    (event.currentTarget.children[to] as HTMLElement).focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={step}>
        {tabs.map((tab) => {
          const selected = tab.name === chosen.value;
          return (
            <button
              key={tab.name}
              type="button"
              class="tab"
              role="tab"
              id={`${id}-${tab.name}`}
              aria-selected={selected}
              aria-controls={`${id}-panel`}
              tabIndex={selected ? 0 : -1}
              onClick={() => (chosen.value = tab.name)}
            >
              {tab.label}
            </button>
          );
        })}
      </div>
      <div
        class="tab-panel"
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${chosen.value}`}
        tabIndex={0}
      >
        {children}
      </div>
    </>
  );
}
