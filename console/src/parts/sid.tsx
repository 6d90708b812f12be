import { useEffect, useState } from "preact/hooks";
import { polite } from "../base/announce.ts";
import { Check, Copy } from "../base/icons.tsx";
import { text } from "../base/text/en.ts";
import { Button } from "./button.tsx";
import "./sid.css";

/** An identifier, to be copied. Browsers let pages copy only over HTTPS and on this machine. */
export function Sid({ sid, of }: { sid: string; of: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), 2_000) : undefined;
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <span class="sid" dir="ltr">
      <code>{sid}</code>
      {globalThis.isSecureContext && (
        <Button
          look="quiet"
          label={copied ? text.panel.copied : text.panel.copy(of)}
          press={() => {
            void navigator.clipboard.writeText(sid).then(() => {
              setCopied(true);
              polite.say(text.panel.copied);
            });
          }}
        >
          {copied ? <Check size={14} /> : <Copy size={14} />}
        </Button>
      )}
    </span>
  );
}
