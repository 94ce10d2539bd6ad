/**
 * The suite as a program, for runtimes that are no Node: URLs as arguments, a line for each check that went well.
 * `restart URL` on stdout asks for a restart; the line on stdin says that it is done.
 */
import process from 'node:process';
import { checks, survive } from './suite.ts';

for (const url of process.argv.slice(2)) {
  for (const [name, check] of Object.entries(checks)) {
    await check(url);
    process.stdout.write(`ok ${url} ${name}\n`);
  }
  await survive(url, async () => {
    const done = new Promise<void>((resolve) => process.stdin.once('data', () => resolve()));
    process.stdout.write(`restart ${url}\n`);
    await done;
  });
  process.stdout.write(`survived ${url}\n`);
}
process.exit(0);
