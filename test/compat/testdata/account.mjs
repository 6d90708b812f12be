// Manages API keys and auth tokens with the official Node client, unchanged but for its base
// URLs. Ends with 1 at the first surprise.
import assert from "node:assert/strict";
import twilio from "twilio";

const { BASE_URL, ACCOUNT_SID, AUTH_TOKEN } = process.env;
const connect = (user, password) => {
  const client = twilio(user, password, { accountSid: ACCOUNT_SID });
  client.taskrouter.baseUrl = client.api.baseUrl = client.accounts.baseUrl = BASE_URL;
  return client;
};
const rejects = (promise, status) =>
  assert.rejects(promise, (e) => {
    assert.equal(e.status, status, e.message);
    return true;
  });
const owner = connect(ACCOUNT_SID, AUTH_TOKEN);

// API keys.
const made = await owner.newKeys.create({ friendlyName: "Robot" });
assert.match(made.sid, /^SK[0-9a-f]{32}$/);
const robot = connect(made.sid, made.secret);
const workspace = await robot.taskrouter.v1.workspaces.create({ friendlyName: "By a robot" });
assert.equal(workspace.accountSid, ACCOUNT_SID);
assert.equal((await owner.taskrouter.v1.workspaces(workspace.sid).fetch()).friendlyName,
  "By a robot");
await rejects(robot.keys.list(), 403);
await owner.keys(made.sid).update({ friendlyName: "Renamed" });
assert.equal((await owner.keys(made.sid).fetch()).friendlyName, "Renamed");
assert.ok((await owner.keys(made.sid).fetch()).dateCreated instanceof Date);
await owner.newKeys.create();
assert.equal((await owner.keys.list({ pageSize: 1 })).length, 2);
assert.equal(await owner.keys(made.sid).remove(), true);
await rejects(robot.taskrouter.v1.workspaces.list(), 401);
await rejects(owner.keys(made.sid).fetch(), 404);

// Accounts do not see each other.
const second = await owner.api.v2010.accounts.create({ friendlyName: "Second" });
const stranger = twilio(second.sid, second.authToken);
stranger.taskrouter.baseUrl = BASE_URL;
assert.deepEqual(await stranger.taskrouter.v1.workspaces.list(), []);
await rejects(stranger.taskrouter.v1.workspaces(workspace.sid).fetch(), 404);

// Auth tokens.
const { accounts } = owner;
await accounts.v1.secondaryAuthToken().create();
assert.equal(await accounts.v1.secondaryAuthToken().remove(), true);
await rejects(accounts.v1.authTokenPromotion().update(), 400);
const { secondaryAuthToken } = await accounts.v1.secondaryAuthToken().create();
const next = connect(ACCOUNT_SID, secondaryAuthToken);
await next.taskrouter.v1.workspaces.list();
const { authToken } = await next.accounts.v1.authTokenPromotion().update();
assert.equal(authToken, secondaryAuthToken);
assert.equal((await next.taskrouter.v1.workspaces.list()).length, 1);
await rejects(owner.taskrouter.v1.workspaces.list(), 401);
