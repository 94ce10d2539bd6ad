/**
 * A password from whoever runs the command: typed twice at a terminal without an echo, or the first line of a pipe.
 * Never from the command line, where every user of the machine can read it.
 */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Where it is typed, and where the question is shown. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Asks for a new password; undefined when the second entry is another one, or none comes. */
export async function askPassword(user: string, { input, output }: Terminal): Promise<string | undefined> {
  if (input.isTTY !== true) return (await readLines(input, undefined, 1))[0];
  const show = (text: string): void => void output.write(text);
  show(`Password for ${JSON.stringify(user)}: `);
  const lines = await readLines(input, () => show('\nThe same again: '), 2);
  show('\n');
  return lines.length === 2 && lines[0] === lines[1] ? lines[0] : undefined;
}

function readLines(
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
  between: (() => void) | undefined,
  count: number,
): Promise<string[]> {
  return new Promise((resolve) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const reader = createInterface({ input, output: silent, terminal: input.isTTY === true });
    const lines: string[] = [];
    reader.on('line', (line) => {
      lines.push(line);
      if (lines.length === count) reader.close();
      else between?.();
    });
    reader.on('SIGINT', () => reader.close());
    reader.on('close', () => resolve(lines));
  });
}
