/**
 * The bench's hand on a load process: sends orders, waits for words.
 */
import { type ChildProcess, fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Order, Tally, Word } from './orders.ts';

const WORD_MS = 120_000;

/** What a load process counted, and the CPU it took itself. */
export interface Report {
  readonly tally: Tally;
  readonly cpuMicroseconds: number;
}

/** A load process under orders. */
export class Crew {
  /** What has moved in the present round. */
  moved = 0;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<Word['is'], (word: Word) => void>();
  #failure: Error | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor() {
    const file = fileURLToPath(new URL('./load-process.ts', import.meta.url));
    this.#child = fork(file, { execArgv: process.execArgv });
    this.#child.on('message', (word: Word) => this.#hear(word));
    this.#child.on('exit', (code) => {
      this.#failure = new Error(`a load process ended with ${code}`);
      this.#fail?.(this.#failure);
    });
  }

  #hear(word: Word): void {
    if (word.is === 'moving') this.moved = word.moved;
    if (word.is === 'failed') this.#fail?.(new Error(word.why));
    const waiting = this.#waiting.get(word.is);
    this.#waiting.delete(word.is);
    waiting?.(word);
  }

  /** Sends an order without waiting for anything. */
  tell(order: Order): void {
    this.#child.send(order);
  }

  #word<Is extends Word['is']>(is: Is, ms: number): Promise<Extract<Word, { is: Is }>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#fail = reject;
      const timer = setTimeout(() => reject(new Error(`no "${is}" from a load process within ${ms} ms`)), ms);
      this.#waiting.set(is, (word) => {
        clearTimeout(timer);
        resolve(word as Extract<Word, { is: Is }>);
      });
    });
  }

  /** Sends an order and waits until all its connections are open, or closed. */
  async ask(order: Order, is: 'open' | 'closed'): Promise<void> {
    const word = this.#word(is, WORD_MS);
    this.tell(order);
    await word;
  }

  /** Sends `go`; the report comes when everything expected has moved, or after `stop`. */
  async go(messages: number, roundMs: number): Promise<Report> {
    this.moved = 0;
    const word = this.#word('done', roundMs);
    this.tell({ do: 'go', messages });
    return word;
  }

  /** Ends the process. */
  end(): void {
    this.#child.removeAllListeners('exit');
    this.#child.kill('SIGKILL');
  }
}
