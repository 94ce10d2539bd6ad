/**
 * Reads mqttd's command line. Answers: what did the user ask for? Help and version are answered here; what is left
 * is an order. Knows nothing of brokers, files, sockets or signals.
 */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { HashName } from '../access/password-hash.ts';
import { suggestion } from '../config/nearest.ts';
import { HOST, MEMORY, MQTT_PORT, WEBSOCKET_PATH, WEBSOCKET_PORT } from '../config/settings.ts';
import type { Words } from '../config/words.ts';
import type { PasswdTask } from './passwd.ts';

/** `EX_USAGE` of sysexits: the command line could not be understood. */
export const EXIT_USAGE = 64;

const EXAMPLES = `
Examples:
  $ mqttd                          MQTT on ${HOST}:${MQTT_PORT}, WebSocket on ${HOST}:${WEBSOCKET_PORT}${WEBSOCKET_PATH}
  $ mqttd -p 0                     free ports; the ready line says which
  $ mqttd -p 1884 --ws-port 8084   a second broker beside the first
  $ mqttd -p 1884 --ws-port off    the same, without WebSocket
  $ mqttd -v                       log each packet
  $ mqttd -c mqttd.yaml            as configured
  $ mqttd -c mosquitto.conf        as Mosquitto was configured
  $ mqttd migrate mosquitto.conf   the same as YAML
  $ mosquitto_sub -t 'a/#' -v      and talk to it with any MQTT 3.1, 3.1.1 or 5.0 client

When every port is open, one line is written to stdout:
  mqttd ready mqtt://${HOST}:${MQTT_PORT} ws://${HOST}:${WEBSOCKET_PORT}${WEBSOCKET_PATH}
The log goes to stderr: readable on a terminal, one JSON object a line otherwise.

Without -c: MQTTD_CONFIG, else $XDG_CONFIG_HOME/mqttd/mqttd.yaml, else /etc/mqttd/mqttd.yaml.
Variables win over the file (MQTTD_LISTENERS_0_PORT=1884), options win over variables.
With none of them only this machine can connect (${HOST}), and it needs no password.
SIGHUP reads the configuration again. SIGTERM and Ctrl-C end connections in order and then the
process; a second one ends it at once.

Without --data: $STATE_DIRECTORY, else $XDG_STATE_HOME/mqttd, else ~/.local/state/mqttd.

Exit status:
  0    ended by SIGTERM or SIGINT
  1    could not start, e.g. a port or the data folder is in use; or the disk failed
  64   the command line is wrong
  78   the configuration is wrong or not supported; no port was opened`;

/** What to do: run, one of the other commands, or print text and exit. */
export type Order =
  | { readonly run: 'serve' | 'check' | 'print-config'; readonly words: Words }
  | { readonly run: 'reload'; readonly words: Words; readonly pidFile: string | undefined }
  | { readonly run: 'migrate'; readonly file: string }
  | { readonly run: 'schema' }
  | { readonly run: 'store'; readonly task: StoreTask; readonly data: string | undefined }
  | PasswdOrder
  | {
      readonly run: 'print';
      readonly to: 'stdout' | 'stderr';
      readonly text: string;
      readonly exitCode: number;
    };

/** `mqttd passwd`: what to do, and the password when it was a word of the command line. */
export interface PasswdOrder {
  readonly run: 'passwd';
  readonly task: PasswdTask;
  readonly hash: HashName;
  readonly password: string | undefined;
}

interface Output {
  stdout: string;
  stderr: string;
  order: Order | undefined;
}

/** A TCP port in decimal digits; 0 is any free one. */
function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 65_535) return value;
  throw new InvalidArgumentError('A port is a number from 0 (any free port) to 65535.');
}

function portOrOff(text: string): number | 'off' {
  return text === 'off' ? 'off' : port(text);
}

const CONFIG = ['-c, --config <file>', 'configuration: YAML, or a mosquitto.conf as it is'] as const;

/** What `mqttd store` does. */
export const STORE_TASKS = ['check', 'dump', 'compact', 'export', 'import'] as const;
/** One of them. */
export type StoreTask = (typeof STORE_TASKS)[number];

/** The forms of `mqttd passwd --hash`; the first is the default. */
const HASHES: readonly HashName[] = ['argon2id', 'sha512-pbkdf2', 'sha512', 'scram-sha-256'];

interface PasswdOptions {
  readonly create?: boolean;
  readonly delete?: boolean;
  readonly upgrade?: boolean;
  readonly batch?: boolean;
  readonly hash: HashName;
}

/** The words of `mqttd passwd`, which are those of mosquitto_passwd. */
function passwdTask(
  words: readonly (string | undefined)[],
  options: PasswdOptions,
  command: Command,
): PasswdOrder {
  const [file = '', user, password] = words;
  const { create = false, batch = false, hash } = options;
  if (options.upgrade === true) return { run: 'passwd', task: { do: 'hash-all', file }, hash, password };
  if (user === undefined) return command.error("error: missing required argument 'user'");
  if (batch !== (password !== undefined)) return command.error('error: -b and a password go together');
  const task: PasswdTask =
    options.delete === true ? { do: 'delete', file, user } : { do: 'set', file, user, create };
  return { run: 'passwd', task, hash, password };
}

function addCommands(program: Command, output: Output): void {
  program
    .command('check')
    .description('say what is wrong with a configuration, and exit: 0 is nothing, 78 is something')
    .option(...CONFIG)
    .option('--data <dir>', 'as for mqttd itself')
    .action((_, command: Command) => {
      output.order = { run: 'check', words: command.optsWithGlobals() };
    });
  program
    .command('migrate')
    .argument('<file>', 'a mosquitto.conf')
    .description('print the YAML that means the same as a mosquitto.conf')
    .action((file: string) => {
      output.order = { run: 'migrate', file };
    });
  program
    .command('reload')
    .option(...CONFIG)
    .option('--pid-file <file>', 'where the running mqttd wrote its process id (default: as configured)')
    .description('make the running mqttd read its configuration, passwords and certificates again')
    .action((_, command: Command) => {
      const { pidFile, ...words } = command.optsWithGlobals<Words & { pidFile?: string }>();
      output.order = { run: 'reload', words, pidFile };
    });
  program
    .command('passwd')
    .argument('<file>', 'a password file')
    .argument('[user]', 'whose password: it is asked for twice, or read from a pipe')
    .argument('[password]', 'with -b')
    .description('make and edit password files, those of mosquitto_passwd too')
    .option('-c, --create', 'begin a new file, in place of one that is there')
    .option('-D, --delete', 'take the user out of the file')
    .option('-U, --upgrade', 'hash what is not hashed yet, for all users')
    .option('-b, --batch', 'the password is a word of the command line: others on this machine can read it')
    .addOption(new Option('--hash <name>', 'how it is kept').choices(HASHES).default(HASHES[0]))
    .action(
      (
        file: string,
        user: string | undefined,
        password: string | undefined,
        options: PasswdOptions,
        command,
      ) => {
        output.order = passwdTask([file, user, password], options, command);
      },
    );
  program
    .command('store')
    .addArgument(new Argument('<task>', 'what to do with it').choices(STORE_TASKS))
    .option('--data <dir>', 'the folder, as for mqttd itself')
    .description('look at, compact, export (to stdout) or import (from stdin) what is kept')
    .action((task: StoreTask, _, command: Command) => {
      output.order = { run: 'store', task, data: command.optsWithGlobals<Words>().data };
    });
  program
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .action(() => {
      output.order = { run: 'schema' };
    });
}

function commandLine(version: string, output: Output): Command {
  const program = new Command('mqttd')
    .configureOutput({
      writeOut: (text) => {
        output.stdout += text;
      },
      writeErr: (text) => {
        output.stderr += text;
      },
    })
    .exitOverride()
    .helpOption('--help', 'print this help and exit')
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .allowExcessArguments(false)
    .showSuggestionAfterError(true);
  program
    .description('An MQTT broker: 3.1, 3.1.1 and 5.0, over TCP and WebSocket.')
    .enablePositionalOptions()
    .option(...CONFIG)
    .option('-p, --port <port>', `TCP port of MQTT; 0 picks free ports (default: ${MQTT_PORT})`, port)
    .option(
      '--ws-port <port>',
      `port of MQTT over WebSocket, or "off" (default: ${WEBSOCKET_PORT}, with -p 0 a free one)`,
      portOrOff,
    )
    .option(
      '--data <dir>',
      `folder for sessions, queued and retained messages; ${MEMORY} keeps nothing (default: the state folder)`,
    )
    .option('-v, --verbose', 'log each packet')
    .option('--print-config', 'print the configuration in force as YAML, secrets hidden, and exit')
    .version(version, '--version', 'print the version and exit')
    .addHelpText('after', EXAMPLES)
    .action(({ printConfig, ...words }: Words & { printConfig?: boolean }) => {
      output.order = { run: printConfig === true ? 'print-config' : 'serve', words };
    });
  addCommands(program, output);
  return program;
}

/** What is said of a word that is no command: the options of mqttd itself take no words beside them. */
function noCommand(word: string, { commands }: Command): string {
  const names = commands.map((command) => command.name());
  if (names.includes(word)) return `error: too many words after ${word}\n`;
  return `error: there is no command ${word}${suggestion(word, names)}\n`;
}

/**
 * Understands a command line.
 * @param args the words after the program's name
 */
export function readCommandLine(args: readonly string[], version: string): Order {
  const output: Output = { stdout: '', stderr: '', order: undefined };
  const program = commandLine(version, output);
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { run: 'print', to: 'stdout', text: output.stdout, exitCode: 0 };
    const [word] = program.args;
    const isNoCommand = error.code === 'commander.excessArguments' && word !== undefined;
    const said = isNoCommand ? noCommand(word, program) : output.stderr;
    const text = `mqttd: ${said}Try mqttd --help.\n`;
    return { run: 'print', to: 'stderr', text, exitCode: EXIT_USAGE };
  }
  return output.order ?? { run: 'print', to: 'stderr', text: 'mqttd: nothing to do\n', exitCode: EXIT_USAGE };
}
