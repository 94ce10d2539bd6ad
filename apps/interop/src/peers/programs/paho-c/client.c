/*
 * The Paho C library (MQTTAsync) behind the line protocol of ../README.md.
 * Serves one connection: orders are read by the main thread, answers and events are written by the library's threads.
 * Knows nothing of scenarios.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "properties.h"

/* An order that waits for its answer. */
typedef struct {
    int id;
    int left;  /* acknowledgements still to come */
    int count; /* topic filters */
} waiting;

static MQTTAsync handle;
static int version;
static char name[64]; /* of the connection, as the orders say it */
static int isLeaving, reconnects;
static char **filters; /* of the last SUBSCRIBE, for a session that was lost */
static int *filterQoS;
static int filterCount;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void end_line(void) {
    fputc('\n', stdout);
    fflush(stdout);
    funlockfile(stdout);
}

static void answer(int id, const char *more) {
    flockfile(stdout);
    printf("{\"id\":%d%s}", id, more);
    end_line();
}

static void fail(int id, const char *what, int code, const char *text) {
    flockfile(stdout);
    printf("{\"id\":%d,\"error\":\"%s %d ", id, what, code);
    fputs(text == NULL ? MQTTAsync_strerror(code) : text, stdout); /* texts of the library, without quotes */
    fputs("\"}", stdout);
    end_line();
}

static waiting *waiting_for(int id, int left, int count) {
    waiting *order = malloc(sizeof *order);
    order->id = id;
    order->left = left;
    order->count = count;
    return order;
}

/* --- events --- */

static int on_message(void *context, char *topic, int topicLength, MQTTAsync_message *message) {
    (void)context;
    flockfile(stdout);
    printf("{\"client\":\"%s\",\"event\":\"message\",\"message\":{\"topic\":", name);
    json_write_string(stdout, topic, topicLength == 0 ? strlen(topic) : (size_t)topicLength);
    fputs(",\"payload\":", stdout);
    json_write_base64(stdout, message->payload, (size_t)message->payloadlen);
    printf(",\"qos\":%d,\"retain\":%s", message->qos, message->retained ? "true" : "false");
    if (version == MQTTVERSION_5) write_properties(&message->properties);
    fputs("}}", stdout);
    end_line();
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

static void closed(const char *more) {
    pthread_mutex_lock(&lock);
    int isNews = !isLeaving && !reconnects;
    isLeaving = isLeaving || isNews;
    pthread_mutex_unlock(&lock);
    if (!isNews) return;
    flockfile(stdout);
    printf("{\"client\":\"%s\",\"event\":\"closed\"%s}", name, more);
    end_line();
}

static void on_lost(void *context, char *cause) {
    (void)context;
    (void)cause;
    closed("");
}

static void on_disconnect_packet(void *context, MQTTProperties *properties, enum MQTTReasonCodes code) {
    char more[32];
    (void)context;
    (void)properties;
    snprintf(more, sizeof more, ",\"reasonCode\":%d", code);
    closed(more);
}

/* Also after the library has connected again; then without an order that waits. */
static void on_connected(void *context, char *cause) {
    (void)context;
    if (cause == NULL || strcmp(cause, "automatic reconnect") != 0 || filterCount == 0) return;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    MQTTAsync_subscribeMany(handle, filterCount, filters, filterQoS, &options);
}

/* --- answers --- */

static void connected(waiting *order, int sessionPresent) {
    answer(order->id, sessionPresent ? ",\"sessionPresent\":true" : ",\"sessionPresent\":false");
    free(order);
}

static void connect_done(void *context, MQTTAsync_successData *data) {
    connected(context, data->alt.connect.sessionPresent);
}

static void connect_done5(void *context, MQTTAsync_successData5 *data) {
    connected(context, data->alt.connect.sessionPresent);
}

static void subscribe_done(void *context, MQTTAsync_successData *data) {
    waiting *order = context;
    flockfile(stdout);
    printf("{\"id\":%d,\"reasonCodes\":[", order->id);
    for (int i = 0; i < order->count; i++)
        printf("%s%d", i == 0 ? "" : ",", order->count == 1 ? data->alt.qos : data->alt.qosList[i]);
    fputs("]}", stdout);
    end_line();
    free(order);
}

static void subscribe_done5(void *context, MQTTAsync_successData5 *data) {
    waiting *order = context;
    flockfile(stdout);
    printf("{\"id\":%d,\"reasonCodes\":[", order->id);
    for (int i = 0; i < order->count; i++) {
        /* For a single one there is no list. */
        int code = order->count == 1 ? (int)data->reasonCode : (int)data->alt.sub.reasonCodes[i];
        printf("%s%d", i == 0 ? "" : ",", code);
    }
    fputs("]}", stdout);
    end_line();
    free(order);
}

static void one_done(waiting *order) {
    pthread_mutex_lock(&lock);
    int left = --order->left;
    pthread_mutex_unlock(&lock);
    if (left > 0) return;
    answer(order->id, "");
    free(order);
}

static void done(void *context, MQTTAsync_successData *data) {
    (void)data;
    one_done(context);
}

static void done5(void *context, MQTTAsync_successData5 *data) {
    (void)data;
    one_done(context);
}

/* One of several messages that fail is the answer; the rest of them waits for nobody. */
static void failed(void *context, MQTTAsync_failureData *data) {
    waiting *order = context;
    fail(order->id, "failed:", data == NULL ? 0 : data->code, data == NULL ? NULL : data->message);
}

static void failed5(void *context, MQTTAsync_failureData5 *data) {
    waiting *order = context;
    int code = data->reasonCode >= 0x80 ? (int)data->reasonCode : data->code;
    const char *text = data->reasonCode >= 0x80 ? MQTTReasonCode_toString(data->reasonCode) : data->message;
    fail(order->id, "failed:", code, text);
}

static MQTTAsync_responseOptions options_of(waiting *order) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.context = order;
    if (version == MQTTVERSION_5) {
        options.onSuccess5 = done5;
        options.onFailure5 = failed5;
    } else {
        options.onSuccess = done;
        options.onFailure = failed;
    }
    return options;
}

/* --- orders --- */

static char *address_of(const char *url) {
    static const char *const SCHEMES[][2] = {{"mqtts://", "ssl://"}, {"mqtt://", "tcp://"}, {"", ""}};
    for (int i = 0;; i++) {
        size_t length = strlen(SCHEMES[i][0]);
        if (strncmp(url, SCHEMES[i][0], length) != 0) continue;
        char *address = malloc(strlen(url) + 1);
        sprintf(address, "%s%s", SCHEMES[i][1], url + length);
        return address;
    }
}

static MQTTAsync_connectOptions fresh_options(const char *url, int is5) {
    int isWebSocket = strncmp(url, "ws", 2) == 0;
    if (is5 && isWebSocket) return (MQTTAsync_connectOptions)MQTTAsync_connectOptions_initializer5_ws;
    if (is5) return (MQTTAsync_connectOptions)MQTTAsync_connectOptions_initializer5;
    if (isWebSocket) return (MQTTAsync_connectOptions)MQTTAsync_connectOptions_initializer_ws;
    return (MQTTAsync_connectOptions)MQTTAsync_connectOptions_initializer;
}

static int create(const char *url, const char *clientId) {
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
    char *address = address_of(url);
    options.MQTTVersion = version;
    options.maxBufferedMessages = 10000; /* its 100 counts what waits for the window too */
    int code = MQTTAsync_createWithOptions(&handle, address, clientId, MQTTCLIENT_PERSISTENCE_NONE, NULL, &options);
    free(address);
    if (code != MQTTASYNC_SUCCESS) return code;
    MQTTAsync_setCallbacks(handle, NULL, on_lost, on_message, NULL);
    MQTTAsync_setDisconnected(handle, NULL, on_disconnect_packet);
    MQTTAsync_setConnected(handle, NULL, on_connected);
    return code;
}

static int do_connect(const json *order, int id) {
    const char *url = json_text(order, "url", ""), *given = json_text(order, "version", "");
    int is5 = strcmp(given, "5.0") == 0;
    version = is5 ? MQTTVERSION_5 : strcmp(given, "3.1") == 0 ? MQTTVERSION_3_1 : MQTTVERSION_3_1_1;
    reconnects = json_true(order, "reconnect");
    int code = create(url, json_text(order, "clientId", ""));
    if (code != MQTTASYNC_SUCCESS) return code;
    MQTTAsync_connectOptions options = fresh_options(url, is5);
    MQTTAsync_SSLOptions ssl = MQTTAsync_SSLOptions_initializer;
    MQTTAsync_willOptions left = MQTTAsync_willOptions_initializer;
    MQTTProperties properties = MQTTProperties_initializer, willProperties = MQTTProperties_initializer;
    if (!is5) options.MQTTVersion = version;
    options.keepAliveInterval = json_number(order, "keepAlive", options.keepAliveInterval);
    *(is5 ? &options.cleanstart : &options.cleansession) = json_true(order, "cleanStart");
    options.username = json_text(order, "username", NULL);
    options.password = json_text(order, "password", NULL);
    options.automaticReconnect = reconnects;
    options.context = waiting_for(id, 1, 0);
    if (is5) {
        properties = connect_properties(order);
        options.connectProperties = &properties;
        options.onSuccess5 = connect_done5;
        options.onFailure5 = failed5;
    } else {
        options.onSuccess = connect_done;
        options.onFailure = failed;
    }
    if (strncmp(url, "mqtts", 5) == 0 || strncmp(url, "wss", 3) == 0) {
        ssl.trustStore = json_text(order, "ca", NULL);
        ssl.keyStore = json_text(order, "cert", NULL);
        ssl.privateKey = json_text(order, "key", NULL);
        ssl.verify = 1;
        options.ssl = &ssl;
    }
    const json *will = json_get(order, "will");
    unsigned char *payload = will == NULL ? NULL : base64_bytes(json_text(will, "payload", ""), &left.payload.len);
    if (will != NULL) {
        left.topicName = json_text(will, "topic", "");
        left.payload.data = payload;
        left.qos = json_number(will, "qos", 0);
        left.retained = json_true(will, "retain");
        options.will = &left;
        if (is5) {
            willProperties = message_properties(will);
            options.willProperties = &willProperties;
        }
    }
    code = MQTTAsync_connect(handle, &options);
    free(payload);
    MQTTProperties_free(&properties);
    MQTTProperties_free(&willProperties);
    return code;
}

static int do_subscribe(const json *order, int id) {
    const json *given = json_get(order, "topicFilters");
    for (int i = 0; i < filterCount; i++) free(filters[i]);
    filterCount = 0;
    for (const json *one = given->first; one != NULL; one = one->next) {
        filters = realloc(filters, (size_t)(filterCount + 1) * sizeof *filters);
        filterQoS = realloc(filterQoS, (size_t)(filterCount + 1) * sizeof *filterQoS);
        filters[filterCount] = strdup(one->text);
        filterQoS[filterCount++] = json_number(order, "qos", 0);
    }
    MQTTAsync_responseOptions options = options_of(waiting_for(id, 1, filterCount));
    if (version == MQTTVERSION_5) options.onSuccess5 = subscribe_done5;
    else options.onSuccess = subscribe_done;
    return MQTTAsync_subscribeMany(handle, filterCount, filters, filterQoS, &options);
}

static int do_publish(const json *order, int id) {
    const json *messages = json_get(order, "messages");
    int count = 0, code = MQTTASYNC_SUCCESS;
    for (const json *one = messages->first; one != NULL; one = one->next) count++;
    waiting *batch = waiting_for(id, count, 0);
    for (const json *one = messages->first; one != NULL && code == MQTTASYNC_SUCCESS; one = one->next) {
        MQTTAsync_responseOptions options = options_of(batch);
        MQTTAsync_message message = MQTTAsync_message_initializer;
        message.payload = base64_bytes(json_text(one, "payload", ""), &message.payloadlen);
        message.qos = json_number(one, "qos", 0);
        message.retained = json_true(one, "retain");
        if (version == MQTTVERSION_5) message.properties = message_properties(one);
        code = MQTTAsync_sendMessage(handle, json_text(one, "topic", ""), &message, &options);
        free(message.payload);
        MQTTProperties_free(&message.properties);
    }
    return code;
}

static int do_disconnect(int id) {
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
    if (version == MQTTVERSION_5) options = (MQTTAsync_disconnectOptions)MQTTAsync_disconnectOptions_initializer5;
    isLeaving = 1;
    options.timeout = 1000;
    options.context = waiting_for(id, 1, 0);
    if (version == MQTTVERSION_5) {
        options.onSuccess5 = done5;
        options.onFailure5 = failed5;
    } else {
        options.onSuccess = done;
        options.onFailure = failed;
    }
    return MQTTAsync_disconnect(handle, &options);
}

static int perform(const json *order, int id) {
    const char *what = json_text(order, "do", "");
    snprintf(name, sizeof name, "%s", json_text(order, "client", ""));
    if (strcmp(what, "connect") == 0) return do_connect(order, id);
    if (strcmp(what, "subscribe") == 0) return do_subscribe(order, id);
    if (strcmp(what, "publish") == 0) return do_publish(order, id);
    if (strcmp(what, "disconnect") == 0) return do_disconnect(id);
    if (strcmp(what, "unsubscribe") == 0) {
        MQTTAsync_responseOptions options = options_of(waiting_for(id, 1, 0));
        return MQTTAsync_unsubscribe(handle, json_text(order, "topicFilter", ""), &options);
    }
    if (strcmp(what, "drop") != 0) return MQTTASYNC_FAILURE;
    isLeaving = 1;
    MQTTAsync_destroy(&handle);
    answer(id, "");
    return MQTTASYNC_SUCCESS;
}

static const char *library_version(void) {
    MQTTAsync_nameValue *info = MQTTAsync_getVersionInfo();
    for (; info->name != NULL; info++)
        if (strcmp(info->name, "Version") == 0) return info->value;
    return "";
}

int main(void) {
    MQTTAsync_init_options init = MQTTAsync_init_options_initializer;
    char *line = NULL;
    size_t size = 0;
    init.do_openssl_init = 1;
    MQTTAsync_global_init(&init);
    flockfile(stdout);
    printf("{\"ready\":{\"name\":\"Paho C\",\"version\":\"%s\"}}", library_version());
    end_line();
    while (getline(&line, &size, stdin) > 0) {
        json *order = json_read(line);
        int id = json_number(order, "id", 0);
        int code = order == NULL ? MQTTASYNC_FAILURE : perform(order, id);
        if (code != MQTTASYNC_SUCCESS) fail(id, "refused:", code, NULL);
        json_free(order);
    }
    free(line);
    _Exit(0); /* the library's threads end with the process */
}
