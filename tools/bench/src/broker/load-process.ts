/**
 * A load process: opens the connections it is told to, lets them work, counts, reports. Started with `fork`, one for
 * publishing and one for subscribing, so that neither holds the broker up.
 */
import process from 'node:process';
import { connects, idle } from './connection-work.ts';
import type { Open, Order, Word } from './orders.ts';
import { fetchers, publishers, subscribers } from './traffic-work.ts';
import { Shift, type Work } from './work.ts';

const PROGRESS_MS = 200;

const shift = new Shift();
let work: Work | undefined;

function say(word: Word): void {
  process.send?.(word);
}

function open(order: Open): Work {
  switch (order.do) {
    case 'publishers':
      return publishers(order, shift);
    case 'subscribers':
      return subscribers(order, shift);
    case 'fetchers':
      return fetchers(order, shift);
    case 'idle':
      return idle(order, shift);
    case 'connects':
      return connects(order, shift);
  }
}

process.on('message', (order: Order) => {
  switch (order.do) {
    case 'go':
      if (work === undefined) throw new Error('nothing is open');
      shift.begin(work);
      work.go(order.messages);
      break;
    case 'stop':
      shift.done();
      break;
    case 'close':
      work?.close(() => say({ is: 'closed' }));
      work = undefined;
      break;
    default:
      shift.opening();
      work = open(order);
  }
});
process.on('disconnect', () => process.exit(0));
setInterval(() => {
  if (!shift.isDone) say({ is: 'moving', moved: shift.moved });
}, PROGRESS_MS);
