/*
 * MQTT 5.0 properties between lines and the Paho C library.
 */
#include "properties.h"

#include <stdlib.h>
#include <string.h>

static void add_number(MQTTProperties *to, enum MQTTPropertyCodes code, const json *from, const char *key) {
    if (json_get(from, key) == NULL) return;
    MQTTProperty one = {.identifier = code};
    int number = json_number(from, key, 0);
    switch (MQTTProperty_getType(code)) {
        case MQTTPROPERTY_TYPE_BYTE: one.value.byte = (unsigned char)number; break;
        case MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER: one.value.integer2 = (unsigned short)number; break;
        default: one.value.integer4 = (unsigned)number;
    }
    MQTTProperties_add(to, &one);
}

static void add_bytes(MQTTProperties *to, enum MQTTPropertyCodes code, const char *bytes, int length) {
    MQTTProperty one = {.identifier = code};
    one.value.data.data = (char *)bytes;
    one.value.data.len = length;
    MQTTProperties_add(to, &one);
}

static void add_text(MQTTProperties *to, enum MQTTPropertyCodes code, const json *from, const char *key) {
    const char *text = json_text(from, key, NULL);
    if (text != NULL) add_bytes(to, code, text, (int)strlen(text));
}

MQTTProperties message_properties(const json *message) {
    MQTTProperties found = MQTTProperties_initializer;
    const json *from = json_get(message, "properties");
    add_number(&found, MQTTPROPERTY_CODE_TOPIC_ALIAS, message, "topicAlias");
    add_number(&found, MQTTPROPERTY_CODE_WILL_DELAY_INTERVAL, message, "delay");
    add_number(&found, MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL, from, "messageExpiryInterval");
    add_number(&found, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR, from, "payloadFormatIndicator");
    add_text(&found, MQTTPROPERTY_CODE_CONTENT_TYPE, from, "contentType");
    add_text(&found, MQTTPROPERTY_CODE_RESPONSE_TOPIC, from, "responseTopic");
    const char *correlation = json_text(from, "correlationData", NULL);
    if (correlation != NULL) {
        int length;
        unsigned char *bytes = base64_bytes(correlation, &length);
        add_bytes(&found, MQTTPROPERTY_CODE_CORRELATION_DATA, (char *)bytes, length);
        free(bytes);
    }
    const json *pairs = json_get(from, "userProperties");
    for (const json *pair = pairs == NULL ? NULL : pairs->first; pair != NULL; pair = pair->next) {
        MQTTProperty one = {.identifier = MQTTPROPERTY_CODE_USER_PROPERTY};
        one.value.data.data = pair->first->text;
        one.value.data.len = (int)strlen(pair->first->text);
        one.value.value.data = pair->first->next->text;
        one.value.value.len = (int)strlen(pair->first->next->text);
        MQTTProperties_add(&found, &one);
    }
    return found;
}

static void write_text(MQTTLenString text) {
    json_write_string(stdout, text.data, (size_t)text.len);
}

static void write_property(MQTTProperty *one) {
    switch (one->identifier) {
        case MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL:
            printf(",\"messageExpiryInterval\":%u", one->value.integer4);
            break;
        case MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR:
            printf(",\"payloadFormatIndicator\":%d", one->value.byte);
            break;
        case MQTTPROPERTY_CODE_CONTENT_TYPE:
            fputs(",\"contentType\":", stdout);
            write_text(one->value.data);
            break;
        case MQTTPROPERTY_CODE_RESPONSE_TOPIC:
            fputs(",\"responseTopic\":", stdout);
            write_text(one->value.data);
            break;
        case MQTTPROPERTY_CODE_CORRELATION_DATA:
            fputs(",\"correlationData\":", stdout);
            json_write_base64(stdout, one->value.data.data, (size_t)one->value.data.len);
            break;
        default: /* of the server's own, as Subscription Identifier */
            break;
    }
}

void write_properties(MQTTProperties *properties) {
    const char *between = "";
    fputs(",\"properties\":{\"userProperties\":[", stdout);
    for (int i = 0; i < properties->count; i++) {
        MQTTProperty *one = &properties->array[i];
        if (one->identifier != MQTTPROPERTY_CODE_USER_PROPERTY) continue;
        fputs(between, stdout);
        fputc('[', stdout);
        write_text(one->value.data);
        fputc(',', stdout);
        write_text(one->value.value);
        fputc(']', stdout);
        between = ",";
    }
    fputc(']', stdout);
    for (int i = 0; i < properties->count; i++) write_property(&properties->array[i]);
    fputc('}', stdout);
}

MQTTProperties connect_properties(const json *order) {
    MQTTProperties found = MQTTProperties_initializer;
    add_number(&found, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, order, "sessionExpiryInterval");
    add_number(&found, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, order, "receiveMaximum");
    add_number(&found, MQTTPROPERTY_CODE_TOPIC_ALIAS_MAXIMUM, order, "topicAliasMaximum");
    return found;
}
