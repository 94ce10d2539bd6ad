/**
 * What mqttd is told before it starts, whoever told it (today the command line; configuration files later).
 * Answers: which settings exist, what are their defaults, and what is refused? Knows nothing of how a broker runs.
 */

/** The only addresses served without a configuration: anonymous access is safe nowhere else. */
export const HOST = '127.0.0.1';
/** TCP port of MQTT when none is given. */
export const MQTT_PORT = 1883;
/** TCP port of MQTT over WebSocket when none is given. */
export const WEBSOCKET_PORT = 8083;
/** Path at which MQTT over WebSocket is served. */
export const WEBSOCKET_PATH = '/mqtt';
/** Value of `--data` that keeps sessions and retained messages only as long as the process lives. */
export const MEMORY = ':memory:';

/** A complete set of settings. Port 0 asks the system for a free one. */
export interface Settings {
  readonly port: number;
  readonly webSocketPort: number | 'off';
  /** Log each packet. */
  readonly verbose: boolean;
}

/** `EX_CONFIG` of sysexits: the configuration is wrong, and no port was opened. */
export const EXIT_CONFIGURATION = 78;

/** What was asked for cannot be done as configured. `code` is stable; the message says what would be right. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code: 'CONFIG_FILE_UNSUPPORTED' | 'DATA_UNSUPPORTED';

  constructor(code: ConfigurationError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The words of a command line that decide settings, as they were typed. */
export interface Words {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly port?: number | undefined;
  readonly wsPort?: number | 'off' | undefined;
  readonly verbose?: boolean | undefined;
}

/**
 * Fills in the defaults and refuses what this version cannot honour.
 * With `port` 0 the WebSocket port is free-chosen as well, unless it is given: who asks for any port must not
 * collide on the other one.
 * @throws {ConfigurationError} for a configuration file or a data folder
 */
export function settingsFrom(words: Words): Settings {
  if (words.config !== undefined) {
    const why = `-c ${words.config}: configuration files are not supported by this version of mqttd`;
    throw new ConfigurationError('CONFIG_FILE_UNSUPPORTED', `${why}; start it without -c (see mqttd --help)`);
  }
  if (words.data !== undefined && words.data !== MEMORY) {
    const why = `--data ${words.data}: this version of mqttd has no durable store`;
    throw new ConfigurationError('DATA_UNSUPPORTED', `${why}; the only store is --data ${MEMORY}`);
  }
  const port = words.port ?? MQTT_PORT;
  return {
    port,
    webSocketPort: words.wsPort ?? (port === 0 ? 0 : WEBSOCKET_PORT),
    verbose: words.verbose ?? false,
  };
}
