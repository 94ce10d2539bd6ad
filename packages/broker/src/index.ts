/** The public door of @mqtt/broker: exports and nothing else. */
export type { TopicFilter, TopicName } from '@mqtt/codec';
export type {
  Acceptance,
  Access,
  Answer,
  Attributes,
  AuthenticationMethod,
  Client,
  Credentials,
  Exchange,
  ExchangeContinuation,
  ExchangeOpening,
  ExchangeStep,
  ExchangeSuccess,
  Publisher,
} from './access/access.ts';
export type { Explanation, Redirect, RedirectCode, Refusal, RefusalCode } from './access/refusal.ts';
export { type ScramRecord, type ScramRecordOptions, scramSha256Record } from './access/scram-record.ts';
export { type ScramLookup, type ScramOptions, scramSha256 } from './access/scram-sha-256.ts';
export type { Bounds, BrokerOptions } from './assemble.ts';
export {
  type Broker,
  type CloseOptions,
  createBroker,
  type OpenOptions,
  type SessionState,
  type Sizes,
} from './broker.ts';
export { type Cancel, type Clock, type RandomBytes, systemClock, systemRandom } from './clock.ts';
export type { Details } from './connection/disconnect.ts';
export type { HandshakeOptions } from './connection/handshake.ts';
export type { Terms } from './connection/terms.ts';
export { BrokerError, type BrokerErrorCode } from './errors.ts';
export type { EventListener, EventName } from './events.ts';
export type { Expelled, Expulsion, Judge } from './expel.ts';
export type { FeatureOptions, Features, SharedStrategy } from './features.ts';
export type { ListenerTerms } from './hall.ts';
export type {
  Attempt,
  DropReason,
  Ending,
  Hooks,
  MessageChange,
  OfferedMessage,
  OverloadLevel,
  PacketHook,
  PacketPeer,
  PublishRefusal,
  PublishVerdict,
} from './hooks.ts';
export type { LocalSubscription, MessageHandler, PublishOptions, ReceivedMessage } from './in-process.ts';
export type { ListenOptions, OpenListener, OpenSecureListener, SecureListenOptions } from './listen.ts';
export type { ListenerOptions, PortOptions, ProxyProtocol } from './listeners/listener.ts';
export type { PreSharedKeys, PskOptions } from './listeners/psk.ts';
export type { Certificates, SecureOptions } from './listeners/tls.ts';
export type { ListenerChange } from './listening.ts';
export { type CounterName, counters, type Metrics } from './metrics.ts';
export { type LimitName, type Limits, limits, type Overflow } from './options.ts';
export type { Load, Probe } from './overload/probe.ts';
