/**
 * A client program as a process: one for every connection, or one that is shared by all of them and started again when it
 * has ended. Knows how the lines travel, not what they say.
 */
import type { LineProgram } from './line-client.ts';
import { LineDesk } from './line-desk.ts';
import { Program } from './program.ts';

/** A command line. */
export interface Command {
  readonly path: string;
  readonly args: readonly string[];
}

interface Running {
  readonly program: Program;
  readonly desk: LineDesk;
}

/** Starts it and waits for its first line; other lines than JSON are for people, and stand in `program.tail`. */
async function start({ path, args }: Command): Promise<Running> {
  const desk = new LineDesk((line) => program.write(`${line}\n`));
  const program = new Program(path, args, (line) => {
    if (line.startsWith('{')) desk.take(line);
  });
  const over = (how: unknown): void => desk.over(new Error(`${path} ended: ${how}${program.tail}`));
  program.ended.then(({ code, signal }) => over(signal ?? code), over);
  await desk.ready;
  return { program, desk };
}

/** A process for each connection, that ends with it. */
export function processEach(command: () => Promise<Command>): () => Promise<LineProgram> {
  return async () => {
    const { program, desk } = await start(await command());
    const release = async (): Promise<void> => {
      await program.end('SIGKILL');
    };
    return { desk, release };
  };
}

/** One process for all connections, started when the first one is. */
export function processShared(command: () => Promise<Command>): () => Promise<LineProgram> {
  let running: Promise<Running> | undefined;
  const begin = async (): Promise<Running> => {
    const begun = await start(await command());
    begun.program.unref();
    const gone = (): void => {
      running = undefined;
    };
    begun.program.ended.then(gone, gone);
    return begun;
  };
  return async () => {
    running ??= begin();
    const { desk } = await running.catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return { desk, release: () => Promise.resolve() };
  };
}
