/**
 * What a program may choose about CONNECT and CONNACK beside access and limits: client ids, Response Information.
 * Checks the choices; what they do stands in `connect.ts` and `client-id.ts`.
 */
import type { ProtocolVersion } from '@mqtt/codec';
import type { Client } from '../access/access.ts';
import { isTellable } from '../access/refusal.ts';
import { BrokerError } from '../errors.ts';
import { hasControlCharacter, isWithinBytes } from './topics.ts';

/** Choices about CONNECT and CONNACK; all optional. */
export interface HandshakeOptions {
  /** false: a client must bring its client id; an empty one gets 0x85, 3.x 0x02. Default true (§3.1.3.1). */
  readonly allowEmptyClientId?: boolean | undefined;
  /** What the client ids begin with that the broker gives; 32 random hex digits follow. Default `auto`. */
  readonly autoClientIdPrefix?: string | undefined;
  /** Versions of MQTT that are served; others get 0x84, 3.x 0x01 (§3.1.2.2). Default all: `[3, 4, 5]`. */
  readonly protocolVersions?: readonly ProtocolVersion[] | undefined;
  /** true: 3.1 clients with more than 23 characters of client id get 0x02, as 3.1 says. Default false. */
  readonly limitClientId31?: boolean | undefined;
  /**
   * What a client that asks for it is told to build its response topics from (§3.2.2.3.15); undefined: nothing.
   * Answers at once. When it throws or answers no text, the client is told nothing.
   */
  readonly responseInformation?: ((client: Client) => string | undefined) | undefined;
}

/** The choices, made. */
export interface Handshake {
  readonly allowEmptyClientId: boolean;
  readonly autoClientIdPrefix: string;
  readonly protocolVersions: readonly ProtocolVersion[];
  readonly limitClientId31: boolean;
  readonly responseInformation: ((client: Client) => string | undefined) | undefined;
}

const VERSIONS: readonly ProtocolVersion[] = [3, 4, 5];

/** @throws {BrokerError} INVALID_OPTION */
export function resolveHandshake(options: HandshakeOptions): Handshake {
  const { allowEmptyClientId = true, limitClientId31 = false, autoClientIdPrefix = 'auto' } = options;
  const { protocolVersions = VERSIONS } = options;
  if (protocolVersions.length === 0 || !protocolVersions.every((version) => VERSIONS.includes(version))) {
    throw new BrokerError(
      'INVALID_OPTION',
      `protocolVersions must be some of 3, 4 and 5, not ${JSON.stringify(protocolVersions)}`,
    );
  }
  const isPrefix =
    typeof autoClientIdPrefix === 'string' &&
    isWithinBytes(autoClientIdPrefix, 128) &&
    !hasControlCharacter(autoClientIdPrefix) &&
    isTellable('CONNACK', { assignedClientIdentifier: autoClientIdPrefix });
  if (!isPrefix) {
    throw new BrokerError(
      'INVALID_OPTION',
      `autoClientIdPrefix must be text of at most 128 bytes without control characters, not ${JSON.stringify(autoClientIdPrefix)}`,
    );
  }
  return {
    allowEmptyClientId,
    autoClientIdPrefix,
    protocolVersions,
    limitClientId31,
    responseInformation: options.responseInformation,
  };
}
