/**
 * What can happen to a Pair, as fast-check commands: the model of the session's tests. The commands only act; the
 * Pair's referees judge every packet and delivery. Shared by the test of the sessions and the test of the mutants.
 */
import type { Pair, Side } from '@mqtt/session/testing';
import fc from 'fast-check';

/** What the model remembers: nothing, since the referees keep the books. */
export interface Model {
  published: number;
}

class Act implements fc.Command<Model, Pair> {
  readonly #name: string;
  readonly #act: (pair: Pair, model: Model) => void;
  constructor(name: string, act: (pair: Pair, model: Model) => void) {
    this.#name = name;
    this.#act = act;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, pair: Pair): void {
    this.#act(pair, model);
  }
  toString(): string {
    return this.#name;
  }
}

const side = fc.constantFrom<Side>('left', 'right');
const qos = fc.constantFrom<1 | 2>(1, 2);
const ackType = fc.constantFrom<'PUBACK' | 'PUBREC' | 'PUBREL' | 'PUBCOMP'>(
  'PUBACK',
  'PUBREC',
  'PUBREL',
  'PUBCOMP',
);
const receiveMaximum = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(65_535));

const publish = fc
  .tuple(side, qos, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 3 }))
  .map(([from, q, refused, times]) => {
    return new Act(
      `publish ${times} from ${from} at QoS ${q}${refused === 0 ? ', refused' : ''}`,
      (pair, model) => {
        for (let i = 0; i < times; i++) pair.publish(from, q, refused === 0);
        model.published += times;
      },
    );
  });

const steps = fc.integer({ min: 1, max: 30 }).map((count) => {
  return new Act(`${count} steps`, (pair) => {
    for (let i = 0; i < count; i++) pair.step();
  });
});

const settle = fc.tuple(side, fc.nat(5)).map(([at, index]) => {
  return new Act(`${at} settles ${index}`, (pair) => pair.settle(at, index));
});

const settleAll = side.map((at) => {
  return new Act(`${at} settles all`, (pair) => {
    while (pair[at].pending > 0) pair.settle(at, 0);
  });
});

const cut = fc.constant(0).map(() => new Act('cut', (pair) => pair.cut()));

const cutAfter = fc.tuple(side, fc.nat(40)).map(([from, bytes]) => {
  return new Act(`cut after ${bytes} bytes from ${from}`, (pair) => pair.cutAfter(from, bytes));
});

const connect = fc.tuple(receiveMaximum, receiveMaximum).map(([left, right]) => {
  return new Act(`connect, windows ${left} and ${right}`, (pair) => pair.connect({ left, right }));
});

const subscribe = side.map((from) => new Act(`subscribe from ${from}`, (pair) => pair.subscribe(from)));

const stray = fc.tuple(side, ackType, fc.integer({ min: 1, max: 12 })).map(([to, type, id]) => {
  return new Act(`stray ${type} ${id} to ${to}`, (pair) => pair.stray(to, type, id));
});

const restart = side.map((at) => new Act(`restart ${at}`, (pair) => pair.restart(at)));

/** Sequences of all that can happen, the frequent things more often. */
export function happenings(maxCommands = 60): fc.Arbitrary<Iterable<fc.Command<Model, Pair>>> {
  const every = [
    publish,
    publish,
    steps,
    steps,
    steps,
    settle,
    settleAll,
    connect,
    cut,
    cutAfter,
    subscribe,
    stray,
    restart,
  ];
  return fc.commands(every, { maxCommands, size: 'max' });
}

/** Runs a sequence, lets it come to rest, and lets the referees have the last word. */
export function play(pair: Pair, commands: Iterable<fc.Command<Model, Pair>>): void {
  fc.modelRun(() => ({ model: { published: 0 }, real: pair }), commands);
  pair.rest();
}
