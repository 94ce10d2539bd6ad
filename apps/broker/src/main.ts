/**
 * The program `mqttd`: its command line, then what that asks for. Ties the process to rooms that know no process.
 */
import process from 'node:process';
import manifest from '../package.json' with { type: 'json' };
import { type Order, readCommandLine } from './commands/command-line.ts';
import { serve } from './commands/serve.ts';
import { ConfigurationError, EXIT_CONFIGURATION } from './config/settings.ts';

function order(): Order {
  try {
    return readCommandLine(process.argv.slice(2), manifest.version);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { run: 'print', to: 'stderr', text: `mqttd: ${error.message}\n`, exitCode: EXIT_CONFIGURATION };
  }
}

// Whoever reads our output may leave; a broker goes on.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const todo = order();
if (todo.run === 'print') {
  process[todo.to].write(todo.text);
  process.exitCode = todo.exitCode;
} else {
  await serve(todo.settings, {
    stdout: process.stdout,
    stderr: process.stderr,
    onSignal: (signalled) => {
      process.on('SIGTERM', signalled);
      process.on('SIGINT', signalled);
    },
    exit: (code) => process.exit(code),
    now: () => performance.now(),
  });
}
