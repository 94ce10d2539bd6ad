/*
 * MQTT 5.0 properties between lines and the Paho C library. Whoever asks frees what was made: MQTTProperties_free.
 */
#ifndef PROPERTIES_H
#define PROPERTIES_H

#include "MQTTAsync.h"
#include "json.h"

/* Of a connect order. */
MQTTProperties connect_properties(const json *order);
/* Of a message to publish, or of a will. */
MQTTProperties message_properties(const json *message);
/* Writes those of a message that came, with the comma before. */
void write_properties(MQTTProperties *properties);

#endif
