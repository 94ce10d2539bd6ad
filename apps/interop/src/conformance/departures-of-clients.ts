/**
 * Where clients that others wrote depart from the statements, as seen here and judged by hand.
 */
import { type Departure, several } from './departure.ts';

const ASKED = 'the application asked for it, and the library does as it is told';
const RAISED =
  'its thread ends with an exception, and the connection stays open without anybody who reads it';
const CAUTIOUS = 'its documentation says that a client never throws away messages of its own';
const TOLD = "it tells its application by the event 'error' and leaves the closing to it";

/** Departures by name of the client. */
export const departuresOfClients: readonly Departure[] = [
  ...several('MQTT.js', 'MQTT.js 5.16.0 sends again with DUP 0', ['what is sent again has DUP 1']),
  ...several('MQTT.js', 'MQTT.js 5.16.0 does not look at Session Present of a new session', [
    'Session Present 1 for a client that began a new session ends the connection',
  ]),
  ...several(
    'MQTT.js',
    'MQTT.js 5.16.0 keeps the connection open after what its parser refuses',
    [
      'the client ends the connection after a PUBLISH of QoS 3',
      'the client ends the connection after a PINGRESP with flags that are reserved',
      'the client ends the connection after a PUBREL with other flags than 0010',
      'the client ends the connection after a packet of type 0',
    ],
    TOLD,
  ),
  ...several('MQTT.js', 'MQTT.js 5.16.0 does not check the texts that it receives', [
    'the client ends the connection after a topic name that is no UTF-8',
    'the client ends the connection after U+0000 in a topic name',
    'the client ends the connection after a wildcard in a topic name',
    'the client ends the connection after a user property that is no UTF-8',
    'the client ends the connection after a Response Topic with a wildcard',
    'the client ends the connection after a Response Topic that is no UTF-8',
    'the client ends the connection after a Content Type that is no UTF-8',
  ]),
  ...several(
    'MQTT.js',
    'MQTT.js 5.16.0 sends it',
    [
      'an empty filter is not sent',
      'a shared filter without ShareName is not sent',
      'a shared filter without filter is not sent',
      'a topic name with # is not sent',
    ],
    ASKED,
  ),
  ...several('MQTT.js', 'MQTT.js 5.16.0 does not keep to what CONNACK says of the server', [
    'no more open QoS 1 messages than Receive Maximum; each PUBACK makes room for one',
    'with a full window the client still acknowledges',
    'no PUBLISH above Maximum QoS',
    'no retained PUBLISH where retained messages are not served',
    'no packet above Maximum Packet Size',
  ]),
  ...several('MQTT.js', 'MQTT.js 5.16.0 reads the text of the frame as bytes of MQTT', [
    'a text frame from the server ends the connection',
  ]),
  ...several(
    'mosquitto_pub, mosquitto_sub',
    'libmosquitto 2.0.11 does not look at Session Present of a new session',
    ['Session Present 1 for a client that began a new session ends the connection'],
  ),
  ...several('mosquitto_pub, mosquitto_sub', 'libmosquitto 2.0.11 does not look at this', [
    'the client ends the connection after a wildcard in a topic name',
    'the client ends the connection after a PINGRESP with flags that are reserved',
    'the client ends the connection after a Response Topic with a wildcard',
  ]),
  ...several(
    'mosquitto_pub, mosquitto_sub',
    'mosquitto_sub 2.0.11 sends it',
    [
      'an empty filter is not sent',
      'a shared filter without ShareName is not sent',
      'a shared filter without filter is not sent',
    ],
    ASKED,
  ),
  ...several('paho-mqtt (Python)', 'paho-mqtt 1.6.1 does not look at Server Keep Alive', [
    'Server Keep Alive replaces the keep alive of the client',
  ]),
  ...several('paho-mqtt (Python)', 'paho-mqtt 1.6.1 does not look at Session Present', [
    'Session Present 1 for a client that began a new session ends the connection',
  ]),
  ...several(
    'paho-mqtt (Python)',
    'paho-mqtt 1.6.1 sends open messages again with DUP 1 and their packet ids, in a new session too',
    [
      'a server that lost the session gets open messages as new ones, or not at all',
      'a client that begins a new session sends nothing of the earlier one as if it were the same',
    ],
    CAUTIOUS,
  ),
  ...several('paho-mqtt (Python)', 'paho-mqtt 1.6.1 knows no aliases of the server: the topic is empty', [
    'a Topic Alias does not live on in the next connection',
    'the client ends the connection after a Topic Alias of 0',
  ]),
  ...several(
    'paho-mqtt (Python)',
    'paho-mqtt 1.6.1 does not close after a text that is no UTF-8',
    [
      'the client ends the connection after a topic name that is no UTF-8',
      'the client ends the connection after a user property that is no UTF-8',
      'the client ends the connection after a Response Topic that is no UTF-8',
      'the client ends the connection after a Content Type that is no UTF-8',
    ],
    RAISED,
  ),
  ...several('paho-mqtt (Python)', 'paho-mqtt 1.6.1 does not look at this', [
    'the client ends the connection after U+0000 in a topic name',
    'the client ends the connection after a wildcard in a topic name',
    'the client ends the connection after a PINGRESP with flags that are reserved',
    'the client ends the connection after a PUBREL with other flags than 0010',
    'the client ends the connection after a Response Topic with a wildcard',
  ]),
  ...several(
    'paho-mqtt (Python)',
    'paho-mqtt 1.6.1 sends it',
    ['a shared filter without ShareName is not sent', 'a shared filter without filter is not sent'],
    ASKED,
  ),
  ...several('paho-mqtt (Python)', 'paho-mqtt 1.6.1 does not keep to what CONNACK says of the server', [
    'no more open QoS 1 messages than Receive Maximum; each PUBACK makes room for one',
    'with a full window the client still acknowledges',
    'no PUBLISH above Maximum QoS',
    'no retained PUBLISH where retained messages are not served',
    'no packet above Maximum Packet Size',
  ]),
  ...several('paho-mqtt (Python)', 'paho-mqtt 1.6.1 passes over the frame and keeps the connection', [
    'a text frame from the server ends the connection',
  ]),
  ...several('Paho C', 'Paho C 1.3.12 does not look at Server Keep Alive', [
    'Server Keep Alive replaces the keep alive of the client',
  ]),
  ...several('Paho C', 'Paho C 1.3.12 does not look at Session Present of a new session', [
    'Session Present 1 for a client that began a new session ends the connection',
  ]),
  ...several('Paho C', 'Paho C 1.3.12 knows no aliases of the server: the topic is empty', [
    'a Topic Alias does not live on in the next connection',
    'the client ends the connection after a Topic Alias of 0',
  ]),
  ...several('Paho C', 'Paho C 1.3.12 does not look at this', [
    'the client ends the connection after a PUBLISH of QoS 3',
    'the client ends the connection after a topic name that is no UTF-8',
    'the client ends the connection after U+0000 in a topic name',
    'the client ends the connection after a wildcard in a topic name',
    'the client ends the connection after a PINGRESP with flags that are reserved',
    'the client ends the connection after a PUBREL with other flags than 0010',
    'the client ends the connection after a packet of type 0',
    'the client ends the connection after a user property that is no UTF-8',
    'the client ends the connection after a Response Topic with a wildcard',
    'the client ends the connection after a Response Topic that is no UTF-8',
    'the client ends the connection after a Content Type that is no UTF-8',
  ]),
  ...several(
    'Paho C',
    'Paho C 1.3.12 sends it',
    [
      'a filter with # in a level is not sent',
      'a filter with # before its end is not sent',
      'a filter with + in a level is not sent',
      'an empty filter is not sent',
      'a shared filter without ShareName is not sent',
      'a shared filter without filter is not sent',
      'a topic name with # is not sent',
    ],
    ASKED,
  ),
  ...several(
    'Paho C',
    'Paho C 1.3.12 writes the length of the topic modulo 65,536, and all of the topic behind it',
    ['a topic name of 65,536 bytes is not sent'],
  ),
  ...several('Paho C', 'Paho C 1.3.12 does not keep to what CONNACK says of the server', [
    'no PUBLISH above Maximum QoS',
    'no retained PUBLISH where retained messages are not served',
    'no packet above Maximum Packet Size',
  ]),
  ...several('Paho C', 'Paho C 1.3.12 keeps the connection open after a text frame', [
    'a text frame from the server ends the connection',
  ]),
  ...several('Paho C', 'Paho C 1.3.12 reads one packet of a frame, and the next when more arrives', [
    'frames may hold a part of a packet, or several',
  ]),
];
