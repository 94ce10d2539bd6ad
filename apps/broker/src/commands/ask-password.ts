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

/** Why there is no password: the second entry was another one, none came, or Ctrl-C was typed. */
export type NoPassword = 'different' | 'none' | 'interrupted';

/** What came of the question. */
export type Entered = { readonly password: string } | { readonly missing: NoPassword };

/** Asks for a new password. */
export async function askPassword(user: string, { input, output }: Terminal): Promise<Entered> {
  const isTyped = input.isTTY === true;
  const show = (text: string): void => void (isTyped && output.write(text));
  const prompts = [`Password for ${JSON.stringify(user)}: `, '\nThe same again: '];
  const { lines, isInterrupted } = await readLines(input, isTyped ? prompts : [''], show);
  show('\n');
  if (isInterrupted) return { missing: 'interrupted' };
  const [password, second] = lines;
  const again = isTyped ? second : password;
  if (password === undefined || again === undefined) return { missing: 'none' };
  return password === again ? { password } : { missing: 'different' };
}

/** A line for each prompt. */
function readLines(
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
  prompts: readonly string[],
  show: (text: string) => void,
): Promise<{ readonly lines: readonly string[]; readonly isInterrupted: boolean }> {
  return new Promise((resolve) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    // The echo is off from here on: whoever sees the prompt may type.
    const reader = createInterface({ input, output: silent, terminal: input.isTTY === true });
    const lines: string[] = [];
    let isInterrupted = false;
    reader.on('line', (line) => {
      const prompt = prompts[lines.push(line)];
      if (prompt === undefined) reader.close();
      else show(prompt);
    });
    reader.on('SIGINT', () => {
      isInterrupted = true;
      reader.close();
    });
    reader.on('close', () => resolve({ lines, isInterrupted }));
    show(prompts[0] ?? '');
  });
}
