import { bindings, keyName } from "../base/keys.ts";
import { text } from "../base/text/en.ts";
import { Dialog } from "../parts/dialog.tsx";
import { useDesk } from "./desk.ts";
import "./keymap.css";

/** All keys, and the switch for those that are single characters. */
export function KeyMap() {
  const { asking, settings } = useDesk();
  return (
    <Dialog title={text.keys.title} closed={() => (asking.value = undefined)}>
      {() => (
        <>
          <table class="keymap">
            <thead class="unseen">
              <tr>
                <th scope="col">{text.keys.key}</th>
                <th scope="col">{text.keys.does}</th>
              </tr>
            </thead>
            <tbody>
              {bindings.map(({ action }) => (
                <tr key={action}>
                  <th scope="row">
                    <kbd>{keyName(action)}</kbd>
                  </th>
                  <td>{text.keys.actions[action]}</td>
                </tr>
              ))}
              <tr>
                <th scope="row">
                  <kbd>Esc</kbd>
                </th>
                <td>{text.keys.escape}</td>
              </tr>
            </tbody>
          </table>
          <label class="choice">
            <input
              type="checkbox"
              checked={settings.characterKeys.value}
              onChange={(event) => (settings.characterKeys.value = event.currentTarget.checked)}
            />
            {text.keys.characters}
          </label>
          <p class="hint">{text.keys.charactersHint}</p>
        </>
      )}
    </Dialog>
  );
}
