import { text } from "../base/text/en.ts";
import { dateAndTime } from "../base/time.ts";
import { Button } from "../parts/button.tsx";
import { Popover } from "../parts/popover.tsx";
import { Sid } from "../parts/sid.tsx";
import type { Theme } from "../store/settings.ts";
import { useDesk } from "./desk.ts";

const themes: readonly Theme[] = ["system", "light", "dark"];

/** Who one is, with what is rarely needed behind it. */
export function Me() {
  const { store, settings, asking, forget } = useDesk();
  const worker = store.worker.value;
  if (!worker) {
    return null;
  }
  const channels = [...store.channels.value.values()];
  const ends = store.link.ends;
  return (
    <Popover
      label={text.me.label(worker.name)}
      trigger={(attributes) => (
        <Button
          look="quiet"
          class="me"
          rest={attributes}
        >
          <span class="initial" aria-hidden="true">
            {Array.from(worker.name)[0]?.toLocaleUpperCase(text.locale)}
          </span>
          <span class="unseen">{text.me.you} </span>
          <bdi class="me-name wide-only">{worker.name}</bdi>
        </Button>
      )}
    >
      {(close) => (
        <div class="me-box">
          <strong>
            <bdi>{worker.name}</bdi>
          </strong>
          <dl>
            <dt>{text.me.worker}</dt>
            <dd>
              <Sid sid={worker.sid} of={text.me.worker} />
            </dd>
            <dt>{text.me.workspace}</dt>
            <dd>
              <Sid sid={worker.workspaceSid} of={text.me.workspace} />
            </dd>
            {channels.length > 0 && (
              <>
                <dt>{text.me.capacity}</dt>
                <dd>
                  {new Intl.ListFormat(text.locale).format(
                    channels.map((each) =>
                      each.available
                        ? text.me.channel(each.name, each.capacity)
                        : text.me.channelOff(each.name),
                    ),
                  )}
                </dd>
              </>
            )}
          </dl>
          <p class="hint">
            {ends === undefined
              ? text.access.forever
              : text.access.until(dateAndTime(ends, text.locale))}
          </p>
          <fieldset>
            <legend>{text.me.theme}</legend>
            {themes.map((each) => (
              <label class="choice" key={each}>
                <input
                  type="radio"
                  name="theme"
                  value={each}
                  checked={settings.theme.value === each}
                  onChange={() => (settings.theme.value = each)}
                />
                {text.me.themes[each]}
              </label>
            ))}
          </fieldset>
          <div class="me-buttons">
            <Button
              press={() => {
                close();
                asking.value = { what: "keys" };
              }}
            >
              {text.page.help}
            </Button>
            <Button press={forget}>{text.me.leave}</Button>
          </div>
        </div>
      )}
    </Popover>
  );
}
