/**
 * From the words of a command line to an exit status: reads them, runs the command, tells what went wrong.
 */
import { MqttError } from '@mqtt/client';
import { EXIT, exitCodeOf, UsageError } from './exit-codes.ts';
import { type Order, readCommandLine } from './words/command-line.ts';
import { takeProperties, withOptionsFile } from './words/prepare.ts';
import type { Given } from './words/properties.ts';
import { type World, write } from './world.ts';

async function perform(order: Order, given: Given, world: World): Promise<number> {
  switch (order.run) {
    case 'print':
      await write(world[order.to], order.text);
      return order.exitCode;
    case 'pub': {
      const { pub } = await import('./commands/pub.ts');
      return pub(order.words, given, world);
    }
    case 'sub': {
      const { sub } = await import('./commands/sub.ts');
      return sub(order.words, given, world);
    }
    case 'request': {
      const { request } = await import('./commands/request.ts');
      return request(order.words, given, world);
    }
    case 'bench': {
      const { bench } = await import('./commands/bench.ts');
      return bench(order.words, given, world);
    }
  }
}

/** Runs `mqtt` with these words; gives the exit status. */
export async function run(args: readonly string[], version: string, world: World): Promise<number> {
  try {
    const prepared = takeProperties(await withOptionsFile(args, world.readFile));
    return await perform(readCommandLine(prepared, version), prepared.properties, world);
  } catch (error) {
    if (!(error instanceof MqttError) && !(error instanceof UsageError)) throw error;
    const code = exitCodeOf(error);
    const isQuiet = args.includes('--quiet') && code !== EXIT.usage;
    if (!isQuiet) world.stderr.write(`mqtt: ${error.message}\n`);
    return code;
  }
}
