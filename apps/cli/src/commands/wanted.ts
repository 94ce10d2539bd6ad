/**
 * Which messages `mqtt sub` prints, which retained ones it clears, and after which it ends. In the order of
 * mosquitto_sub: what `-T` filters out is not there at all.
 */
import type { Message } from '@mqtt/client';
import { matches } from '@mqtt/codec';
import type { SubWords } from '../words/command-line.ts';

/** What to do about one message. */
export interface Verdict {
  readonly print: boolean;
  /** Clear it on the server. */
  readonly clear: boolean;
  /** End: instead of printing it, or after it. */
  readonly end: 'before' | 'after' | undefined;
}

type Words = Pick<
  SubWords,
  'filterOut' | 'noRetained' | 'retainedOnly' | 'removeRetained' | 'randomFilter' | 'count'
>;

/** Judges one message after the other. */
export class Wanted {
  readonly #words: Words;
  readonly #random: () => number;
  #printed = 0;

  /** `random` gives 0 to below 1. */
  constructor(words: Words, random: () => number) {
    this.#words = words;
    this.#random = random;
  }

  judge({ topic, retain, payload }: Pick<Message, 'topic' | 'retain' | 'payload'>): Verdict {
    const { filterOut = [], noRetained, retainedOnly, removeRetained, randomFilter, count } = this.#words;
    const nothing: Verdict = { print: false, clear: false, end: undefined };
    if (filterOut.some((filter) => matches(filter, topic))) return nothing;
    // An empty retained message is the trace of a clearing; clearing it again would go on for ever.
    const clear = removeRetained === true && retain && payload.length > 0;
    if (retainedOnly === true && !retain) return { print: false, clear, end: 'before' };
    if (noRetained === true && retain) return { print: false, clear, end: undefined };
    if (randomFilter !== undefined && this.#random() * 100 >= randomFilter) return { ...nothing, clear };
    this.#printed += 1;
    return { print: true, clear, end: this.#printed === count ? 'after' : undefined };
  }
}
