/*
 * What all fuzz targets share: an input that is read piece by piece, and a check that ends the process. A target
 * is one function that libFuzzer, or driver.c where there is none, calls with bytes of its choosing; whatever the
 * bytes are, it must come back.
 */
#ifndef TM_FUZZ_H
#define TM_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
  const uint8_t *at;
  size_t left;
};

/* 0 once the input is used up. */
static inline uint8_t take_byte(struct input *input) {
  if (input->left == 0) return 0;
  input->left--;
  return *input->at++;
}

static inline uint32_t take_below(struct input *input, uint32_t bound) {
  uint32_t high = take_byte(input);
  return (high << 8 | take_byte(input)) % bound;
}

/* A copy of up to `most` bytes of the input, exactly as long as it is: the sanitizer sees the first byte beyond. */
static inline uint8_t *take_bytes(struct input *input, size_t most, size_t *bytes) {
  *bytes = input->left < most ? input->left : most;
  uint8_t *copy = malloc(*bytes);
  if (*bytes > 0) memcpy(copy, input->at, *bytes);
  input->at += *bytes;
  input->left -= *bytes;
  return copy;
}

#define FUZZ_CHECK(condition)                                             \
  do {                                                                    \
    if (condition) break;                                                 \
    fprintf(stderr, "%s:%d: false: %s\n", __FILE__, __LINE__, #condition); \
    abort();                                                              \
  } while (0)

#endif
