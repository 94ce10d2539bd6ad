/**
 * The numbers and names the rules go by, as data: limits, forbidden file names, and what a folder may not call.
 * Says nothing about how a breach is found.
 */

/** Longest file and function in lines, deepest nesting of blocks. */
export const LIMITS = {
  fileLines: 500,
  functionLines: 70,
  nesting: 4,
  headLines: 12,
  headCharacters: 20,
} as const;

/** Folders of data: no limit on length. */
export const DATA_FOLDERS: readonly string[] = ['/vectors/', '/tables/', '/fixtures/'];

/** Names of rooms nobody designed: whole file or folder names, and words within one. */
export const FORBIDDEN_NAMES: { readonly whole: readonly string[]; readonly words: readonly string[] } = {
  whole: ['common', 'misc', 'types', 'data', 'info', 'shared', 'lib'],
  words: ['util', 'utils', 'helper', 'helpers', 'manager'],
};

/** Something a folder may not do. */
export interface Ban {
  /** `Date.now`, `setTimeout`, `new Date`, `async`, or `import:node:` for an import that starts so. */
  readonly what: readonly string[];
  /** Path prefixes it holds for. */
  readonly where: readonly string[];
  /** Path patterns it does not hold for. */
  readonly except: readonly RegExp[];
  readonly why: string;
  readonly wayOut: string;
}

const NODE_GLOBALS = ['Buffer', 'process', 'global', 'require', 'setImmediate', '__dirname', '__filename'];
const CORES = [
  'packages/codec/src/',
  'packages/session/src/',
  'packages/client/src/',
  'packages/broker/src/',
];
const CLIENT_SHELLS = [
  /^packages\/client\/src\/(index\.(node|browser|small)|real-clock|scram)\.ts$/,
  /^packages\/client\/src\/transports\//,
];
const BROKER_SHELLS = [/^packages\/broker\/src\/(index|clock)\.ts$/, /^packages\/broker\/src\/listeners\//];

/** What may not be called where. */
export const BANS: readonly Ban[] = [
  {
    what: [...NODE_GLOBALS, 'import:node:', 'import:ws'],
    where: ['packages/codec/src/', 'packages/session/src/', 'packages/client/src/'],
    except: [
      /^packages\/client\/src\/(index\.node|diagnostics)\.ts$/,
      /^packages\/client\/src\/transports\/(.*-node|tcp|tls)\.ts$/,
      /^packages\/client\/src\/stores\/file(-.*)?\.ts$/,
    ],
    why: 'codec, session and the client core run in browsers and workers: no Node API, no Buffer',
    wayOut:
      'use Uint8Array, TextEncoder and DataView; what is Node’s belongs in client/src/transports/*-node.ts or stores/file*.ts',
  },
  {
    what: ['Date.now', 'new Date', 'performance.now', 'Math.random', 'crypto', 'setTimeout', 'setInterval'],
    where: CORES,
    except: [...CLIENT_SHELLS, ...BROKER_SHELLS],
    why: 'time, chance, disk and network are arguments, so that everything runs under a seed',
    wayOut: 'take a clock, a timer or a random source as an argument; the entry file passes the real one',
  },
  {
    what: ['import:node:fs', 'import:node:net', 'import:node:tls', 'import:node:http', 'import:ws'],
    where: ['packages/broker/src/'],
    except: BROKER_SHELLS,
    why: 'the broker’s core knows no disk and no network',
    wayOut: 'listeners/ hold sockets, a Store holds the disk',
  },
  {
    what: ['console'],
    where: CORES,
    except: [/^packages\/client\/src\/index\.(node|browser|small)\.ts$/],
    why: 'a library prints nothing; only an entry file may report an error nobody listens for',
    wayOut: 'report through a callback, a hook or an error',
  },
  {
    what: ['import:node:events', 'import:events', 'EventEmitter'],
    where: CORES,
    except: [],
    why: 'no event emitter below the public API: it costs on every message and hides who is called',
    wayOut: 'call an interface that was passed in',
  },
  {
    what: ['async', 'await', 'Promise'],
    where: [
      'packages/codec/src/',
      'packages/session/src/',
      'packages/broker/src/router/',
      'packages/broker/src/session/',
      'packages/broker/src/outbox.ts',
      'packages/broker/src/message.ts',
    ],
    except: [/\/src\/testing\//],
    why: 'nothing asynchronous on the way of a message',
    wayOut: 'return a value or a verdict; who needs a promise makes it above',
  },
];

/** Packages whose sources may import nothing from npm, and what their `testing` folder may. */
export const ZERO_DEPENDENCIES: Readonly<Record<string, readonly string[]>> = {
  '@mqtt/codec': ['fast-check'],
};
