/**
 * Enhanced authentication on one connection (§4.12): carries the steps of an exchange, at CONNECT and again later, and
 * lets nothing through before the server has proven itself. What the steps say is the port `authentication.ts`.
 */
import { type Auth, type Connack, type Packet, writeAuth } from '@mqtt/codec';
import type { AuthenticationExchange } from '../authentication.ts';
import { type Opening, unreachable } from '../connection.ts';
import { breach, MqttError } from '../errors.ts';
import type { Outbox } from '../outbox.ts';
import { Pending } from '../pending.ts';
import * as words from '../words.ts';
import { HoldingConnection, type HoldingParts } from './holding-connection.ts';

/** Where a connection goes, what it says first, and the exchange that began with it. */
export interface ProvingOpening extends Opening {
  /** Its first data is in `connect`. */
  readonly exchange: AuthenticationExchange | undefined;
}

/** One network connection of a client with every option. */
export class ProvingConnection extends HoldingConnection {
  declare opening: ProvingOpening | undefined;
  #exchange: AuthenticationExchange | undefined;
  #reauthentication: Pending<void> | undefined;
  /** CONNACK came, and whether it is the server's is not proven yet. */
  #isProving = false;
  readonly #stray: (packet: Packet) => unknown;

  /** `stray`: told of an acknowledgement for nothing [K05]. */
  constructor(parts: HoldingParts, stray: (packet: Packet) => unknown) {
    super(parts);
    this.#stray = stray;
  }

  protected override handle(packet: Packet, outbox: Outbox): void {
    if (packet.type === 'AUTH') this.#authenticate(packet);
    else if (super.handle(packet, outbox) === false) this.#stray(packet);
  }

  protected override mustHold(): boolean {
    return this.#isProving;
  }

  /** Nothing behind CONNACK is read before the server is known to be the right one. */
  protected override accepted(packet: Connack, outbox: Outbox): void {
    this.#checkMethod(packet);
    this.#exchange = this.opening?.exchange;
    if (this.#exchange === undefined) {
      super.accepted(packet, outbox);
      return;
    }
    this.#isProving = true;
    this.#step(packet).then((isProven) => {
      this.#isProving = false;
      if (isProven) super.accepted(packet, outbox);
      this.pace();
    });
  }

  #checkMethod({ properties }: Auth | Connack): void {
    const method = this.opening?.connect.properties?.authenticationMethod;
    if (properties?.authenticationMethod === method) return;
    const section = method === undefined ? '4.12.0-6' : '4.12.0-5';
    throw breach('the server named another authentication method', section);
  }

  #authenticate(packet: Auth): void {
    const { reasonCode } = packet;
    const isOpening = this.keepAlive === undefined;
    if (isOpening) this.#exchange = this.opening?.exchange;
    // An AUTH that says Success may leave everything out (§3.15.2.1).
    if (reasonCode !== 0 || packet.properties !== undefined) this.#checkMethod(packet);
    const isExpected = isOpening ? reasonCode === 0x18 : this.#reauthentication?.open;
    if (!isExpected || this.#exchange === undefined) throw breach('the server sent AUTH unasked', '4.12.0-2');
    this.#step(packet).then((isProven) => {
      if (isProven && reasonCode === 0) this.#reauthentication?.resolve();
    });
  }

  /** Hands the server's data to the exchange, sends its answer, and gives whether all is well so far. */
  async #step({ reasonCode, properties }: Auth | Connack): Promise<boolean> {
    try {
      const step = await this.#exchange?.next(properties?.authenticationData);
      const isSuccess = reasonCode === 0;
      if (step?.done !== isSuccess) {
        const what = isSuccess
          ? 'ended the exchange before it was proven'
          : 'asks for more than the method has';
        throw new MqttError('AUTHENTICATION_FAILED', `the server ${what}`);
      }
      if (!isSuccess) this.#sendAuth(0x18, step.value as Uint8Array | undefined); // [MQTT-4.12.0-3]
      return !this.isClosing;
    } catch (cause) {
      this.fail(unreachable(this, cause));
      return false;
    }
  }

  #sendAuth(reasonCode: 0x18 | 0x19, authenticationData: Uint8Array | undefined): void {
    const authenticationMethod = this.opening?.connect.properties?.authenticationMethod;
    const properties = { authenticationMethod, authenticationData };
    this.outbox?.write({ type: 'AUTH', reasonCode, properties }, writeAuth);
  }

  /** Authenticates again (§4.12.1); rejects when that fails or the connection ends. One at a time. */
  async reauthenticate(begin: (signal: AbortSignal) => AuthenticationExchange): Promise<void> {
    if (!this.#reauthentication?.open) {
      const exchange = begin(this.abort.signal);
      const pending = new Pending<void>();
      this.#exchange = exchange;
      this.#reauthentication = pending;
      try {
        const { value } = await exchange.next();
        this.#sendAuth(0x19, value as Uint8Array | undefined); // [MQTT-4.12.1-1]
      } catch (cause) {
        pending.reject(unreachable(this, cause));
      }
    }
    return this.#reauthentication.promise;
  }

  protected override over(error: MqttError | undefined): void {
    this.#reauthentication?.reject(error ?? new MqttError('CLOSED', words.connectionEnded));
    super.over(error);
  }
}
