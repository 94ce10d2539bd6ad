/** What both entries export beside `connect`: types and errors. */

export type { ProtocolVersion, QoS, ReasonCode, TopicFilter, TopicName, UserProperty } from '@mqtt/codec';
export { reasonCodeNames } from '@mqtt/codec';
export type { Link, LinkHandler } from '@mqtt/session';
export type { Attempt, Credentials } from './attempt.ts';
export type { Authentication, AuthenticationExchange } from './authentication.ts';
export type {
  Client,
  EndOptions,
  LoopOptions,
  Subscribed,
  SubscribeOptions,
  UnsubscribeOptions,
} from './client.ts';
export {
  type Grant,
  LimitError,
  MqttError,
  type MqttErrorCode,
  RefusedError,
  SubscribeRefusedError,
} from './errors.ts';
export { AbortError } from './features/abort.ts';
export type { ConsumeOptions, MessageHandler } from './features/consuming.ts';
export type { PublishOptions } from './features/keeping-publisher.ts';
export type { MessageHook, PublishedMessage } from './hooks.ts';
export type { ServerLimits } from './limits.ts';
export type { AcknowledgeReasonCode, Message } from './message.ts';
export type { ConnectOptions } from './options.ts';
export type { PublishProperties, PublishResult } from './publisher.ts';
export { permanentReasonCodes, type ReconnectOptions } from './reconnect.ts';
export type { RequestOptions } from './replies.ts';
export { type Responder, respond } from './respond.ts';
export type { Servers } from './servers.ts';
export type { ConnectProperties, Payload, WillOptions } from './settings.ts';
export type { ClientEvents, ClientState, DebugEvent } from './state.ts';
export type { Store } from './store.ts';
export type { FilterOptions } from './subscriptions.ts';
export type { Transport } from './transports/transport.ts';
export type { Endpoint, Scheme } from './url.ts';
