/** A person who does each task: it is printed with the address. */
import process from 'node:process';
import { taskText } from '../task-text.ts';
import type { Driver } from './driver.ts';

/** Nothing is started; whoever reads the task does it. */
export const byHand: Driver = {
  name: 'by hand',
  start(task, url) {
    process.stdout.write(`\nyour client, please:\n${taskText(task, url.href.replace(/\/$/, ''))}\n`);
    return { ended: new Promise(() => undefined), stop: async () => undefined };
  },
};
