/**
 * What every part of the mix has: it begins, it is asked to send no more, it says when nothing is owed any more.
 */
import type { Find } from '../ledger.ts';
import type { Relay } from '../relay.ts';

/** What an actor plays with. */
export interface Stage {
  readonly tcp: number;
  readonly ws: number;
  /** From 0 to below 1, under the run's seed. */
  readonly random: () => number;
  readonly find: Find;
  /** A relay to one of the broker's ports that the run cuts at random moments. */
  readonly shaky: (port: number) => Promise<Relay>;
  /** A relay that only its user cuts. */
  readonly relay: (port: number) => Promise<Relay>;
  /** Runs `act` every so many ms until the actors are asked to be quiet. */
  readonly every: (ms: number, act: () => void | Promise<void>) => void;
}

/** A part of the mix. */
export interface Actor {
  readonly name: string;
  begin(): Promise<void>;
  /** Nothing that is owed is missing; asked when nobody sends any more. */
  readonly isSettled: boolean;
  /** The end: disconnects, and writes down what is still owed. */
  end(): Promise<void>;
  /** In a few words, what it did. */
  readonly did: string;
}

/** What an actor has begun and not yet done; what fails is written down under its name. */
export class Errands {
  readonly #name: string;
  readonly #find: Find;
  #open = 0;

  constructor(name: string, find: Find) {
    this.#name = name;
    this.#find = find;
  }

  /** Nothing is open. */
  get areDone(): boolean {
    return this.#open === 0;
  }

  async run(act: () => Promise<unknown>): Promise<void> {
    this.#open += 1;
    try {
      await act();
    } catch (error) {
      this.#find(`${this.#name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.#open -= 1;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A payload that begins with a number, as long as `size` says. */
export function numbered(number: number, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(size, 16)).fill(0x2e);
  encoder.encodeInto(`${number} `, bytes);
  return bytes;
}

/** The number that `numbered` put in front. */
export function numberOf(payload: Uint8Array): number {
  return Number.parseInt(decoder.decode(payload.subarray(0, 16)), 10);
}
