/**
 * The work of load processes in which messages move: publishers, subscribers, and those who fetch what is retained.
 */
import { now } from './clock.ts';
import { Fetcher } from './fetcher.ts';
import type { Open, Spacing } from './orders.ts';
import { Publisher } from './publisher.ts';
import { Subscriber } from './subscriber.ts';
import { AREA, areaFilter, type Topics, topic, unitFilters } from './topics.ts';
import { closeAll, type Shift, type Work } from './work.ts';

type Of<Kind extends Open['do']> = Extract<Open, { do: Kind }>;

const TICK_MS = 1;
const SMALL_READ_BYTES = 32 * 1024;
const LARGE_READ_BYTES = 256 * 1024;
const MANY = 100;

function topicsOf({ spacing, each }: Spacing, publisher: number): Topics {
  return { first: publisher * spacing, each };
}

function spreadOf(topics: Spacing, publishers: number): Topics[] {
  return Array.from({ length: publishers }, (_, publisher) => topicsOf(topics, publisher));
}

/** Those who send. */
export function publishers(order: Of<'publishers'>, shift: Shift): Work {
  const all: Publisher[] = [];
  const watch = { settled: (count: number) => shift.move(count), ended: shift.complain };
  shift.openAll(order.count, (number, opened) => {
    const topics = topicsOf(order.topics, number);
    all.push(new Publisher({ ...order, number, topics, now }, { ...watch, opened }));
  });
  return {
    go(messages) {
      const wanted = messages * all.length;
      shift.want(wanted);
      if (order.perSecond === undefined) for (const one of all) one.start(messages);
      else pace(all, wanted, order.perSecond, shift);
    },
    tally: () => shift.tallyOf(shift.moved),
    close: (gone) => closeAll(all, gone),
  };
}

/** One message a write, connection after connection, every tick as many as are due. */
function pace(all: readonly Publisher[], wanted: number, perSecond: number, shift: Shift): void {
  for (const one of all) one.start(0);
  let sent = 0;
  const tick = (): void => {
    const due = Math.min(wanted, Math.floor(((now() - shift.first) * perSecond) / 1000));
    const before = sent;
    for (; sent < due; sent++) all[sent % all.length]?.sendOne();
    shift.move(sent - before);
    if (sent < wanted) setTimeout(tick, TICK_MS);
  };
  tick();
}

function filtersOf({ to, topics }: Of<'subscribers'>, number: number): string[] {
  const first = number * topics.spacing;
  switch (to) {
    case 'topic':
      return [topic(first)];
    case 'area':
      return [areaFilter(Math.floor(first / AREA), number)];
    case 'units':
      return unitFilters(number);
  }
}

/** Those who receive. */
export function subscribers(order: Of<'subscribers'>, shift: Shift): Work {
  const all: Subscriber[] = [];
  const kept: number[] = [];
  const readBytes = order.count > MANY ? SMALL_READ_BYTES : LARGE_READ_BYTES;
  const watch = { moved: (count: number) => shift.move(count), ended: shift.complain };
  const times = order.keepsTimes ? kept : undefined;
  const spread = order.to === 'units' ? spreadOf(order.topics, order.publishers) : undefined;
  shift.openAll(order.count, (number, opened) => {
    const topicFilters = filtersOf(order, number);
    const subscribing = { ...order, number, topicFilters, readBytes, now, times, spread };
    all.push(new Subscriber(subscribing, { ...watch, opened }));
  });
  return {
    go(messages) {
      kept.length = 0;
      for (const one of all) one.start();
      shift.want(messages);
    },
    tally: () => {
      const sum = (pick: (one: Subscriber) => number): number =>
        all.reduce((total, one) => total + pick(one), 0);
      return {
        ...shift.tallyOf(sum((one) => one.received)),
        twice: sum((one) => one.twice),
        wrong: sum((one) => one.wrong),
        skipped: sum((one) => one.skipped),
        times: kept,
      };
    },
    close: (gone) => closeAll(all, gone),
  };
}

/** Those who fetch what is retained: every fetcher its share of the areas. */
export function fetchers(order: Of<'fetchers'>, shift: Shift): Work {
  const all: Fetcher[] = [];
  const spread = spreadOf(order.topics, order.publishers);
  const watch = { fetched: (count: number) => shift.move(count), ended: shift.complain };
  shift.openAll(order.count, (number, opened) => {
    all.push(new Fetcher({ ...order, number, spread }, { ...watch, opened }));
  });
  return {
    go(areas) {
      shift.want(areas * AREA);
      const each = Array.from({ length: areas }, (_, area) => area);
      for (const [number, one] of all.entries())
        one.start(each.filter((area) => area % all.length === number));
    },
    tally: () => ({
      ...shift.tallyOf(all.reduce((sum, { received }) => sum + received, 0)),
      twice: all.reduce((sum, { twice }) => sum + twice, 0),
      wrong: all.reduce((sum, { wrong }) => sum + wrong, 0),
    }),
    close: (gone) => closeAll(all, gone),
  };
}
