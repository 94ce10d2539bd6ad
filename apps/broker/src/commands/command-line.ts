/**
 * Reads mqttd's command line. Answers: what did the user ask for? Help and version are answered here; what is left
 * is a set of settings. Knows nothing of brokers, sockets or signals.
 */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import {
  HOST,
  MEMORY,
  MQTT_PORT,
  type Settings,
  settingsFrom,
  WEBSOCKET_PATH,
  WEBSOCKET_PORT,
} from '../config/settings.ts';

/** `EX_USAGE` of sysexits: the command line could not be understood. */
export const EXIT_USAGE = 64;

const EXAMPLES = `
Examples:
  $ mqttd                          MQTT on ${HOST}:${MQTT_PORT}, WebSocket on ${HOST}:${WEBSOCKET_PORT}${WEBSOCKET_PATH}
  $ mqttd -p 0                     free ports; the ready line says which
  $ mqttd -p 1884 --ws-port 8084   a second broker beside the first
  $ mqttd -p 1884 --ws-port off    the same, without WebSocket
  $ mqttd -v                       log each packet
  $ mosquitto_sub -t 'a/#' -v      and talk to it with any MQTT 3.1, 3.1.1 or 5.0 client

When every port is open, one line is written to stdout:
  mqttd ready mqtt://${HOST}:${MQTT_PORT} ws://${HOST}:${WEBSOCKET_PORT}${WEBSOCKET_PATH}
The log goes to stderr: readable on a terminal, one JSON object a line otherwise.

Only this machine can connect (${HOST}), and it needs no password.
SIGTERM and Ctrl-C end connections in order and then the process; a second one ends it at once.

Exit status:
  0    ended by SIGTERM or SIGINT
  1    could not start, e.g. a port is in use
  64   the command line is wrong
  78   the configuration is wrong or not supported; no port was opened`;

/** What to do: run with these settings, or print text and exit. */
export type Order =
  | { readonly run: 'serve'; readonly settings: Settings }
  | {
      readonly run: 'print';
      readonly to: 'stdout' | 'stderr';
      readonly text: string;
      readonly exitCode: number;
    };

/** A TCP port in decimal digits; 0 is any free one. */
function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 65_535) return value;
  throw new InvalidArgumentError('A port is a number from 0 (any free port) to 65535.');
}

function portOrOff(text: string): number | 'off' {
  return text === 'off' ? 'off' : port(text);
}

function commandLine(version: string): Command {
  return new Command('mqttd')
    .description('An MQTT broker: 3.1, 3.1.1 and 5.0, over TCP and WebSocket.')
    .option('-c, --config <file>', 'configuration file (not supported yet: refused with exit 78)')
    .option('-p, --port <port>', `TCP port of MQTT; 0 picks free ports (default: ${MQTT_PORT})`, port)
    .option(
      '--ws-port <port>',
      `port of MQTT over WebSocket, or "off" (default: ${WEBSOCKET_PORT}, with -p 0 a free one)`,
      portOrOff,
    )
    .option(
      '--data <dir>',
      `where sessions and retained messages are kept; only ${MEMORY}, which ends with the process, so far`,
    )
    .option('-v, --verbose', 'log each packet')
    .version(version, '--version', 'print the version and exit')
    .helpOption('--help', 'print this help and exit')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .showSuggestionAfterError(true)
    .exitOverride();
}

/**
 * Understands a command line.
 * @param args the words after the program's name
 * @throws {ConfigurationError} for what is understood but not supported
 */
export function readCommandLine(args: readonly string[], version: string): Order {
  let stdout = '';
  let stderr = '';
  const command = commandLine(version).configureOutput({
    writeOut: (text) => {
      stdout += text;
    },
    writeErr: (text) => {
      stderr += text;
    },
  });
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { run: 'print', to: 'stdout', text: stdout, exitCode: 0 };
    return { run: 'print', to: 'stderr', text: `mqttd: ${stderr}Try mqttd --help.\n`, exitCode: EXIT_USAGE };
  }
  return { run: 'serve', settings: settingsFrom(command.opts()) };
}
