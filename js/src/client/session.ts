import { Api } from "../object/api.ts";
import { load, type Resource } from "../object/resource.ts";
import { describe, runUserCode } from "../wire/callback.ts";
import { Connection, type Address, type Ending } from "../wire/connection.ts";
import { hosts } from "../wire/hosts.ts";
import { logger, type Log } from "../wire/log.ts";
import { isObject, type Payload } from "../wire/names.ts";
import { TokenHolder, type Claims } from "../wire/token.ts";
import { Transport } from "../wire/transport.ts";
import type { Emitter } from "./emitter.ts";

/** Additions of this library, in an object after the arguments of v1. */
export interface Options {
  /**
   * Hand the token to the server as a WebSocket subprotocol instead of in the URL, where proxies
   * may log it. For servers of this project only.
   */
  tokenInProtocol?: boolean;
}

/** What a client's constructor was given. */
export interface Settings {
  token: unknown;
  debug: unknown;
  region: unknown;
  maxRetries: unknown;
  apiBaseUrl: unknown;
  eventBridgeBaseUrl: unknown;
  closeExistingSessions?: unknown;
  disconnectActivitySid?: unknown;
  options: unknown;
}

/** A client object: a resource that emits events. */
export type Client = Resource & Emitter;

/** What differs from one client class to another. */
export interface Behaviour {
  /** The socket has opened; frames may follow at once. */
  opened?(): void;
  /** A frame came in; every one is to be emitted once, under the name user code knows. */
  frame(type: string, payload: unknown): void;
  /** The resource has been read after a connect and ready was emitted. */
  ready?(stillConnected: () => boolean): Promise<void>;
}

/** Read failures right after a connect are retried this often even if the page asks for less. */
const readyRetries = 3;

/**
 * What every client has: a token, a socket that is kept up, requests, and the events that tell
 * the page how they fare.
 *
 * Nothing is emitted from inside the constructor of a client, so listeners attached right after
 * it hear everything.
 *
 * Spec: sdk-v1-api 8, event-bridge 10
 */
export class Session {
  readonly api: Api;
  readonly log: Log;
  readonly tokens: TokenHolder;
  readonly transport: Transport;
  private readonly connection: Connection;
  private readonly retries: number;
  private client!: Client;
  private behaviour!: Behaviour;
  /** Counts connects, so that answers belonging to an earlier one are recognised. */
  private connects = 0;
  private stopped = false;

  constructor(settings: Settings) {
    this.log = logger(settings.debug);
    this.tokens = new TokenHolder(settings.token);
    const { api, bridge, socket } = hosts(settings.apiBaseUrl, settings.eventBridgeBaseUrl);
    if (settings.region) {
      this.log("The region is ignored: this client talks to one server");
    }
    this.retries = Math.max(0, Math.floor(Number(settings.maxRetries)) || 0);
    const { accountSid, channel, workspaceSid } = this.tokens.claims;
    const path = `/v1/wschannels/${accountSid}/${channel}`;
    this.transport = new Transport(bridge + path, this.tokens, this.retries, this.log);
    this.api = new Api(
      this.transport,
      this.tokens,
      `${api}/Workspaces/${workspaceSid}`,
      this.log,
    );
    const address = () => socketAddress(socket + path, this.tokens.current, settings);
    this.connection = new Connection(address, this.tokens, this.observer(), this.log);
  }

  /** Whom the token is for. */
  get claims(): Claims {
    return this.tokens.claims;
  }

  /** Whether this session will never connect again: it was stopped, replaced, or is of no use. */
  get over(): boolean {
    return this.connection.over;
  }

  /** Opens the socket and starts to serve the client. Throws what the browser throws. */
  start(client: Client, behaviour: Behaviour): void {
    this.client = client;
    this.behaviour = behaviour;
    this.tokens.onExpired = () => this.emit("token.expired");
    this.tokens.onUpdated = () => this.connection.resume();
    this.connection.open();
    this.tokens.watch();
  }

  /** Ends it for good: socket, timers and events. Requests of user code still work. */
  stop(): void {
    if (this.stopped) {
      return;
    }
    this.stopped = true;
    this.connects++;
    this.tokens.stop();
    if (this.connection.stop()) {
      this.log("Websocket closed by disconnect()");
      runUserCode(() => this.client.emit("disconnected", { message: "disconnect() was called" }));
    }
  }

  /** Emits an event of the client, unless it was stopped. */
  emit(event: string, ...args: unknown[]): void {
    if (!this.stopped) {
      runUserCode(() => this.client.emit(event, ...args));
    }
  }

  private observer() {
    return {
      opened: () => {
        this.connects++;
        if (this.behaviour.opened) {
          this.behaviour.opened();
        }
        void this.greet(this.connects);
        this.emit("connected");
      },
      received: (text: string, event: MessageEvent) => this.received(text, event),
      closed: (ending: Ending) => {
        this.connects++;
        const message = "Websocket disconnected due to lost connectivity";
        this.emit("disconnected", { message, ...ending });
      },
      failed: (response: unknown, message: string) => this.failed(response, message),
    };
  }

  /** Reads the client's resource after a connect, and says ready. */
  private async greet(connect: number): Promise<void> {
    const stillConnected = () => this.connects === connect;
    let payload: Payload;
    try {
      payload = await this.transport.send({
        method: "GET",
        url: this.client.resourceUrl,
        eventType: "ready",
        retries: Math.max(this.retries, readyRetries),
      });
    } catch (error) {
      if (stillConnected()) {
        this.failed(error, `Not ready: ${describe(error)}`);
      }
      return;
    }
    if (!stillConnected()) {
      return;
    }
    load(this.client, payload);
    this.emit("ready", this.api.object(payload));
    if (this.behaviour.ready) {
      await this.behaviour.ready(stillConnected);
    }
  }

  private received(text: string, event: MessageEvent): void {
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      frame = undefined;
    }
    if (!isObject(frame) || typeof frame.event_type !== "string") {
      this.failed(event, "The server sent a frame that cannot be read");
      return;
    }
    this.log(`Received a message of type [${frame.event_type}]`);
    this.behaviour.frame(frame.event_type, frame.payload);
  }

  private failed(response: unknown, message: string): void {
    this.log(message);
    this.emit("error", { response, message });
  }
}

/**
 * The address of the socket with everything the server is to know.
 *
 * Spec: event-bridge 2
 */
function socketAddress(url: string, token: string, settings: Settings): Address {
  const close = settings.closeExistingSessions;
  const query = [`closeExistingSessions=${close === true || close === "true"}`];
  if (settings.disconnectActivitySid) {
    const activity = encodeURIComponent(String(settings.disconnectActivitySid));
    query.push(`disconnectActivitySid=${activity}`);
  }
  if (isObject(settings.options) && settings.options.tokenInProtocol === true) {
    return {
      url: `${url}?${query.join("&")}`,
      protocols: ["taskrouter.v1", `taskrouter.token.${token}`],
    };
  }
  return { url: `${url}?token=${token}&${query.join("&")}` };
}
