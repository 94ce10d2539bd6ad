/**
 * Any client, by a command line that is run for each case: {url}, {host}, {port}, {version}, {clientId} and {task} (the
 * task as JSON) stand for what they say. A program that ends with 77 cannot do the task.
 */
import { findProgram, Program } from '../../../peers/program.ts';
import type { Task } from '../client-case.ts';
import { type AtWork, CannotDo, type Driver } from './driver.ts';

const CANNOT_DO = 77;

/** The words of a command line with the placeholders filled in. */
export function wordsOf(template: readonly string[], task: Task, url: URL): string[] {
  const values: Readonly<Record<string, string>> = {
    url: url.href.replace(/\/$/, ''),
    host: url.hostname,
    port: url.port,
    version: task.version,
    clientId: task.clientId,
    task: JSON.stringify(task),
  };
  return template.map((word) => word.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all));
}

/** A client by its command line. */
export function command(template: readonly string[]): Driver {
  return {
    name: template.join(' '),
    start(task, url): AtWork {
      const [path = '', ...args] = wordsOf(template, task, url);
      const program = new Program(path.includes('/') ? path : findProgram(path, 'it is not in PATH'), args);
      return {
        ended: program.ended.then(({ code }) => {
          if (code === CANNOT_DO)
            throw new CannotDo(`the command ended with ${CANNOT_DO}: it cannot do this`);
        }),
        stop: async () => {
          await program.end('SIGKILL');
        },
      };
    },
  };
}
