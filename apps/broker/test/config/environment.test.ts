/** What a variable means. */
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { keyOf } from '../../src/config/faults.ts';

describe('a variable', () => {
  const table: readonly (readonly [string, string, string, unknown])[] = [
    ['MQTTD_LISTENERS_0_PORT', '1884', 'listeners[0].port', 1884],
    ['MQTTD_LISTENERS_1_TLS_CA_0', 'a.pem', 'listeners[1].tls.ca[0]', 'a.pem'],
    ['MQTTD_LISTENERS_0_MAXIMUM_QOS', '1', 'listeners[0].maximumQoS', 1],
    ['MQTTD_MESSAGES_QUEUE_QOS0', 'true', 'messages.queueQoS0', true],
    ['MQTTD_LIMITS_MAXIMUM_PACKET_SIZE', '9000', 'limits.maximumPacketSize', 9000],
    ['MQTTD_LOG_DESTINATIONS', '[stderr, /a]', 'log.destinations', ['stderr', '/a']],
    ['MQTTD_LISTENERS_0_TLS_PASSPHRASE', 'a: [b', 'listeners[0].tls.passphrase', 'a: [b'],
    ['MQTTD_LISTENERS_0_HOST', '1884', 'listeners[0].host', '1884'],
    ['MQTTD_SECURITY_AUTHENTICATE_0_FILE', '/p', 'security.authenticate[0].file', '/p'],
    ['MQTTD_SYS_INTERVAL', '5', 'sysInterval', 5],
  ];
  for (const [variable, text, key, value] of table) {
    it(`${variable} is ${key}`, () => {
      const { overrides, faults } = readEnvironment({ [variable]: text, PATH: '/bin', MQTT: 'x' });
      expect(faults).toEqual([]);
      expect(overrides.map((override) => [keyOf(override.path), override.value])).toEqual([[key, value]]);
    });
  }

  it('that names the file, or that Kubernetes sets, is no setting', () => {
    const environment = {
      MQTTD_CONFIG: 'x',
      MQTTD_PORT: 'tcp://10.0.0.1:1883',
      MQTTD_SERVICE_HOST: '10.0.0.1',
    };
    expect(readEnvironment({ ...environment, MQTTD_PORT_1883_TCP: 'x' })).toEqual({
      overrides: [],
      faults: [],
    });
  });

  it('that means nothing is a fault, with the nearest one', () => {
    expect(readEnvironment({ MQTTD_OVERFLO: 'x' }).faults).toEqual([
      { where: 'MQTTD_OVERFLO', key: '', message: 'means no setting; did you mean MQTTD_OVERFLOW?' },
    ]);
  });
});
