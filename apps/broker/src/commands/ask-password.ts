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
  if (input.isTTY !== true) return (await readLines(input, [''], () => undefined))[0];
  const show = (text: string): void => void output.write(text);
  const lines = await readLines(
    input,
    [`Password for ${JSON.stringify(user)}: `, '\nThe same again: '],
    show,
  );
  show('\n');
  return lines.length === 2 && lines[0] === lines[1] ? lines[0] : undefined;
}

/** A line for each prompt. */
function readLines(
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
  prompts: readonly string[],
  show: (text: string) => void,
): Promise<string[]> {
  return new Promise((resolve) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    // The echo is off from here on: whoever sees the prompt may type.
    const reader = createInterface({ input, output: silent, terminal: input.isTTY === true });
    const lines: string[] = [];
    reader.on('line', (line) => {
      const prompt = prompts[lines.push(line)];
      if (prompt === undefined) reader.close();
      else show(prompt);
    });
    reader.on('SIGINT', () => reader.close());
    reader.on('close', () => resolve(lines));
    show(prompts[0] ?? '');
  });
}
