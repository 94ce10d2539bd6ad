/**
 * What must come next on a connection, waited for and compared. Answers: did it come, in order and in time? An end
 * that does not fit is an `Ended` with the verdict of the step.
 */
import type { Closing, Expected, Version } from './case.ts';
import { difference, type Known } from './match.ts';
import { Ended, type Verdict } from './outcome.ts';
import { packetShown } from './show.ts';
import type { Event, Wire } from './wire.ts';

/** How a step waits. */
export interface Wait {
  readonly known: Known;
  /** ms. */
  readonly patience: number;
  readonly notBefore?: number | undefined;
  /** What it means when the step is not fulfilled. */
  readonly verdict: Verdict;
}

const WHY_IT_ENDS: Readonly<Record<Version, readonly Expected[]>> = {
  '3.1.1': [],
  '5.0': [{ type: 'DISCONNECT', reasonCode: { atLeast: 0x80 } }],
};

/** Takes these packets, in this order and with nothing between. */
export async function expectInOrder(wire: Wire, wanted: readonly Expected[], wait: Wait): Promise<void> {
  const begin = performance.now();
  for (const expected of wanted) {
    const event = await wire.next(wait.patience);
    if (event.type !== 'packet')
      throw new Ended(wait.verdict, `${cameOn(wire, event)}; ${expected.type} must come`);
    const wrong = difference(expected, event.packet, event.bytes, wait.known);
    if (wrong !== undefined) throw new Ended(wait.verdict, `${cameOn(wire, event)}; ${wrong}`);
    notTooEarly(begin, wire, wait);
  }
}

/** Takes as many packets as are wanted; each must be one of them. */
export async function expectInAnyOrder(wire: Wire, wanted: readonly Expected[], wait: Wait): Promise<void> {
  const open = [...wanted];
  while (open.length > 0) {
    const event = await wire.next(wait.patience);
    const missing = `${open.map(({ type, topic }) => `${type} ${topic ?? ''}`.trim()).join(', ')} must come`;
    if (event.type !== 'packet') throw new Ended(wait.verdict, `${cameOn(wire, event)}; ${missing}`);
    const { packet, bytes } = event;
    const found = open.findIndex((one) => difference(one, packet, bytes, wait.known) === undefined);
    if (found < 0) throw new Ended(wait.verdict, `${cameOn(wire, event)}; ${missing}`);
    open.splice(found, 1);
  }
}

/** Waits for the end of the connection; before it only what may come. */
export async function expectClose(wire: Wire, closing: Closing, wait: Wait): Promise<void> {
  const begin = performance.now();
  const may = closing.may ?? WHY_IT_ENDS[wait.known.version];
  for (;;) {
    const event = await wire.next(wait.patience);
    if (event.type === 'closed') return notTooEarly(begin, wire, wait);
    if (closing.afterAnything === true && event.type !== 'late') continue;
    const must = 'the connection must be closed';
    if (event.type !== 'packet') throw new Ended(wait.verdict, `${cameOn(wire, event)}; ${must}`);
    const { packet, bytes } = event;
    if (!may.some((one) => difference(one, packet, bytes, wait.known) === undefined))
      throw new Ended(wait.verdict, `${cameOn(wire, event)}; ${must}`);
  }
}

/** Nothing comes for a while, and PINGRESP is the next that does: what was on its way would have come before it. */
export async function expectQuiet(wire: Wire, ms: number, ping: () => void, wait: Wait): Promise<void> {
  const event = await wire.next(ms);
  if (event.type !== 'late') throw new Ended(wait.verdict, `${cameOn(wire, event)}; nothing must come`);
  ping();
  await expectInOrder(wire, [{ type: 'PINGRESP' }], wait);
}

function notTooEarly(begin: number, wire: Wire, { notBefore = 0, verdict }: Wait): void {
  const after = Math.round(performance.now() - begin);
  if (after < notBefore)
    throw new Ended(verdict, `${wire.name}: it came after ${after} ms, not before ${notBefore}`);
}

function cameOn(wire: Wire, event: Event): string {
  switch (event.type) {
    case 'packet':
      return `${wire.name}: ${packetShown(event.packet)} came`;
    case 'illegal':
      return `${wire.name}: what came is illegal (${event.error.message})`;
    case 'closed':
      return `${wire.name}: the connection was closed`;
    case 'late':
      return `${wire.name}: nothing came in time`;
  }
}
