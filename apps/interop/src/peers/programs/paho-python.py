"""paho-mqtt, the Python client, behind the line protocol of README.md.

Serves any number of connections: each has a thread of paho-mqtt's own, orders are read by the main thread.
Knows nothing of scenarios.
"""

import base64
import json
import sys
import threading
from urllib.parse import urlsplit

import paho.mqtt
from paho.mqtt import client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

VERSIONS = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5.0": mqtt.MQTTv5}
CONNECT_PROPERTIES = {
    "sessionExpiryInterval": "SessionExpiryInterval",
    "receiveMaximum": "ReceiveMaximum",
    "topicAliasMaximum": "TopicAliasMaximum",
}
MESSAGE_PROPERTIES = {
    "messageExpiryInterval": "MessageExpiryInterval",
    "contentType": "ContentType",
    "payloadFormatIndicator": "PayloadFormatIndicator",
    "responseTopic": "ResponseTopic",
}

output = threading.Lock()


def write(line):
    text = json.dumps(line, ensure_ascii=False)
    with output:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def text64(data):
    return base64.b64encode(data).decode("ascii")


def properties_of(kind, given, names):
    """Properties of a packet; None where there are none."""
    properties = Properties(kind)
    for name, paho_name in names.items():
        if given.get(name) is not None:
            setattr(properties, paho_name, given[name])
    for pair in given.get("userProperties", []):
        properties.UserProperty = tuple(pair)
    if given.get("correlationData") is not None:
        properties.CorrelationData = base64.b64decode(given["correlationData"])
    return None if properties.isEmpty() else properties


def message_properties(message, kind=PacketTypes.PUBLISH):
    given = {**message.get("properties", {}), "topicAlias": message.get("topicAlias"), "delay": message.get("delay")}
    more = {"topicAlias": "TopicAlias"} if kind == PacketTypes.PUBLISH else {"delay": "WillDelayInterval"}
    return properties_of(kind, given, {**MESSAGE_PROPERTIES, **more})


def shown(message):
    """A message that came, as it stands in a line."""
    line = {
        "topic": message.topic,
        "payload": text64(message.payload),
        "qos": message.qos,
        "retain": bool(message.retain),
    }
    properties = getattr(message, "properties", None)
    if properties is not None:
        found = {name: getattr(properties, paho) for name, paho in MESSAGE_PROPERTIES.items() if hasattr(properties, paho)}
        if hasattr(properties, "UserProperty"):
            found["userProperties"] = [list(pair) for pair in properties.UserProperty]
        if hasattr(properties, "CorrelationData"):
            found["correlationData"] = text64(properties.CorrelationData)
        line["properties"] = found
    return line


class Connection:
    """One client of paho-mqtt, and the orders that wait for an answer."""

    def __init__(self, name):
        self.name = name
        self.lock = threading.Lock()
        self.client = None
        self.is_v5 = False
        self.connecting = None
        self.leaving = False
        self.reconnects = False
        self.filters = []
        self.waiting = {}  # message id of SUBSCRIBE and UNSUBSCRIBE -> id of the order
        self.batches = []  # [id of the order, message ids without acknowledgement]
        self.acknowledged = set()  # before their order was known

    def connect(self, number, order):
        url = urlsplit(order["url"])
        self.is_v5 = order["version"] == "5.0"
        self.reconnects = order["reconnect"]
        session = {} if self.is_v5 else {"clean_session": order["cleanStart"]}
        client = mqtt.Client(
            client_id=order["clientId"],
            protocol=VERSIONS[order["version"]],
            transport="websockets" if url.scheme in ("ws", "wss") else "tcp",
            reconnect_on_failure=self.reconnects,
            **session,
        )
        self.client = client
        self.connecting = number
        client.reconnect_delay_set(min_delay=0.1, max_delay=1)
        if url.scheme in ("ws", "wss"):
            client.ws_set_options(path=url.path or "/")
        if url.scheme in ("mqtts", "wss"):
            client.tls_set(ca_certs=order.get("ca"), certfile=order.get("cert"), keyfile=order.get("key"))
        if order.get("username") is not None:
            client.username_pw_set(order["username"], order.get("password"))
        will = order.get("will")
        if will is not None:
            properties = message_properties(will, PacketTypes.WILLMESSAGE) if self.is_v5 else None
            client.will_set(will["topic"], base64.b64decode(will["payload"]), will["qos"], will["retain"], properties)
        client.on_connect = self.on_connect
        client.on_disconnect = self.on_disconnect
        client.on_subscribe = self.on_subscribe
        client.on_unsubscribe = self.on_unsubscribe
        client.on_publish = self.on_publish
        client.on_message = self.on_message
        more = {}
        if self.is_v5:
            properties = properties_of(PacketTypes.CONNECT, order, CONNECT_PROPERTIES)
            more = {"clean_start": order["cleanStart"], "properties": properties}
        client.connect(url.hostname, url.port, keepalive=order.get("keepAlive", 60), **more)
        if not self.leaving:
            client.loop_start()

    def on_connect(self, client, _data, flags, code, *_properties):
        value = code.value if self.is_v5 and hasattr(code, "value") else code
        with self.lock:
            number, self.connecting = self.connecting, None
        if number is None:
            if value == 0 and not flags["session present"] and self.filters:
                client.subscribe(self.filters)
        elif value == 0:
            write({"id": number, "sessionPresent": bool(flags["session present"])})
        else:
            write({"id": number, "error": "CONNACK 0x%02x" % value})

    def on_disconnect(self, _client, _data, code, *_properties):
        if self.leaving or self.reconnects:
            return
        self.leaving = True
        self.fail("the connection was closed")
        value = getattr(code, "value", None)  # a number is an error of paho-mqtt's own
        write({"client": self.name, "event": "closed", **({} if value is None else {"reasonCode": value})})

    def fail(self, why):
        """Answers everything that waits."""
        with self.lock:
            numbers = [*self.waiting.values(), *(number for number, _ in self.batches)]
            numbers += [] if self.connecting is None else [self.connecting]
            self.waiting, self.batches, self.connecting = {}, [], None
        for number in numbers:
            write({"id": number, "error": why})

    def on_message(self, _client, _data, message):
        write({"client": self.name, "event": "message", "message": shown(message)})

    def subscribe(self, number, order):
        self.filters = [(one, order["qos"]) for one in order["topicFilters"]]
        with self.lock:  # the answer waits until its message id is known
            code, message_id = self.client.subscribe(self.filters)
            if code == mqtt.MQTT_ERR_SUCCESS:
                self.waiting[message_id] = number
        if code != mqtt.MQTT_ERR_SUCCESS:
            write({"id": number, "error": mqtt.error_string(code)})

    def on_subscribe(self, _client, _data, message_id, codes, *_properties):
        with self.lock:
            number = self.waiting.pop(message_id, None)
        if number is not None:
            write({"id": number, "reasonCodes": [getattr(code, "value", code) for code in codes]})

    def unsubscribe(self, number, order):
        with self.lock:
            _code, message_id = self.client.unsubscribe(order["topicFilter"])
            self.waiting[message_id] = number

    def on_unsubscribe(self, _client, _data, message_id, *_rest):
        with self.lock:
            number = self.waiting.pop(message_id, None)
        if number is not None:
            write({"id": number})

    def publish(self, number, order):
        left = set()
        for message in order["messages"]:
            properties = message_properties(message) if self.is_v5 else None
            payload = base64.b64decode(message["payload"])
            info = self.client.publish(message["topic"], payload, message["qos"], message["retain"], properties)
            if info.rc != mqtt.MQTT_ERR_SUCCESS:
                raise ValueError(mqtt.error_string(info.rc))
            left.add(info.mid)
        with self.lock:
            early = left & self.acknowledged
            self.acknowledged -= early
            left -= early
            if left:
                self.batches.append((number, left))
        if not left:
            write({"id": number})

    def on_publish(self, _client, _data, message_id):
        with self.lock:
            found = next((batch for batch in self.batches if message_id in batch[1]), None)
            if found is None:
                self.acknowledged.add(message_id)
                return
            found[1].discard(message_id)
            if found[1]:
                return
            self.batches.remove(found)
        write({"id": found[0]})

    def disconnect(self, number, _order):
        self.leaving = True
        self.client.disconnect()
        self.let_go()
        write({"id": number})

    def drop(self, number, _order):
        self.leaving = True
        self.reconnects = False
        self.let_go()
        write({"id": number})

    def let_go(self):
        """Ends its thread, and its files at once: paho-mqtt waits with select(), which knows no file from number 1024 on."""
        client, self.client = self.client, None
        if client is None:  # it never tried to connect
            return
        client.loop_stop()
        # It closes them when nobody knows it any more; its callbacks know it through us, until the garbage collector comes.
        client.on_connect = client.on_disconnect = client.on_message = None
        client.on_subscribe = client.on_unsubscribe = client.on_publish = None


def perform(connection, line):
    try:
        getattr(connection, line["do"])(line["id"], line)
    except Exception as error:  # whatever the library raises is its answer
        connection.connecting = None
        write({"id": line["id"], "error": "%s: %s" % (type(error).__name__, error)})


def main():
    connections = {}
    write({"ready": {"name": "paho-mqtt (Python)", "version": paho.mqtt.__version__}})
    for text in sys.stdin:
        line = json.loads(text)
        name = line["client"]
        connection = connections.setdefault(name, Connection(name))
        if line["do"] in ("disconnect", "drop"):
            del connections[name]
        if line["do"] in ("connect", "disconnect", "drop"):  # they wait for the network
            threading.Thread(target=perform, args=(connection, line), daemon=True).start()
        else:
            perform(connection, line)


main()
