/**
 * What may be written in a configuration, before defaults: the shape that YAML, environment, command line and a
 * translated mosquitto.conf have in common. Types only; the checks are in `schema.ts`, the defaults in `settings.ts`.
 */
import type { LimitName, Overflow, SharedStrategy } from '@mqtt/broker';

/** How a listener is reached. */
export type ListenerType = 'tcp' | 'tls' | 'ws' | 'wss' | 'unix';

/** Certificates of a listener, or `psk`; every value is a path but `passphrase` and the choices. */
export interface TlsConfiguration {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Pre-shared keys in place of certificates: a file of `identity:key`, and what clients are told. */
  readonly psk?: { readonly file: string; readonly hint?: string | undefined } | undefined;
  readonly passphrase?: string | undefined;
  /** Who signs clients' certificates: files, or folders of files. */
  readonly ca?: string | readonly string[] | undefined;
  readonly crl?: string | undefined;
  readonly requireCertificate?: boolean | undefined;
  /** A client is asked for a certificate, and comes in without one too. */
  readonly requestCertificate?: boolean | undefined;
  readonly minimumVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** OpenSSL names, for TLS 1.2. */
  readonly ciphers?: string | undefined;
  /** OpenSSL names, for TLS 1.3. */
  readonly cipherSuites?: string | undefined;
}

/** JSON Web Tokens as passwords. */
export interface JwtConfiguration {
  readonly type: 'jwt';
  /** A file of public keys (JWKS), of one public key (PEM), or of one shared secret. */
  readonly jwks?: string | undefined;
  readonly publicKeyFile?: string | undefined;
  readonly secretFile?: string | undefined;
  readonly algorithms?: readonly ('HS256' | 'RS256' | 'ES256' | 'EdDSA')[] | undefined;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** The claim that says who this is; default `sub`. */
  readonly usernameClaim?: string | undefined;
  /** The claim that holds `{ publish: [...], subscribe: [...] }`; default `acl`. */
  readonly aclClaim?: string | undefined;
  /** Seconds that clocks may differ. */
  readonly clockTolerance?: number | undefined;
}

/** A question by HTTP POST. */
export interface HttpConfiguration {
  readonly type: 'http';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** ms; no answer by then is a no. */
  readonly timeout?: number | undefined;
  /** Seconds that an answer is remembered; 0 is never. */
  readonly cache?: number | undefined;
}

/** One way to know who a client is. They are asked in order, until one knows. */
export type Authenticator =
  | { readonly type: 'password-file'; readonly file: string }
  | { readonly type: 'certificate'; readonly username?: 'common-name' | 'subject' | undefined }
  | { readonly type: 'psk' }
  | JwtConfiguration
  | HttpConfiguration;

/** One way to know what a client may do. Asked in order; with none, everything is allowed. */
export type Authorizer =
  | {
      readonly type: 'acl-file';
      readonly file: string;
      /** How much of a filter must be readable: all of it, or, as in Mosquitto, some of it. */
      readonly subscriptions?: 'covered' | 'overlapping' | undefined;
    }
  | { readonly type: 'jwt' }
  | HttpConfiguration;

/** Who may come in and what they may do. */
export interface SecurityConfiguration {
  /** true: a client without a user name comes in. */
  readonly anonymous?: boolean | undefined;
  readonly authenticate?: readonly Authenticator[] | undefined;
  readonly authorize?: readonly Authorizer[] | undefined;
}

/** Which client ids are taken. */
export interface ClientsConfiguration {
  readonly allowEmptyClientId?: boolean | undefined;
  /** What client ids that mqttd makes begin with. */
  readonly autoClientIdPrefix?: string | undefined;
  /** Only client ids that begin so. */
  readonly clientIdPrefix?: string | undefined;
  /** Who a client is, is its client id, whatever it brings. */
  readonly usernameAsClientId?: boolean | undefined;
}

/** One listener. Which keys go with which type is in the schema. */
export interface ListenerConfiguration {
  readonly type: ListenerType;
  readonly name?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Of the URL (ws, wss), or of the socket (unix). */
  readonly path?: string | undefined;
  /** Of a Unix socket: who may connect, as `0660`. */
  readonly mode?: string | undefined;
  readonly origins?: readonly string[] | undefined;
  readonly tls?: TlsConfiguration | undefined;
  readonly proxyProtocol?: { readonly from: readonly string[] } | undefined;
  readonly maximumConnections?: number | undefined;
  readonly maximumQoS?: 0 | 1 | 2 | undefined;
  readonly topicAliasMaximum?: number | undefined;
  /** Seconds. */
  readonly maximumKeepAlive?: number | undefined;
  readonly receiveMaximum?: number | undefined;
  /** Bytes. */
  readonly maximumPacketSize?: number | undefined;
  readonly maximumOutboundTopicAliases?: number | undefined;
  /** 3 is 3.1, 4 is 3.1.1, 5 is 5.0. */
  readonly protocolVersions?: readonly (3 | 4 | 5)[] | undefined;
  readonly mountPoint?: string | undefined;
  readonly security?: SecurityConfiguration | undefined;
  readonly clients?: ClientsConfiguration | undefined;
}

/** How messages are treated where the specification leaves a choice. */
export interface MessagesConfiguration {
  readonly retainAvailable?: boolean | undefined;
  /** Seconds after which a retained message is forgotten; 0 is never. */
  readonly retainExpiryInterval?: number | undefined;
  readonly checkRetainSource?: boolean | undefined;
  readonly queueQoS0?: boolean | undefined;
  readonly upgradeOutgoingQoS?: boolean | undefined;
  readonly validatePayloadFormat?: boolean | undefined;
  readonly wildcardSubscriptionAvailable?: boolean | undefined;
  readonly sharedSubscriptionAvailable?: boolean | undefined;
  readonly subscriptionIdentifiersAvailable?: boolean | undefined;
  readonly sharedSubscriptions?: SharedStrategy | undefined;
}

/** What is done about those who guess passwords. */
export interface FailedLoginsConfiguration {
  /** Failed logins in `window` after which answers come late; 0 is never. */
  readonly slowAfter?: number | undefined;
  /** Failed logins in `window` after which more are refused; 0 is never. */
  readonly refuseAfter?: number | undefined;
  /** Seconds. */
  readonly window?: number | undefined;
  /** Seconds; doubled each time. */
  readonly refuseFor?: number | undefined;
}

/** Who comes in no more, whatever he proves. */
export interface BannedConfiguration {
  /** As they are, or with `*` at the end: all that begin so. */
  readonly clientIds?: readonly string[] | undefined;
  /** Likewise: user names as CONNECT gives them, and who a client was found to be. */
  readonly users?: readonly string[] | undefined;
  /** Addresses, or networks as 10.0.0.0/8. */
  readonly addresses?: readonly string[] | undefined;
}

/** What is logged, and where to. */
export interface LogConfiguration {
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent' | undefined;
  /** Each packet, at level debug. */
  readonly packets?: boolean | undefined;
  /** Who came and who left. */
  readonly connections?: boolean | undefined;
  readonly timestamp?: boolean | undefined;
  /** `auto`: text on a terminal, else JSON. */
  readonly format?: 'auto' | 'json' | 'text' | undefined;
  /** `stderr`, `stdout`, or the path of a file. */
  readonly destinations?: readonly string[] | undefined;
}

/** Metrics and health. */
export interface AdminConfiguration {
  readonly host?: string | undefined;
  readonly port: number;
}

/** A whole configuration. */
export interface Configuration {
  /** For editors; means nothing to mqttd. */
  readonly $schema?: string | undefined;
  readonly listeners?: readonly ListenerConfiguration[] | undefined;
  readonly security?: SecurityConfiguration | undefined;
  readonly clients?: ClientsConfiguration | undefined;
  readonly banned?: BannedConfiguration | undefined;
  readonly failedLogins?: FailedLoginsConfiguration | undefined;
  readonly limits?: { readonly [N in LimitName]?: number | undefined } | undefined;
  readonly overflow?: Overflow | undefined;
  readonly messages?: MessagesConfiguration | undefined;
  readonly persistence?:
    | {
        readonly data?: string | undefined;
        readonly durability?: 'full' | 'relaxed' | undefined;
      }
    | undefined;
  readonly log?: LogConfiguration | undefined;
  readonly admin?: AdminConfiguration | undefined;
  /** Seconds between two rounds of `$SYS`; 0 is never. */
  readonly sysInterval?: number | undefined;
  readonly pidFile?: string | undefined;
  /** Started as root: the user to be from then on. */
  readonly user?: string | undefined;
}
