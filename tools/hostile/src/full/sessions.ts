/** C19 at full size: a million client ids, each of which wants its session kept for ever. */
import type { Arena } from '../arena.ts';
import { connect } from '../bytes.ts';
import { inParallel, Stream } from './stream.ts';
import { type FullCase, faultsOf, grouped, type Verdict } from './verdict.ts';

const CLIENTS = 1_000_000;
const BEYOND = 1000;
const AT_ONCE = 200;
/** What a session may cost at most, bytes of resident memory. */
const MOST_EACH = 2500;
/** Session Expiry Interval of a week in CONNACK: the default of `maximumSessionExpiry`. */
const WEEK = '1100093a80';

/** One client that comes and is cut; the reason code of its CONNACK, and whether it was told the longest expiry. */
function visit(port: number, n: number): Promise<readonly [code: number, isTold: boolean]> {
  return new Promise((resolve) => {
    // Cut, not closed: a million connections that wait in the system for their last packet are no part of this.
    const taken = (_first: number, packet: Buffer): void => {
      stream.socket.resetAndDestroy();
      resolve([packet[3] ?? 0xff, packet.includes(Buffer.from(WEEK, 'hex'))]);
    };
    const stream = new Stream(port, taken, `127.0.${1 + (n % 200)}.1`);
    stream.send(connect({ id: `c19-${n}`, clean: false, properties: '11 ff ff ff ff' }));
    stream.socket.once('close', () => resolve([0xff, false]));
  });
}

async function play(arena: Arena, scale: number): Promise<Verdict> {
  const wanted = CLIENTS * scale;
  const codes = new Map<number, number>();
  let untold = 0;
  const before = arena.rss;
  const began = performance.now();
  const port = arena.port();
  await inParallel(wanted + BEYOND, AT_ONCE, async (n) => {
    const [code, isTold] = await visit(port, n);
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (code === 0 && !isTold) untold++;
  });
  const seconds = (performance.now() - began) / 1000;
  const [accepted = 0, refused = 0] = [codes.get(0), codes.get(0x97)];
  const each = (arena.rss - before) / Math.max(1, accepted);
  return {
    numbers: [
      `${grouped(accepted)} sessions taken, ${grouped(refused)} CONNECT answered 0x97, in ${Math.round(seconds)} s`,
      `${grouped(each)} bytes of memory a session, ${grouped(arena.rss / 1e6)} MB in all`,
    ],
    faults: faultsOf({
      // The witness has one of them.
      'as many sessions as the limit says': scale < 1 || accepted === wanted - 1,
      'everybody beyond is told 0x97': accepted + refused === wanted + BEYOND,
      'the longest expiry is told each': untold === 0,
      [`a session costs at most ${MOST_EACH} bytes`]: each <= MOST_EACH,
    }),
  };
}

/** The case. */
export const sessions: FullCase = {
  id: 'C19',
  title: '1,000,000 client ids with Session Expiry Interval 0xFFFFFFFF',
  setup: {
    listeners: ['tcp'],
    yaml: `
listeners: [{ type: tcp, port: 0, name: tcp }]
log: { connections: false }
limits: { maximumConnectRate: 0, refuseDelay: 0, shedDelay: 0, connectTimeout: 60000 }
`,
  },
  play,
};
