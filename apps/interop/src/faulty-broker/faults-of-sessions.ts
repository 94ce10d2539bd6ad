/**
 * Planted faults of what is known of a client: its session, its client id, its will, its silence.
 */
import type { Connect, Packet } from '@mqtt/codec';
import type { Instead } from '../peers/packet-relay.ts';
import { type Fault, rewriting } from './fault.ts';

/** A CONNECT otherwise; everything else as it is. */
export function connects(instead: (packet: Connect) => Connect): (packet: Packet) => Instead {
  return (packet) => [packet.type === 'CONNECT' ? instead(packet) : packet];
}

/** A client id that is connected already gets another one: both stay. */
function keepsBoth(): ReturnType<Fault['plant']> {
  const connected = new Map<string, number>();
  return () => {
    let clientId: string | undefined;
    return {
      fromClient: connects((packet) => {
        clientId = packet.clientId;
        const others = connected.get(clientId) ?? 0;
        connected.set(clientId, others + 1);
        return others === 0 ? packet : { ...packet, clientId: `${clientId}x${others}` };
      }),
      clientGone: () => {
        if (clientId === undefined) return;
        connected.set(clientId, (connected.get(clientId) ?? 1) - 1);
        clientId = undefined;
      },
    };
  };
}

/** The faults. */
export const faultsOfSessions: readonly Fault[] = [
  {
    name: 'forgets-sessions',
    what: 'resumes no session: what was queued is lost',
    plant: rewriting(
      'client',
      connects((packet) => ({ ...packet, cleanStart: true })),
    ),
    scenario: {
      name: 'a kept session gets on reconnect what was queued while it was away',
      version: '5.0',
      says: /\(receive\): a message: not within/,
    },
    case: {
      name: 'the session goes on: Session Present 1, the subscription is there, and what came meanwhile',
      version: '5.0',
      says: /sessionPresent: false, not true/,
    },
  },
  {
    name: 'ignores-clean-start',
    what: 'resumes the session of a client that asks for a new one',
    plant: rewriting(
      'client',
      connects((packet) => ({ ...packet, cleanStart: packet.clientId === '' })),
    ),
    scenario: {
      name: 'a clean start finds nothing of the session before',
      version: '3.1.1',
      says: /the server says it has a session/,
    },
    case: {
      name: 'a clean start throws the session away',
      version: '3.1.1',
      says: /sessionPresent: true, not false/,
    },
  },
  {
    name: 'keeps-both',
    what: 'lets two clients have one client id at a time',
    plant: keepsBoth,
    scenario: {
      name: 'is closed when another takes over its client id',
      version: '3.1.1',
      says: /the broker closes older: not within/,
    },
    case: {
      name: 'a client that connects again ends its earlier connection',
      version: '3.1.1',
      says: /the connection must be closed/,
    },
  },
  {
    name: 'forgets-wills',
    what: 'publishes no will',
    plant: rewriting(
      'client',
      connects((packet) => ({ ...packet, will: undefined })),
    ),
    scenario: {
      name: 'a will is published when a client is killed',
      version: '3.1.1',
      says: /\(receive\): a message: not within/,
    },
    case: { name: 'a will is published once', version: '3.1.1', says: /PUBLISH must come/ },
  },
  {
    name: 'publishes-wills-always',
    what: 'publishes the will after a DISCONNECT too',
    plant: () => (passage) => ({
      fromClient: (packet) => {
        if (packet.type !== 'DISCONNECT') return [packet];
        passage.cut();
        return [];
      },
    }),
    scenario: { name: 'no will after a DISCONNECT', version: '3.1.1', says: /watcher received .*gone/ },
    case: { name: 'DISCONNECT discards the will', version: '3.1.1', says: /PUBLISH .* came/ },
  },
  {
    name: 'ignores-keep-alive',
    what: 'waits for a silent client for ever',
    plant: rewriting(
      'client',
      connects((packet) => ({ ...packet, keepAlive: 0 })),
    ),
    scenario: {
      name: 'the server publishes the will of a client that is silent for longer than its keep alive',
      version: '3.1.1',
      says: /\(receive\): a message: not within/,
    },
    case: {
      name: 'silence for 1.5 times the keep alive ends the connection, and the will is published',
      version: '3.1.1',
      says: /the connection must be closed/,
    },
  },
];
