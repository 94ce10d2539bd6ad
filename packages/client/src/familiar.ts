/**
 * Options of MQTT.js, and what to write here: for the error of an option that does not exist. Only where bytes are
 * cheap; browsers are told the option that resembles it.
 */
import { invalid } from './errors.ts';

const TLS =
  /^(ca|cert|key|pfx|passphrase|servername|rejectUnauthorized|ALPNProtocols|ciphers|checkServerIdentity|pskCallback|minVersion|maxVersion)$/;

const elsewhere: Readonly<Record<string, string>> = {
  authPacket: 'authentication',
  autoAssignTopicAlias: 'topicAliases',
  autoUseTopicAlias: 'topicAliases',
  clean: 'cleanStart',
  createWebsocket: 'transport',
  customHandleAcks: "acknowledge: 'manual'",
  host: 'it in the URL',
  hostname: 'it in the URL',
  incomingStore: 'store',
  keepalive: 'keepAlive',
  manualConnect: 'nothing: call connect when you want it, later pause() and resume()',
  outgoingStore: 'store',
  path: 'it in the URL',
  port: 'it in the URL',
  protocol: 'it in the URL',
  protocolId: 'version',
  protocolVersion: 'version',
  queueQoSZero: 'queueQoS0',
  reconnectOnConnackError: 'reconnect: { stopOn }',
  reconnectPeriod: 'reconnect: { minimumDelay, maximumDelay }',
  reschedulePings: 'nothing: it is so',
  resubscribe: 'nothing: it is so when the server lost the session',
  servers: 'a list of URLs in place of the URL',
  transformWsUrl: 'a callback in place of the URL',
  unixSocket: 'unix:///path as the URL',
  wsOptions: 'webSocket',
};

/** @throws MqttError INVALID_OPTION for an option of MQTT.js that has another name here */
export function checkFamiliar(options: object): void {
  for (const name of Object.keys(options)) {
    const right = TLS.test(name) ? `tls: { ${name} }` : Object.hasOwn(elsewhere, name) && elsewhere[name];
    if (right) throw invalid(`there is no option "${name}"; write ${right}`);
  }
}
