/*
 * JSON of one line: a reader by recursive descent that unescapes in place, a writer of strings, base64.
 */
#include "json.h"

#include <stdlib.h>
#include <string.h>

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static json *read_value(char **at);

static void skip_space(char **at) {
    *at += strspn(*at, " \t\r\n");
}

static unsigned read_hex(char **at) {
    char digits[5] = {0};
    strncpy(digits, *at, 4);
    *at += strlen(digits);
    return (unsigned)strtoul(digits, NULL, 16);
}

static char *put_utf8(char *to, unsigned point) {
    if (point < 0x80) {
        *to++ = (char)point;
    } else if (point < 0x800) {
        *to++ = (char)(0xc0 | point >> 6);
        *to++ = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        *to++ = (char)(0xe0 | point >> 12);
        *to++ = (char)(0x80 | (point >> 6 & 0x3f));
        *to++ = (char)(0x80 | (point & 0x3f));
    } else {
        *to++ = (char)(0xf0 | point >> 18);
        *to++ = (char)(0x80 | (point >> 12 & 0x3f));
        *to++ = (char)(0x80 | (point >> 6 & 0x3f));
        *to++ = (char)(0x80 | (point & 0x3f));
    }
    return to;
}

/* Unescapes in place: no escape is shorter than what it stands for. */
static char *read_string(char **at) {
    char *from = *at + 1, *text = from, *to = from;
    while (*from != '"') {
        if (*from == '\0') return NULL;
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        char kind = from[1];
        from += 2;
        if (kind == 'u') {
            unsigned point = read_hex(&from);
            if (point >= 0xd800 && point < 0xdc00 && from[0] == '\\' && from[1] == 'u') {
                from += 2;
                point = 0x10000 + ((point - 0xd800) << 10) + (read_hex(&from) - 0xdc00);
            }
            to = put_utf8(to, point);
        } else if (kind == '\0') {
            return NULL;
        } else {
            const char *found = strchr("b\bf\fn\nr\rt\t", kind);
            *to++ = found == NULL ? kind : found[1];
        }
    }
    *to = '\0';
    *at = from + 1;
    return text;
}

static int read_members(char **at, json *value, char end) {
    json **last = &value->first;
    ++*at;
    for (skip_space(at); **at != end; skip_space(at)) {
        char *key = NULL;
        if (value->type == JSON_OBJECT) {
            if (**at != '"' || (key = read_string(at)) == NULL) return 0;
            skip_space(at);
            if (*(*at)++ != ':') return 0;
        }
        if ((*last = read_value(at)) == NULL) return 0;
        (*last)->key = key;
        last = &(*last)->next;
        skip_space(at);
        if (**at == ',') ++*at;
        else if (**at != end) return 0;
    }
    ++*at;
    return 1;
}

static int read_word(char **at, json *value) {
    static const struct { const char *word; int type; } WORDS[] = {
        {"null", JSON_NULL}, {"false", JSON_FALSE}, {"true", JSON_TRUE}};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        size_t length = strlen(WORDS[i].word);
        if (strncmp(*at, WORDS[i].word, length) != 0) continue;
        value->type = WORDS[i].type;
        *at += length;
        return 1;
    }
    char *end;
    value->type = JSON_NUMBER;
    value->number = strtod(*at, &end);
    int isNumber = end != *at;
    *at = end;
    return isNumber;
}

static json *read_value(char **at) {
    json *value = calloc(1, sizeof *value);
    int isRead;
    skip_space(at);
    switch (**at) {
        case '"':
            value->type = JSON_STRING;
            isRead = (value->text = read_string(at)) != NULL;
            break;
        case '[':
            value->type = JSON_ARRAY;
            isRead = read_members(at, value, ']');
            break;
        case '{':
            value->type = JSON_OBJECT;
            isRead = read_members(at, value, '}');
            break;
        default:
            isRead = read_word(at, value);
    }
    if (isRead) return value;
    json_free(value);
    return NULL;
}

json *json_read(char *line) {
    return read_value(&line);
}

void json_free(json *value) {
    while (value != NULL) {
        json *next = value->next;
        json_free(value->first);
        free(value);
        value = next;
    }
}

const json *json_get(const json *object, const char *key) {
    if (object == NULL) return NULL;
    for (const json *one = object->first; one != NULL; one = one->next)
        if (one->key != NULL && strcmp(one->key, key) == 0) return one->type == JSON_NULL ? NULL : one;
    return NULL;
}

const char *json_text(const json *object, const char *key, const char *otherwise) {
    const json *found = json_get(object, key);
    return found == NULL || found->type != JSON_STRING ? otherwise : found->text;
}

int json_number(const json *object, const char *key, int otherwise) {
    const json *found = json_get(object, key);
    return found == NULL || found->type != JSON_NUMBER ? otherwise : (int)found->number;
}

int json_true(const json *object, const char *key) {
    const json *found = json_get(object, key);
    return found != NULL && found->type == JSON_TRUE;
}

void json_write_string(FILE *to, const char *text, size_t length) {
    fputc('"', to);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '"' || byte == '\\') fprintf(to, "\\%c", byte);
        else if (byte < 0x20) fprintf(to, "\\u%04x", byte);
        else fputc(byte, to);
    }
    fputc('"', to);
}

void json_write_base64(FILE *to, const void *bytes, size_t length) {
    const unsigned char *from = bytes;
    fputc('"', to);
    for (size_t i = 0; i < length; i += 3) {
        unsigned left = (unsigned)(length - i);
        unsigned three = (unsigned)from[i] << 16 | (left > 1 ? from[i + 1] << 8 : 0) | (left > 2 ? from[i + 2] : 0);
        fputc(BASE64[three >> 18], to);
        fputc(BASE64[three >> 12 & 0x3f], to);
        fputc(left > 1 ? BASE64[three >> 6 & 0x3f] : '=', to);
        fputc(left > 2 ? BASE64[three & 0x3f] : '=', to);
    }
    fputc('"', to);
}

unsigned char *base64_bytes(const char *text, int *length) {
    unsigned char *bytes = malloc(strlen(text) + 1), *to = bytes;
    unsigned bits = 0, count = 0;
    for (; *text != '\0'; text++) {
        const char *found = strchr(BASE64, *text);
        if (found == NULL) continue; /* '=' */
        bits = bits << 6 | (unsigned)(found - BASE64);
        if ((count += 6) >= 8) *to++ = (unsigned char)(bits >> (count -= 8));
    }
    *length = (int)(to - bytes);
    return bytes;
}
