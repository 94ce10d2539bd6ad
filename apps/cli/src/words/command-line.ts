/**
 * Reads the command line of `mqtt`. Answers: what did the user ask for? Help and version are answered here; what is
 * left is an order for one of the commands. Knows nothing of connections.
 */
import type { QoS } from '@mqtt/client';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { addConnectionOptions, type ConnectionWords, whole } from './connection.ts';
import type { Prepared } from './prepare.ts';
import { propertyWords } from './properties.ts';

/** Where the payload comes from; one of them. */
export interface PayloadWords {
  readonly message?: string;
  readonly file?: string;
  readonly stdinLine?: boolean;
  readonly stdinFile?: boolean;
  readonly nullMessage?: boolean;
}

/** `mqtt pub` */
export interface PubWords extends ConnectionWords, PayloadWords {
  readonly topic?: string;
  readonly qos: QoS;
  readonly retain?: boolean;
  readonly repeat?: number;
  readonly repeatDelay?: number;
  /** -M */
  readonly maxInflight?: number;
}

/** How messages are printed. */
export interface PrintWords {
  readonly verbose?: boolean;
  readonly format?: string;
  readonly json?: boolean;
  readonly pretty?: boolean;
  /** false: -N. */
  readonly eol: boolean;
  readonly color?: boolean;
}

/** `mqtt sub` */
export interface SubWords extends ConnectionWords, PrintWords {
  readonly topic?: readonly string[];
  readonly qos: QoS;
  readonly count?: number;
  readonly timeout?: number;
  readonly exitAfterSuback?: boolean;
  readonly filterOut?: readonly string[];
  readonly unsubscribe?: readonly string[];
  /** -R */
  readonly noRetained?: boolean;
  readonly retainedOnly?: boolean;
  readonly removeRetained?: boolean;
  readonly retainAsPublished?: boolean;
  readonly retainHandling?: 0 | 1 | 2;
  readonly noLocal?: boolean;
  readonly randomFilter?: number;
  readonly tree?: boolean;
}

/** `mqtt request` */
export interface RequestWords extends ConnectionWords, PrintWords, PayloadWords {
  readonly topic?: string;
  readonly responseTopic?: string;
  readonly qos: QoS;
  readonly retain?: boolean;
  readonly timeout: number;
}

/** `mqtt bench` */
export interface BenchWords extends ConnectionWords {
  readonly topic: string;
  readonly qos: QoS;
  readonly publishers: number;
  readonly subscribers: number;
  readonly messages?: number;
  readonly seconds: number;
  readonly rate?: number;
  readonly size: number;
  readonly window?: number;
  readonly json?: boolean;
  /** A file; true: only as text. */
  readonly plot?: string | true;
}

/** What to do. */
export type Order =
  | { readonly run: 'pub'; readonly words: PubWords }
  | { readonly run: 'sub'; readonly words: SubWords }
  | { readonly run: 'request'; readonly words: RequestWords }
  | { readonly run: 'bench'; readonly words: BenchWords }
  | {
      readonly run: 'print';
      readonly to: 'stdout' | 'stderr';
      readonly text: string;
      readonly exitCode: number;
    };

const EXAMPLES = `
Examples:
  $ mqtt sub -t 'sensors/#' -v                       print topic and payload
  $ mqtt pub -t sensors/1 -m 21.5                    publish one message
  $ mqtt sub -L mqtts://me@example.org -t '#' --tree  draw the topics as they come
  $ mqtt request -t time/get -m now                  ask and print the answer
  $ mqtt bench --publishers 10 --seconds 5           how fast is this server?

The options are those of mosquitto_pub and mosquitto_sub. mqtt COMMAND --help has them all.

Exit status:
  0    done
  1    a message, subscription or request was refused, or the connection was lost for good
  2    no server could be reached
  3    the server refused the connection
  27   -W ran out
  64   the command line is wrong`;

const PROPERTIES = `
Properties (5.0): -D packet property value; user-property takes a name and a value.
${propertyWords()}`;

const collect = (word: string, before: readonly string[] = []): readonly string[] => [...before, word];

function seconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value < 2_000_000) return value;
  throw new InvalidArgumentError('A number of seconds is needed.');
}

function percent(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 100) return value;
  throw new InvalidArgumentError('A percentage above 0 and up to 100 is needed.');
}

function qosOption(): Option {
  return new Option('-q, --qos <qos>', 'quality of service: 0, 1 or 2').argParser(whole(0, 2)).default(0);
}

function addPayloadOptions(command: Command): Command {
  return command
    .option('-m, --message <text>', 'the payload')
    .option('-f, --file <path>', "a file's content")
    .option('-s, --stdin-file', 'all of stdin')
    .option('-n, --null-message', 'nothing');
}

function addPrintOptions(command: Command): Command {
  return command
    .option('-v, --verbose', 'print the topic too')
    .option('-F, --format <format>', 'print as this says: %t topic, %p payload, %j JSON, %x hex, … (README)')
    .option('--json', 'print a JSON object a line, the same as -F %j')
    .option('--pretty', 'JSON over several lines')
    .option('-N, --no-eol', 'no end of line behind a message')
    .option('--no-color', 'no colours on a terminal');
}

function addPub(program: Command, order: (order: Order) => void): void {
  const command = program
    .command('pub')
    .description('publish messages')
    .option('-t, --topic <topic>', 'topic name')
    .addOption(qosOption())
    .option('-r, --retain', 'the server keeps it for later subscribers');
  addPayloadOptions(command)
    .option('-l, --stdin-line', 'a message for each line of stdin')
    .option('--repeat <count>', 'the message this many times', whole(1, 4_294_967_295))
    .option('--repeat-delay <seconds>', 'wait between two of them', seconds)
    .option(
      '-M, --max-inflight <count>',
      'messages of -l that may wait for their acknowledgement (default: 1000; at QoS 2 in 3.x: 20)',
      whole(1, 65_535),
    );
  addConnectionOptions(command)
    .addHelpText('after', PROPERTIES)
    .action((words: PubWords) => order({ run: 'pub', words }));
}

function addSub(program: Command, order: (order: Order) => void): void {
  const command = program
    .command('sub')
    .description('subscribe and print what comes')
    .option('-t, --topic <filter>', 'topic filter; may be given again', collect)
    .addOption(qosOption())
    .option('-C, --count <count>', 'end after this many messages', whole(1, 4_294_967_295))
    .option('-W, --timeout <seconds>', 'end after this time, with exit status 27', seconds)
    .option('-E, --exit-after-suback', 'end when the server has answered the subscriptions')
    .option('-T, --filter-out <filter>', 'do not print what matches; may be given again', collect)
    .option('-U, --unsubscribe <filter>', 'unsubscribe; may be given again', collect)
    .option('-R, --no-retained', 'do not print retained messages')
    .option('--retained-only', 'print only retained messages, end at the first other one')
    .option('--remove-retained', 'clear the retained messages that come')
    .option('--retain-as-published', 'keep the retain flag as published (5.0)')
    .option('--retain-handling <when>', 'retained: 0 always, 1 if new, 2 never (5.0)', whole(0, 2))
    .option('--no-local', 'not what this client publishes itself (5.0)')
    .option('--random-filter <percent>', 'print only this share of the messages', percent)
    .option('--tree', 'draw a live tree of topics with rates and last values');
  addConnectionOptions(addPrintOptions(command))
    .addHelpText('after', PROPERTIES)
    .action(({ retained, local, ...words }: SubWords & { retained: boolean; local: boolean }) =>
      order({ run: 'sub', words: { ...words, noRetained: !retained, noLocal: !local } }),
    );
}

function addRequest(program: Command, order: (order: Order) => void): void {
  const command = program
    .command('request')
    .alias('rr')
    .description('publish a request and print the answer')
    .option('-t, --topic <topic>', 'topic of the request')
    .option(
      '-e, --response-topic <topic>',
      'where the answer is to come (default: one of its own; needed with -V 311)',
    )
    .addOption(qosOption())
    .option('-r, --retain', 'the request is retained')
    .option('-R, --no-retained', 'a retained message is no answer: always so')
    .option('-W, --timeout <seconds>', 'how long to wait; then exit status 27', seconds, 10);
  addPayloadOptions(command);
  addConnectionOptions(addPrintOptions(command))
    .addHelpText('after', PROPERTIES)
    .action((words: RequestWords) => order({ run: 'request', words }));
}

function addBench(program: Command, order: (order: Order) => void): void {
  const command = program
    .command('bench')
    .description('measure how fast messages go through a server')
    .option('-t, --topic <topic>', 'topic; %i is the number of the publisher', 'mqtt-bench/%i')
    .addOption(qosOption())
    .option('--publishers <count>', 'connections that publish', whole(0, 10_000), 1)
    .option(
      '--subscribers <count>',
      'connections that subscribe; each gets every message',
      whole(0, 10_000),
      1,
    )
    .option('--messages <count>', 'end after each publisher sent this many', whole(1, 4_294_967_295))
    .option('--seconds <seconds>', 'end after this time', seconds, 10)
    .option(
      '--rate <messages>',
      'messages a second of all publishers (default: as fast as it goes)',
      whole(1, 10_000_000),
    )
    .option('-s, --size <bytes>', 'payload bytes; 16 at least', whole(16, 268_435_440), 64)
    .option(
      '--window <count>',
      'messages of a publisher that may wait for their acknowledgement (default: 256; at QoS 2 in 3.x: 20)',
      whole(1, 65_535),
    )
    .option('--json', 'print the result as JSON')
    .option('--plot [file]', 'print a histogram of the latency, and write it to an SVG file');
  addConnectionOptions(command).action((words: BenchWords) => order({ run: 'bench', words }));
}

/**
 * Understands a command line. @param prepared the words after the program's name, without `-D`
 */
export function readCommandLine({ words }: Prepared, version: string): Order {
  const output = { stdout: '', stderr: '' };
  let found: Order | undefined;
  const program = new Command('mqtt');
  const configure = (command: Command): Command =>
    command
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
      .allowExcessArguments(false)
      .showSuggestionAfterError(true);
  configure(program)
    .description('Publish, subscribe, request and measure over MQTT 3.1, 3.1.1 and 5.0.')
    .helpCommand(false)
    .version(version, '--version', 'print the version and exit')
    .addHelpText('after', EXAMPLES);
  const take = (order: Order): void => {
    found = order;
  };
  for (const add of [addPub, addSub, addRequest, addBench]) add(program, take);
  for (const command of program.commands) configure(command);
  try {
    program.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { run: 'print', to: 'stdout', text: output.stdout, exitCode: EXIT.done };
    if (output.stderr.startsWith('Usage:'))
      return { run: 'print', to: 'stderr', text: output.stderr, exitCode: EXIT.usage };
    const [command] = words;
    const known = program.commands.some((one) => one.name() === command);
    const text = `mqtt: ${output.stderr}Try mqtt ${known ? `${command} ` : ''}--help.\n`;
    return { run: 'print', to: 'stderr', text, exitCode: EXIT.usage };
  }
  return found ?? { run: 'print', to: 'stderr', text: 'mqtt: nothing to do\n', exitCode: EXIT.usage };
}
