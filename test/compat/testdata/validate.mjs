// Checks signatures of callbacks with the official Node client. Standard input has a request a
// line: {"url", "params", "signature"}.
import { readFileSync } from "node:fs";
import twilio from "twilio";

for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const { url, params, signature } = JSON.parse(line);
  const { AUTH_TOKEN } = process.env;
  if (!twilio.validateRequest(AUTH_TOKEN, signature, url, params)) {
    throw new Error(`not signed for ${url}: ${line}`);
  }
  if (twilio.validateRequest(AUTH_TOKEN, signature, url, { ...params, More: "x" })) {
    throw new Error(`signed for anything: ${line}`);
  }
}
