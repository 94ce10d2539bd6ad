/*
 * JSON of one line: reads it into a tree, writes strings, and base64 both ways.
 * As much as the line protocol needs; knows nothing of MQTT.
 */
#ifndef JSON_H
#define JSON_H

#include <stdio.h>

/* A value. Its text lies in the line that was read, which must outlive it. */
typedef struct json {
    enum { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } type;
    char *key;          /* in an object */
    char *text;         /* of a string, unescaped and ended by NUL */
    double number;
    struct json *first; /* of an array or object */
    struct json *next;  /* beside it */
} json;

/* Reads a line, which is changed; NULL when it is no JSON. */
json *json_read(char *line);
void json_free(json *value);

/* A member of an object; NULL when it is not there, or null. */
const json *json_get(const json *object, const char *key);
/* Its text, number, truth; what stands for them when it is not there. */
const char *json_text(const json *object, const char *key, const char *otherwise);
int json_number(const json *object, const char *key, int otherwise);
int json_true(const json *object, const char *key);

/* Writes a string of `length` bytes of UTF-8 with its quotes. */
void json_write_string(FILE *to, const char *text, size_t length);
/* Writes bytes as base64 with quotes. */
void json_write_base64(FILE *to, const void *bytes, size_t length);
/* Bytes of a base64 text, for free(). */
unsigned char *base64_bytes(const char *text, int *length);

#endif
