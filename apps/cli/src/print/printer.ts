/**
 * From a message to the bytes that stand on stdout: the payload, topic and payload (`-v`), JSON or a format (`-F`).
 * Written as one chunk, so that lines of two commands do not mix.
 */

import type { PrintWords } from '../words/command-line.ts';
import { type Arrival, readFormat } from './format.ts';
import type { Printed } from './printed.ts';

/** Makes the bytes of one message. @throws SyntaxError when `%J` meets a payload that is not JSON */
export type Printer = (message: Printed, microseconds: number) => Uint8Array;

const encoder = new TextEncoder();

/** `isTerminal`: colours make the topic stand out. @throws UsageError for a format that cannot be read */
export function printerOf(words: PrintWords, isTerminal: boolean): Printer {
  const end = words.eol ? '\n' : '';
  const { format = words.json === true ? '%j' : undefined } = words;
  if (format !== undefined) {
    const parts = readFormat(format, words.pretty === true);
    return (message, microseconds) => {
      const arrival: Arrival = { message, microseconds };
      return joined([...parts.map((part) => part(arrival)), end]);
    };
  }
  const colour = isTerminal && words.color !== false;
  if (words.verbose !== true)
    return ({ payload }) => (payload.length === 0 ? payload : joined([payload, end]));
  return ({ topic, payload }) => {
    const shown = colour ? `\x1b[36m${topic}\x1b[0m` : topic;
    if (payload.length === 0) return encoder.encode(words.eol ? `${shown} (null)${end}` : '');
    return joined([`${shown} `, payload, end]);
  };
}

function joined(parts: readonly (string | Uint8Array)[]): Uint8Array {
  const chunks = parts.map((part) => (typeof part === 'string' ? encoder.encode(part) : part));
  const all = new Uint8Array(chunks.reduce((size, { length }) => size + length, 0));
  let position = 0;
  for (const chunk of chunks) {
    all.set(chunk, position);
    position += chunk.length;
  }
  return all;
}
