/** G07 at full size: 100,000 bad packets a second, broken ones before CONNECT and forbidden ones behind it. */
import type { Arena } from '../arena.ts';
import { connect, publish, subscribe, times } from '../bytes.ts';
import { inParallel, Stream } from './stream.ts';
import { type FullCase, faultsOf, grouped, type Verdict } from './verdict.ts';

const RATE = 100_000;
const SECONDS = 10;
/** Lines of the log a second for one address, and one that counts the rest. */
const LINES = 10;
/** Bad packets that one connection brings: the first ends it. */
const EACH = 100;
const AT_ONCE = 100;

interface Flood {
  readonly packets: number;
  readonly seconds: number;
  readonly lines: number;
}

async function measured(arena: Arena, play: () => Promise<number>): Promise<Flood> {
  const before = arena.lines;
  const began = performance.now();
  const packets = await play();
  await arena.check();
  return { packets, seconds: (performance.now() - began) / 1000, lines: arena.lines - before };
}

/** Connections that begin with nonsense, as many as it takes. */
async function broken(arena: Arena, scale: number): Promise<number> {
  const connections = (RATE * SECONDS * scale) / EACH;
  const nonsense = times(EACH, 'f0 00');
  await inParallel(connections, AT_ONCE, async () => {
    const { socket } = new Stream(arena.port(), () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(nonsense);
    await closed;
  });
  return connections * EACH;
}

/** Connected clients that publish and subscribe what they may not. */
async function forbidden(arena: Arena, scale: number): Promise<number> {
  const count = RATE * SECONDS * scale;
  const one = times(EACH / 2, publish('not/allowed', { qos: 1, id: 7, payload: 'x' }));
  const other = times(EACH / 2, subscribe('not/allowed', { id: 8 }));
  let answered = 0;
  let sent = 0;
  await new Promise<void>((resolve, reject) => {
    const stream = new Stream(arena.port('anonymous'), (first) => {
      if (first !== 0x20) answered++;
      if (answered === count) {
        stream.socket.destroy();
        resolve();
      }
      while (sent < count && sent - answered < 50 * EACH) {
        stream.send(one);
        stream.send(other);
        sent += EACH;
      }
    });
    stream.socket.once('close', () => reject(new Error(`cut after ${answered} answers`)));
    stream.send(connect({ id: 'g07' }));
  });
  return answered;
}

async function play(arena: Arena, scale: number): Promise<Verdict> {
  const floods = {
    'broken before CONNECT': await measured(arena, () => broken(arena, scale)),
    'forbidden behind CONNECT': await measured(arena, () => forbidden(arena, scale)),
  };
  const all = Object.entries(floods);
  return {
    numbers: all.map(
      ([name, { packets, seconds, lines }]) =>
        `${name}: ${grouped(packets)} in ${seconds.toFixed(1)} s, ${grouped(packets / seconds)}/s, ${lines} lines of the log, ${(lines / seconds).toFixed(1)}/s`,
    ),
    faults: faultsOf(
      Object.fromEntries(
        all.map(([name, { seconds, lines }]) => [
          `${name}: ${LINES} lines a second and one for the rest`,
          // A second is counted from its first line, so there is one more than whole ones.
          lines <= (LINES + 1) * (Math.ceil(seconds) + 1),
        ]),
      ),
    ),
  };
}

/** The case. */
export const lines: FullCase = {
  id: 'G07',
  title: `${grouped(RATE)} bad packets a second for ${SECONDS} s`,
  setup: {
    listeners: ['tcp', 'anonymous'],
    files: { acl: 'topic readwrite allowed/#\n' },
    yaml: `
listeners:
  - { type: tcp, port: 0, name: tcp }
  - type: tcp
    port: 0
    name: anonymous
    security: { anonymous: true, authorize: [{ type: acl-file, file: "@acl" }] }
limits: { maximumConnectRate: 0, refuseDelay: 0, shedDelay: 0 }
`,
  },
  play,
};
