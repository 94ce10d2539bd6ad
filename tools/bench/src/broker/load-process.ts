/**
 * A load process: opens the connections it is told to, lets them work, counts, reports. Started with `fork`, one for
 * publishing and one for subscribing, so that neither holds the broker up.
 */
import process from 'node:process';
import { now } from './clock.ts';
import type { Open, Order, Tally, Word } from './orders.ts';
import { Publisher } from './publisher.ts';
import { Subscriber } from './subscriber.ts';
import { Wired } from './wired.ts';

type Of<Kind extends Open['do']> = Extract<Open, { do: Kind }>;

/** Connections of one kind at work. */
interface Crew {
  go(messages: number): void;
  tally(): Tally;
  close(gone: () => void): void;
  readonly size: number;
}

const OPENING = 100;
const PROGRESS_MS = 200;
const TICK_MS = 1;
const SMALL_READ_BYTES = 32 * 1024;
const LARGE_READ_BYTES = 256 * 1024;
const MANY = 100;

let crew: Crew | undefined;
let moved = 0;
let ended = 0;
let first = 0;
let last = 0;
let cpu = process.cpuUsage();
let isDone = true;
let isOpening = false;

function say(word: Word): void {
  process.send?.(word);
}

function complain(why: string): void {
  if (ended++ > 0) return;
  if (isOpening) say({ is: 'failed', why });
  else process.stderr.write(`load process: ${why}\n`);
}

function done(): void {
  if (isDone || crew === undefined) return;
  isDone = true;
  const { user, system } = process.cpuUsage(cpu);
  say({ is: 'done', tally: crew.tally(), cpuMicroseconds: user + system });
}

/** Opens `count` things, OPENING at a time, and says `open` when all are. */
function openAll(count: number, open: (number: number, opened: () => void) => void): void {
  let begun = 0;
  let isOpen = 0;
  const next = (): void => {
    if (begun < count) open(begun++, opened);
  };
  const allOpen = (): void => {
    isOpening = false;
    say({ is: 'open' });
  };
  const opened = (): void => {
    if (++isOpen < count) next();
    else allOpen();
  };
  for (let i = 0; i < Math.min(OPENING, count); i++) next();
  if (count === 0) setImmediate(allOpen);
}

function closeAll(open: readonly { close(gone: () => void): void }[], gone: () => void): void {
  let left = open.length;
  if (left === 0) gone();
  for (const one of open) {
    one.close(() => {
      if (--left === 0) gone();
    });
  }
}

function tallyOf(messages: number): Tally {
  return { messages, twice: 0, wrong: 0, skipped: 0, ended, first, last, times: [] };
}

function publishers(order: Of<'publishers'>): Crew {
  const all: Publisher[] = [];
  let wanted = 0;
  const watch = {
    settled(count: number) {
      moved += count;
      last = now();
      if (moved >= wanted) done();
    },
    ended: complain,
  };
  openAll(order.count, (number, opened) => {
    const topic = order.topics[number % order.topics.length] ?? '';
    all.push(new Publisher({ ...order, number, topic, now }, { ...watch, opened }));
  });
  return {
    size: order.count,
    go(messages) {
      wanted = messages * all.length;
      first = now();
      if (order.perSecond === undefined) for (const one of all) one.start(messages);
      else pace(all, wanted, order.perSecond);
    },
    tally: () => tallyOf(moved),
    close: (gone) => closeAll(all, gone),
  };
}

/** One message a write, connection after connection, every tick as many as are due. */
function pace(all: readonly Publisher[], wanted: number, perSecond: number): void {
  for (const one of all) one.start(0);
  let sent = 0;
  const tick = (): void => {
    const due = Math.min(wanted, Math.floor(((now() - first) * perSecond) / 1000));
    for (; sent < due; sent++) all[sent % all.length]?.sendOne();
    moved = sent;
    last = now();
    if (sent < wanted) setTimeout(tick, TICK_MS);
    else done();
  };
  tick();
}

function subscribers(order: Of<'subscribers'>): Crew {
  const all: Subscriber[] = [];
  const times: number[] = [];
  let wanted = 0;
  const readBytes = order.count > MANY ? SMALL_READ_BYTES : LARGE_READ_BYTES;
  const watch = {
    moved(count: number) {
      moved += count;
      last = now();
      if (moved >= wanted) done();
    },
    ended: complain,
  };
  openAll(order.count, (number, opened) => {
    const topic = order.topics[number % order.topics.length] ?? '';
    const kept = order.keepsTimes ? times : undefined;
    all.push(new Subscriber({ ...order, number, topic, readBytes, now, times: kept }, { ...watch, opened }));
  });
  return {
    size: order.count,
    go(messages) {
      wanted = messages * all.length;
      times.length = 0;
      first = now();
      for (const one of all) one.start();
    },
    tally: () => {
      const sum = (pick: (one: Subscriber) => number): number =>
        all.reduce((total, one) => total + pick(one), 0);
      return {
        ...tallyOf(sum((one) => one.received)),
        twice: sum((one) => one.twice),
        wrong: sum((one) => one.wrong),
        skipped: sum((one) => one.skipped),
        times,
      };
    },
    close: (gone) => closeAll(all, gone),
  };
}

function idle(order: Of<'idle'>): Crew {
  const all: Wired[] = [];
  openAll(order.count, (number, opened) => {
    const talk = { accepted: opened, packet: () => {}, drained: () => {}, ended: complain };
    all.push(new Wired(order.port, `bench-i${number}`, 64, talk));
  });
  return {
    size: order.count,
    go: () => {},
    tally: () => tallyOf(all.length),
    close: (gone) => closeAll(all, gone),
  };
}

function connects(order: Of<'connects'>): Crew {
  let made = 0;
  let begun = 0;
  const one = (): void => {
    if (begun >= order.count) return;
    const number = begun++;
    const accepted = (): void => {
      made++;
      moved++;
      last = now();
      wired.close(() => (made >= order.count ? done() : one()));
    };
    const wired = new Wired(order.port, `bench-c${number}`, 64, {
      accepted,
      packet: () => {},
      drained: () => {},
      ended(why) {
        complain(why);
        one();
      },
    });
  };
  openAll(0, () => {});
  return {
    size: order.count,
    go() {
      made = begun = 0;
      first = now();
      for (let i = 0; i < order.atATime; i++) one();
    },
    tally: () => tallyOf(made),
    close: (gone) => gone(),
  };
}

function open(order: Open): Crew {
  switch (order.do) {
    case 'publishers':
      return publishers(order);
    case 'subscribers':
      return subscribers(order);
    case 'idle':
      return idle(order);
    case 'connects':
      return connects(order);
  }
}

process.on('message', (order: Order) => {
  switch (order.do) {
    case 'go':
      moved = ended = 0;
      isDone = false;
      cpu = process.cpuUsage();
      crew?.go(order.messages);
      break;
    case 'stop':
      done();
      break;
    case 'close':
      crew?.close(() => say({ is: 'closed' }));
      crew = undefined;
      break;
    default:
      moved = ended = 0;
      isOpening = true;
      crew = open(order);
  }
});
process.on('disconnect', () => process.exit(0));
setInterval(() => {
  if (!isDone) say({ is: 'moving', moved });
}, PROGRESS_MS);
