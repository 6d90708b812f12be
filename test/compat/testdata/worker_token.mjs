// Prints a worker's token, made by the capability-token helper of the official Node client.
import twilio from "twilio";

const { ACCOUNT_SID, AUTH_TOKEN, WORKSPACE_SID, WORKER_SID } = process.env;
const { TaskRouterCapability, util } = twilio.jwt.taskrouter;
const token = new TaskRouterCapability({
  accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, workspaceSid: WORKSPACE_SID,
  channelId: WORKER_SID,
});
const policies = [
  ...util.defaultEventBridgePolicies(ACCOUNT_SID, WORKER_SID),
  ...util.defaultWorkerPolicies("v1", WORKSPACE_SID, WORKER_SID),
];
// The helper's own policies only read.
const workspace = `https://taskrouter.twilio.com/v1/Workspaces/${WORKSPACE_SID}`;
for (const [url, parameter] of [
  [`${workspace}/Workers/${WORKER_SID}`, "ActivitySid"],
  [`${workspace}/Tasks/**`, "ReservationStatus"],
]) {
  policies.push(new TaskRouterCapability.Policy({
    url, method: "POST", allow: true, postFilter: { [parameter]: { required: true } },
  }));
}
for (const p of policies) token.addPolicy(p);
process.stdout.write(token.toJwt());
