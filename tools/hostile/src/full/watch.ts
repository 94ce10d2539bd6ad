/**
 * How late the event loop of an mqttd is while it is attacked: by the clock, and as far as that is its own doing: on
 * a busy machine others have the core. Knows no cases.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROBE = fileURLToPath(new URL('probe.mjs', import.meta.url));
/** ms in which the probe has said what was before. */
const SETTLED = 600;

/** At most, ms. */
export interface Lateness {
  readonly clock: number;
  /** As far as its thread was at work in that time. */
  readonly own: number;
}

/** The words that start an mqttd with the probe in it, which writes to `file`. */
export function probed(words: readonly string[], file: string): readonly string[] {
  const [node = '', ...rest] = words;
  return ['env', `HOSTILE_PROBE=${file}`, node, '--import', PROBE, ...rest];
}

/** Reads what the probe has said since it was asked last. */
export class Watch {
  readonly #file: string;
  #lines = 0;

  constructor(file: string) {
    this.#file = file;
  }

  async late(): Promise<Lateness> {
    await new Promise((resolve) => setTimeout(resolve, SETTLED));
    const text = existsSync(this.#file) ? readFileSync(this.#file, 'utf8') : '';
    const lines = text.split('\n').slice(0, -1);
    const fresh = lines.slice(this.#lines).map((line) => line.split(' ').map(Number));
    this.#lines = lines.length;
    const most = (column: number): number => Math.max(0, ...fresh.map((line) => line[column] ?? 0));
    return { clock: most(0), own: most(1) };
  }
}
