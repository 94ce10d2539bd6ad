/**
 * Runs a broker until a signal ends it: listeners, the ready line, the drain.
 * Knows where mqttd's output goes, nothing of how settings were given or what a packet is.
 */
import { type Broker, BrokerError, createBroker } from '@mqtt/broker';
import { HOST, type Settings, WEBSOCKET_PATH } from '../config/settings.ts';
import { loggingHooks } from '../observe/events.ts';
import { openLog } from '../observe/log.ts';

/** Milliseconds that clients get at the end to take what was sent to them. */
const DRAIN = 5000;
/** Milliseconds that the last lines of the log get at the end. */
const LAST_LINES = 1000;
/**
 * Milliseconds in which a second signal is the first one again: Ctrl-C under `npm start` comes from the terminal and
 * once more from npm.
 */
const SAME_SIGNAL = 250;

/** The process around a broker, as far as `serve` needs it. */
export interface Surroundings {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { readonly isTTY?: boolean; write(text: string): unknown };
  /** Calls back for every SIGTERM and SIGINT. */
  readonly onSignal: (signalled: (signal: 'SIGTERM' | 'SIGINT') => void) => void;
  readonly exit: (code: number) => void;
  /** Milliseconds, never going back. */
  readonly now: () => number;
}

/** A port of the command line, and the option that changes it. */
interface Door {
  readonly port: number;
  readonly protocol: string;
  readonly option: string;
}

function reasonOf(error: unknown): string | undefined {
  const { cause } = error instanceof BrokerError ? error : {};
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
}

/** What a person reads when a port is not to be had: which, why, and what to do. */
function explain(error: unknown, door: Door): string {
  const where = `${HOST}:${door.port} (${door.protocol})`;
  const another = `choose another port with ${door.option}`;
  switch (reasonOf(error)) {
    case 'EADDRINUSE':
      return `${where} is in use by another program; stop it, or ${another}`;
    case 'EACCES':
      return `${where} may not be opened by this user: ports below 1024 are for privileged programs; ${another}`;
    default:
      return `${where} cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Opens the listeners in order; returns their URLs, or what to tell the user. */
async function open(broker: Broker, settings: Settings): Promise<readonly string[] | string> {
  const { port, webSocketPort } = settings;
  const doors: Door[] = [{ port, protocol: 'MQTT', option: '-p PORT, or -p 0 for a free one' }];
  if (webSocketPort !== 'off') {
    const option = '--ws-port PORT, --ws-port 0 for a free one, or --ws-port off';
    doors.push({ port: webSocketPort, protocol: 'MQTT over WebSocket', option });
  }
  const urls: string[] = [];
  for (const [index, door] of doors.entries()) {
    const at = { host: HOST, port: door.port };
    try {
      const listener = await broker.listen(
        index === 0 ? { type: 'tcp', ...at } : { type: 'ws', path: WEBSOCKET_PATH, ...at },
      );
      urls.push(listener.url);
    } catch (error) {
      return explain(error, door);
    }
  }
  return urls;
}

/** Runs mqttd. Resolves when it is ready, or has asked for its exit because it could not start. */
export async function serve(settings: Settings, around: Surroundings): Promise<void> {
  const { log, close } = openLog({ verbose: settings.verbose, terminal: around.stderr.isTTY === true });
  const broker = createBroker({ hooks: loggingHooks(log) });
  const end = (code: number): Promise<void> => close(LAST_LINES).then(() => around.exit(code));
  let endingSince: number | undefined;
  around.onSignal((signal) => {
    if (endingSince === undefined) {
      endingSince = around.now();
      log.info({ signal, connections: broker.sizes.connections }, 'ending: clients are told and drained');
      broker.close({ drain: DRAIN }).then(
        () => {
          log.info('ended');
          return end(0);
        },
        (err: unknown) => {
          log.error({ err }, 'the broker could not be closed in order');
          return end(1);
        },
      );
    } else if (around.now() - endingSince > SAME_SIGNAL) {
      log.warn({ signal }, 'ending at once');
      void end(1);
    }
  });
  const urls = await open(broker, settings);
  if (endingSince !== undefined) return;
  if (typeof urls === 'string') {
    await broker.close({ drain: 0 });
    around.stderr.write(`mqttd: ${urls}\n`);
    await end(1);
    return;
  }
  log.info({ urls }, 'ready; sessions and retained messages are kept in memory and end with this process');
  around.stdout.write(`mqttd ready ${urls.join(' ')}\n`);
}
