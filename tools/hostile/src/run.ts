/**
 * Tries a case on a running mqttd: an exchange is sent and its answers compared, a play is played. Then the broker must
 * still serve its witness and keep its memory. Knows no single case.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { type Arena, startRefused } from './arena.ts';
import type { Hello } from './bytes.ts';
import type { Case, Exchange, NoStart, Try } from './case.ts';
import { ownId } from './clients.ts';

/** Bytes beyond those at the start that no case may make the broker take: its own limits hold a fraction of it. */
const MOST_MORE = 250e6;

/** What comes back for an exchange, in words; `closed` at last when the connection ends. */
async function answers(
  { after, over, send, version, back }: Exchange,
  arena: Arena,
): Promise<readonly string[]> {
  const peer = arena.open(over);
  if (over === 'ws') await peer.upgrade();
  if (after !== undefined) {
    const hello: Hello = { id: ownId(), ...(typeof after === 'object' ? after : { version: after }) };
    equal((await peer.hello(hello)).replace(' present', ''), 'CONNACK 0x00');
  } else peer.version = version ?? 5;
  const pieces = typeof send === 'string' || send instanceof Uint8Array ? [send] : send;
  for (const piece of pieces) peer.send(piece);
  const found = back.at(-1) === 'closed' ? await peer.toEnd() : await peer.toPing();
  peer.cut();
  return found;
}

async function refuseToStart({ says, ...setup }: NoStart): Promise<void> {
  const { code, said } = await startRefused(setup);
  match(said, says);
  equal(code, 78, said);
}

/** Tries it. @throws when an answer is another, or the broker is not well afterwards */
export async function run(one: Try, arena: Arena): Promise<void> {
  if ('yaml' in one) return await refuseToStart(one);
  if ('play' in one) await one.play(arena);
  else deepEqual(await answers(one, arena), one.back);
  await arena.check();
  const more = arena.rss - arena.base;
  equal(more < MOST_MORE, true, `mqttd has ${Math.round(more / 1e6)} MB more than at the start`);
}

/** The name of a test. */
export function nameOf({ id, title }: Case, one: Try): string {
  return `[${id}] ${title}${one.name === undefined ? '' : `: ${one.name}`}`;
}
