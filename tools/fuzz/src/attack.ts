/**
 * What one hostile client does: packets of a valid session, some damaged, cut into chunks anywhere, over TCP, behind a
 * PROXY header or in WebSocket frames, with one of three ends. Made under a seed; the same seed makes the same attacks.
 * Knows no sockets. Which packets a session has is `session.ts`'s, how they are wrapped is `wrapping.ts`'s.
 */
import fc from 'fast-check';
import { session } from './session.ts';
import { behindProxy, framed, joined, pieces } from './wrapping.ts';

/** `fin`: closes its side in order. `reset`: cuts. `stay`: waits for the broker, and cuts when it is called off. */
export type End = 'fin' | 'reset' | 'stay';

/** The doors of the broker under attack. */
export type Transport = 'tcp' | 'ws' | 'proxy';

/** One hostile client. */
export interface Attack {
  /** Which door: `proxy` is one behind a proxy. */
  readonly transport: Transport;
  /** Bytes in the order and the pieces in which they are sent. */
  readonly chunks: readonly Uint8Array[];
  readonly end: End;
}

const attack: fc.Arbitrary<Attack> = fc
  .record({
    bytes: session,
    transport: fc.constantFrom<Transport>('tcp', 'tcp', 'tcp', 'ws', 'ws', 'proxy'),
    end: fc.constantFrom<End>('fin', 'reset', 'stay'),
  })
  .chain(({ bytes, transport, end }) => {
    const carried: fc.Arbitrary<readonly Uint8Array[]> =
      transport === 'tcp' ? fc.constant([bytes]) : transport === 'ws' ? framed(bytes) : behindProxy(bytes);
    return carried
      .chain((parts) => fc.oneof(fc.constant(parts), pieces(joined(parts))))
      .map((chunks) => ({ transport, end, chunks }));
  });

/** `count` attacks of this seed. */
export function attacks(seed: number, count: number): readonly Attack[] {
  return fc.sample(attack, { seed, numRuns: count });
}
