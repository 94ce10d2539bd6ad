/** What a URL says: schemes, default ports, credentials, and what is refused without giving a password away. */
import { describe, expect, it } from 'vitest';
import { MqttError } from '../src/errors.ts';
import { parseUrl } from '../src/url.ts';

const endpointOf = (url: string): unknown => {
  const { scheme, host, port, path } = parseUrl(url).endpoint;
  return [scheme, host, port, path];
};

describe('parseUrl', () => {
  it.each([
    ['mqtt://h', ['tcp', 'h', 1883, '']],
    ['mqtt://h/', ['tcp', 'h', 1883, '']],
    ['tcp://h:1884', ['tcp', 'h', 1884, '']],
    ['mqtts://h', ['tls', 'h', 8883, '']],
    ['ssl://h', ['tls', 'h', 8883, '']],
    ['tls://h:443', ['tls', 'h', 443, '']],
    ['ws://h', ['ws', 'h', 80, '/']],
    ['ws://h:8083/mqtt?a=b', ['ws', 'h', 8083, '/mqtt?a=b']],
    ['wss://h/mqtt', ['wss', 'h', 443, '/mqtt']],
    ['mqtt://127.0.0.1:1883', ['tcp', '127.0.0.1', 1883, '']],
    ['mqtt://[::1]:1883', ['tcp', '::1', 1883, '']],
    ['ws://[::1]:8083/mqtt', ['ws', '::1', 8083, '/mqtt']],
    ['unix:///run/mqtt.sock', ['unix', '', 0, '/run/mqtt.sock']],
    ['mqtt+unix:///run/mqtt.sock', ['unix', '', 0, '/run/mqtt.sock']],
    ['unix:/run/a%20b', ['unix', '', 0, '/run/a b']],
  ])('reads %s', (url, endpoint) => {
    expect(endpointOf(url)).toEqual(endpoint);
  });

  it('takes user and password, percent-decoded; an empty one is none', () => {
    expect(parseUrl('mqtt://a%40b:p%3Aw@h')).toMatchObject({ username: 'a@b', password: 'p:w' });
    expect(parseUrl('mqtt://user@h')).toMatchObject({ username: 'user', password: undefined });
    expect(parseUrl('mqtt://:secret@h')).toMatchObject({ username: undefined, password: 'secret' });
    expect(parseUrl('mqtt://h')).toMatchObject({ username: undefined, password: undefined });
  });

  it('keeps credentials out of the endpoint, which is logged', () => {
    expect(JSON.stringify(parseUrl('wss://user:secret@h/mqtt').endpoint)).not.toMatch(/user|secret/);
    expect(parseUrl('wss://user:secret@h/mqtt').endpoint.href).toBe('wss://h:443/mqtt');
    expect(parseUrl('mqtt://user:secret@[::1]').endpoint.href).toBe('mqtt://[::1]:1883');
  });

  it.each([
    ['h:1883', /h: is not mqtt:/],
    ['', /write mqtt:/],
    ['http://h', /http: is not mqtt:/],
    ['mqtt://', /host/],
    ['mqtt://h:0', /port 0/],
    ['mqtt://h:99999', /write mqtt:/],
    ['mqtt://h/path', /has no path "\/path"/],
    ['mqtt://h?a', /has no path/],
    ['ws://h/mqtt#x', /fragment/],
    ['mqtt://%zz@h', /% as %25/],
    ['unix://host/path', /unix:\/\/\/path/],
  ])('refuses %s', (url, message) => {
    expect(() => parseUrl(url)).toThrow(message);
    expect(() => parseUrl(url)).toThrow(MqttError);
  });

  it('says nothing of the password in an error', () => {
    for (const url of [
      'mqtt://user:secret@',
      'mqtt://user:secret@h:99999',
      'http://user:secret@h',
      'mqtt://u:secret@h/x',
    ]) {
      expect(() => parseUrl(url)).toThrow(/^((?!secret).)*$/);
    }
  });
});
