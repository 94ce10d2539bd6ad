/**
 * A server that sends whatever it likes, whenever it likes: legal packets out of place, mutated ones, noise. The client
 * never throws into the void, never hands on what is not a message, keeps every promise, and comes back.
 */
import { encode, isTopicName } from '@mqtt/codec';
import { arbitraryChunks, arbitraryPacket } from '@mqtt/codec/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProtocolVersion } from '../src/index.ts';
import { lab, quiet } from './lab.ts';

const runs = { numRuns: Number(process.env.FC_RUNS ?? 200) };

/** Bytes a server might send: a packet of any type, the same with a byte changed, or noise. */
function anything(version: ProtocolVersion): fc.Arbitrary<Uint8Array> {
  const packet = arbitraryPacket(version).map((made) => encode(made, version));
  const mutated = fc.tuple(packet, fc.nat(), fc.nat({ max: 255 })).map(([bytes, at, value]) => {
    const copy = bytes.slice();
    copy[at % copy.length] = value;
    return copy;
  });
  return fc.oneof(packet, packet, mutated, fc.uint8Array({ minLength: 1, maxLength: 40 }));
}

describe.each([4, 5] as const)('a server of version %i that sends anything', (version) => {
  it('[K05] [K06] breaks nothing', async () => {
    const sent = fc.array(anything(version), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sent, fc.boolean(), async (packets, isBeforeConnack) => {
        const world = lab(isBeforeConnack ? { CONNECT: () => {} } : {});
        const { server, clock, reported } = world;
        const connecting = world.connect({
          version,
          reconnect: { initial: true },
          keepAlive: 10,
          connectTimeout: 5000,
        });
        const ended = connecting.then(
          (client) => client,
          (error: unknown) => error,
        );
        await quiet();
        const first = await server.peer(0);
        server.script = {};
        for (const bytes of packets) {
          for (const chunk of fc.sample(arbitraryChunks(bytes), { numRuns: 1, seed: bytes.length })[0] ?? [])
            first.link.far.write(chunk);
          await quiet();
        }
        // Half a packet swallows all that follows it, as it must: only a new connection begins anew.
        server.peers.at(-1)?.cut();
        await quiet();
        for (let round = 0; round < 40 && (await Promise.race([ended, 'open'])) === 'open'; round += 1) {
          clock.advance(5000);
          await quiet();
        }
        const client = await ended;
        if (client instanceof Error) {
          expect(client).toHaveProperty('code');
          return;
        }
        const open = client as Awaited<typeof connecting>;
        open.on('message', ({ topic }) => expect(isTopicName(topic)).toBe(true));
        const published = Promise.allSettled([
          open.publish('a', 'x', { qos: 2 }),
          open.subscribe('a', { qos: 1 }),
        ]);
        for (let round = 0; round < 40 && (await Promise.race([published, 'open'])) === 'open'; round += 1) {
          clock.advance(5000);
          await quiet();
        }
        await published;
        const over = open.end({ timeout: 0 });
        await quiet();
        clock.advance(2000);
        await over;
        expect([open.state.status, clock.pending]).toEqual(['ended', 0]);
        expect(reported).toEqual([]);
      }),
      runs,
    );
  }, 60_000);
});
