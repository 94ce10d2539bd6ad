/**
 * The lines between this program and clients in other languages: orders go there, answers and events come back.
 * `programs/README.md` tells it with an example. Types alone; knows no client and no process.
 */
import type { Version } from './peer.ts';

/** A message as it stands in a line. */
export interface LineMessage {
  /** Empty where a Topic Alias stands for it. */
  readonly topic: string;
  /** Base64. */
  readonly payload: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** 5.0; absent or empty where there are none. */
  readonly properties?: LineProperties | undefined;
  /** 5.0; going out only. */
  readonly topicAlias?: number | undefined;
}

/** Properties of a PUBLISH; `correlationData` is base64. */
export interface LineProperties {
  readonly userProperties?: readonly (readonly [name: string, value: string])[] | undefined;
  /** Seconds. */
  readonly messageExpiryInterval?: number | undefined;
  readonly contentType?: string | undefined;
  readonly payloadFormatIndicator?: 0 | 1 | undefined;
  readonly responseTopic?: string | undefined;
  readonly correlationData?: string | undefined;
}

/** How to connect. Seconds everywhere; what is absent keeps the library's default. */
export interface ConnectOrder {
  readonly do: 'connect';
  readonly url: string;
  readonly version: Version;
  /** May be empty. */
  readonly clientId: string;
  readonly cleanStart: boolean;
  readonly keepAlive?: number | undefined;
  /** 5.0. */
  readonly sessionExpiryInterval?: number | undefined;
  readonly receiveMaximum?: number | undefined;
  readonly topicAliasMaximum?: number | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly will?: (LineMessage & { readonly delay?: number | undefined }) | undefined;
  /** Paths of PEM files: whom to trust, and who the client is. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Connect again by itself, and subscribe again where the session is lost. */
  readonly reconnect: boolean;
}

/** One thing to do, and then to answer. */
export type Order =
  | ConnectOrder
  | { readonly do: 'subscribe'; readonly topicFilters: readonly string[]; readonly qos: 0 | 1 | 2 }
  | { readonly do: 'unsubscribe'; readonly topicFilter: string }
  | { readonly do: 'publish'; readonly messages: readonly LineMessage[] }
  | { readonly do: 'disconnect' }
  | { readonly do: 'drop' };

/** The answer to an order, without its `id`. */
export interface Answer {
  readonly sessionPresent?: boolean;
  readonly reasonCodes?: readonly number[];
  /** It went wrong. */
  readonly error?: string;
  /** The library has no way to do this. */
  readonly cannot?: string;
}

/** What happens to a connection without being asked for. */
export type LineEvent =
  | { readonly event: 'message'; readonly message: LineMessage }
  | { readonly event: 'closed'; readonly reasonCode?: number };

/** A line that a program writes. */
export type Line =
  | { readonly ready: { readonly name: string; readonly version: string } }
  | (Answer & { readonly id: number })
  | (LineEvent & { readonly client: string });
