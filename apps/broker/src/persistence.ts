/**
 * The store of a running mqttd: opened where the settings say, with a word on a terminal while it loads, and lines in
 * the log when it is full, damaged or fails. What it does is `@mqtt/store-lmdb`'s; nothing of it is loaded for `:memory:`.
 */
import type { BrokerOptions, Hooks } from '@mqtt/broker';
import type { Logger } from 'pino';
import { MEMORY, type Settings } from './config/settings.ts';

/** What a durable broker is made with; nothing for one that keeps nothing. */
export type Kept = Pick<BrokerOptions, 'store'>;

/** Milliseconds of loading before it is worth a word. */
const WORTH_A_WORD = 500;

/** The store of these settings, not loaded yet; `say`: a line for whoever starts it. */
export async function storeOf(
  { persistence: { data, durability } }: Settings,
  say: (line: string) => void,
): Promise<Kept> {
  if (data === MEMORY) return {};
  const { openStore } = await import('@mqtt/store-lmdb');
  const onWait = (pid: number): void =>
    say(`${data} is in use by process ${pid}, which is ending: waiting for it`);
  return {
    store: openStore({ path: data, durability: durability === 'full' ? 'commit' : 'system', onWait }),
  };
}

/** Lines about the store; `failed` is called once when nothing will be kept any more. */
export function storeHooks(log: Logger, failed: () => void): Pick<Hooks, 'onStore' | 'onDamage'> {
  return {
    onStore: (state, err) => {
      if (state === 'ready') log.info('the store has room again');
      else if (state === 'full')
        log.warn('the store is full: what would have to be kept is refused or waits, QoS 0 goes on');
      else {
        log.error({ err }, 'the store failed: nothing more is acknowledged');
        failed();
      }
    },
    onDamage: (what) => log.error({ what }, 'a damaged record of the store was set aside'),
  };
}

/** A line that is written over itself while the store loads, on a terminal only. */
export class Progress {
  readonly #terminal: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly #now: () => number;
  readonly #begin: number;
  #shown = '';

  /** `now`: milliseconds. */
  constructor(terminal: { readonly isTTY?: boolean; write(text: string): unknown }, now: () => number) {
    this.#terminal = terminal;
    this.#now = now;
    this.#begin = now();
  }

  /** `done` of about `total` records are loaded. */
  show(done: number, total: number): void {
    if (this.#terminal.isTTY !== true || this.#now() - this.#begin < WORTH_A_WORD) return;
    const percent = total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 100;
    const text = `mqttd: loading what was kept: ${percent} % of about ${total.toLocaleString('en')} records`;
    if (text === this.#shown) return;
    this.#shown = text;
    this.#terminal.write(`\r${text}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#shown !== '') this.#terminal.write(`\r${' '.repeat(this.#shown.length)}\r`);
    this.#shown = '';
  }
}
