/**
 * The state of a client from `connect` to `ended`: one connection after the other, when to try again, when to stop.
 * Attaches the rooms to each connection. Knows nothing of topics, payloads or handlers.
 */
import type { Connack, Connect, Disconnect, Packet, ProtocolVersion } from '@mqtt/codec';
import type { Cancel, Clock } from './clock.ts';
import { Connection } from './connection.ts';
import { MqttError } from './errors.ts';
import type { ServerLimits } from './limits.ts';
import type { Settings } from './options.ts';
import type { Outbox } from './outbox.ts';
import { Pending } from './pending.ts';
import { type Backoff, nextAttempt } from './reconnect.ts';
import type { Rooms } from './rooms.ts';
import type { ClientState } from './state.ts';
import type { Transport } from './transports/transport.ts';
import type { Endpoint } from './url.ts';

/** What a lifecycle is made of. */
export interface LifecycleParts {
  readonly endpoint: Endpoint;
  readonly settings: Settings;
  readonly transport: Transport;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly rooms: Rooms;
}

/** Who is told. */
export interface LifecycleEvents {
  state(state: ClientState, previous: ClientState): void;
  /** The rooms are attached. `isNewSession`: the server knows nothing of this client's subscriptions. */
  connected(limits: ServerLimits, isNewSession: boolean): void;
  /** Over for good: everything that is open must be settled. */
  ended(reason: MqttError | undefined): void;
  stray(packet: Packet): void;
}

/** What belongs to each state and is nobody else's business. */
type Machine =
  | { readonly status: 'connecting'; readonly connection: Connection }
  | { readonly status: 'connected'; readonly connection: Connection; readonly since: number }
  | { readonly status: 'waiting'; readonly cancel: Cancel }
  | { readonly status: 'ending'; readonly connection: Connection; readonly cancel: Cancel }
  | { readonly status: 'ended' };

/** One client's life. */
export class Lifecycle {
  readonly #parts: LifecycleParts;
  readonly #events: LifecycleEvents;
  #state: ClientState = { status: 'connecting', attempt: 1 };
  #machine: Machine = { status: 'waiting', cancel: () => {} };
  #backoff: Backoff = 0;
  #attempt = 0;
  /** There was a connection: what session state this client has is in its rooms. */
  #hasSession = false;
  readonly #firstConnected = new Pending<void>();
  readonly #ended = new Pending<void>();
  #clientId: string;

  constructor(parts: LifecycleParts, events: LifecycleEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#clientId = parts.settings.clientId;
  }

  get state(): ClientState {
    return this.#state;
  }

  get clientId(): string {
    return this.#clientId;
  }

  get version(): ProtocolVersion {
    return this.#parts.settings.version;
  }

  /** Begins. Resolves with the first connection, rejects when the client ended before. */
  start(): Promise<void> {
    this.#connect();
    return this.#firstConnected.promise;
  }

  #connect(): void {
    this.#attempt += 1;
    const { endpoint, transport, clock, settings, rooms } = this.#parts;
    const { maximumPacketSize, connectTimeout } = settings;
    const connect = this.#connectPacket();
    const parts = { endpoint, transport, clock, connect, maximumPacketSize, connectTimeout, rooms };
    const connection = new Connection(parts, {
      connected: (connack, limits, outbox) => this.#connected(connection, connack, limits, outbox),
      closed: (error) => this.#closed(error),
      stray: (packet) => this.#events.stray(packet),
    });
    this.#machine = { status: 'connecting', connection };
    this.#enter({ status: 'connecting', attempt: this.#attempt });
    connection.open();
  }

  /** Every later CONNECT asks for the session back if it can have outlived the connection (§3.1.2.4, §3.1.2.11.2). */
  #connectPacket(): Connect {
    const { version, cleanStart, keepAlive, will, username, password, properties } = this.#parts.settings;
    const mayResume = this.#hasSession && (properties?.sessionExpiryInterval ?? 0) > 0;
    const packet = {
      type: 'CONNECT',
      version,
      clientId: this.#clientId,
      cleanStart: mayResume ? false : cleanStart,
      keepAlive,
      will,
      username,
      password,
      properties,
    };
    return packet as Connect; // `toSettings` has checked what each version allows
  }

  #connected(connection: Connection, connack: Connack, limits: ServerLimits, outbox: Outbox): void {
    const { clock, rooms } = this.#parts;
    const { sessionPresent, properties } = connack;
    this.#clientId = properties?.assignedClientIdentifier ?? this.#clientId; // [MQTT-3.2.2-16]
    this.#hasSession = true;
    this.#machine = { status: 'connected', connection, since: clock.now() };
    rooms.incoming.attach(outbox, sessionPresent);
    rooms.publisher.attach(outbox, limits, sessionPresent);
    this.#events.connected(limits, !sessionPresent);
    rooms.requests.attach(outbox, limits);
    rooms.publisher.start();
    this.#enter({ status: 'connected', sessionPresent, limits, connack });
    this.#firstConnected.resolve();
  }

  #closed(error: MqttError | undefined): void {
    const machine = this.#machine;
    if (machine.status === 'ended' || machine.status === 'waiting') return;
    const reason = error ?? new MqttError('CLOSED', 'the client was ended');
    const { rooms, clock } = this.#parts;
    rooms.publisher.detach();
    rooms.incoming.detach();
    rooms.requests.detach(reason);
    if (machine.status === 'ending') {
      machine.cancel();
      this.#end(undefined);
      return;
    }
    const isFirst = this.#firstConnected.open;
    const connectedFor = machine.status === 'connected' ? clock.now() - machine.since : 0;
    this.#decide(reason, connectedFor, isFirst);
  }

  /** Again, or never again. */
  #decide(reason: MqttError, connectedFor: number, isFirst: boolean): void {
    const { settings, random, clock } = this.#parts;
    const { reconnect } = settings;
    if (reconnect === undefined || (isFirst && !reconnect.initial) || reason.code === 'INVALID_OPTION') {
      this.#end(reason);
      return;
    }
    // Only what the server said counts; a statement's reason code is this side's.
    const reasonCode = reason.code === 'PROTOCOL_ERROR' ? undefined : reason.reasonCode;
    const decision = nextAttempt(this.#backoff, { reasonCode, connectedFor }, reconnect, random());
    this.#backoff = decision.backoff;
    const { delay } = decision;
    if (delay === undefined) {
      this.#end(reason);
      return;
    }
    this.#machine = { status: 'waiting', cancel: clock.after(delay, () => this.#connect()) };
    this.#enter({ status: 'waiting', reason, delay, attempt: this.#attempt });
  }

  /**
   * Ends in order: waits up to `timeout` ms for what is in flight when there is a connection, then sends `packet`.
   * Resolves when all is over; never rejects.
   */
  end(packet: Disconnect, timeout: number): Promise<void> {
    const machine = this.#machine;
    const { clock, rooms } = this.#parts;
    switch (machine.status) {
      case 'connected': {
        const { connection } = machine;
        const disconnect = (): void => connection.disconnect(packet);
        const cancel = timeout > 0 ? clock.after(timeout, disconnect) : (): void => {};
        this.#machine = { status: 'ending', connection, cancel };
        this.#enter({ status: 'ending' });
        if (timeout > 0) rooms.publisher.whenIdle(disconnect);
        else disconnect();
        break;
      }
      case 'ending':
        if (timeout === 0) machine.connection.disconnect(packet);
        break;
      case 'waiting':
        machine.cancel();
        this.#end(undefined);
        break;
      case 'connecting':
        this.stop(undefined);
        break;
      case 'ended':
        break;
    }
    return this.#ended.promise;
  }

  /** Ends at once because of `reason`. */
  stop(reason: MqttError | undefined): void {
    const machine = this.#machine;
    if (machine.status === 'ended') return;
    this.#end(reason);
    if (machine.status === 'waiting') machine.cancel();
    else machine.connection.disconnect({ type: 'DISCONNECT', reasonCode: 0 });
  }

  #end(reason: MqttError | undefined): void {
    this.#machine = { status: 'ended' };
    this.#enter({ status: 'ended', reason });
    this.#firstConnected.reject(
      reason ?? new MqttError('CLOSED', 'the client was ended before it was connected'),
    );
    this.#events.ended(reason);
    this.#ended.resolve();
  }

  /** A consumer has room again, or an answer is awaited no more. */
  pace(): void {
    const machine = this.#machine;
    if (machine.status === 'connected' || machine.status === 'ending') machine.connection.pace();
  }

  #enter(state: ClientState): void {
    const previous = this.#state;
    this.#state = state;
    this.#events.state(state, previous);
  }
}
