/*
 * Any two pages: `diff_make` must give the very bytes of the scalar diff, no more than diff_limit of them, and
 * applied to the twin they must give the page. Compiled twice, for both ways of comparing. The first bytes of the
 * input choose the size of the page, its first contents and how it is changed; the rest are the changes.
 */
#include "../diff.h"
#include "../test/scalar_diff.h"
#include "fuzz.h"

static const uint32_t sizes[] = {64, 128, 512, 4096, 20480};

/* `start` 0: a page of zeros. */
static void fill(uint8_t *page, size_t bytes, uint8_t start) {
  uint32_t state = start * UINT32_C(2654435761);
  for (size_t i = 0; i < bytes; i++) {
    state = state * 1664525 + (start != 0) * 1013904223;
    page[i] = (uint8_t)(state >> 24);
  }
}

/* Byte i changes by byte i of the input, or by byte i mod `period`. */
static void change_bytes(uint8_t *page, size_t bytes, const struct input *input, size_t period) {
  for (size_t i = 0; i < bytes; i++) {
    size_t from = period > 0 ? i % period : i;
    if (from < input->left) page[i] ^= input->at[from];
  }
}

/* Stretches: how far from the last one, how long, and what they change by. */
static void change_stretches(uint8_t *page, size_t bytes, struct input *input) {
  for (size_t at = 0; input->left > 0;) {
    at += take_below(input, (uint32_t)bytes);
    size_t length = 1 + take_byte(input);
    uint8_t by = take_byte(input);
    for (; length > 0 && at < bytes; length--, at++) page[at] ^= by;
    if (at >= bytes) break;
  }
}

static void change(uint8_t *page, size_t bytes, struct input *input, uint8_t how) {
  if (how % 3 == 0) change_bytes(page, bytes, input, 0);
  else if (how % 3 == 1) change_bytes(page, bytes, input, 1 + how / 3);
  else change_stretches(page, bytes, input);
}

static void check(const uint8_t *twin, const uint8_t *current, size_t page_bytes) {
  uint8_t *made = malloc(diff_limit(page_bytes)), *expected = malloc(diff_limit(page_bytes));
  uint64_t *scratch = malloc(diff_scratch_bytes(page_bytes));
  size_t bytes = diff_make(twin, current, page_bytes, made, scratch);
  FUZZ_CHECK(bytes <= diff_limit(page_bytes));
  FUZZ_CHECK(scalar_make(twin, current, page_bytes, expected) == bytes);
  FUZZ_CHECK(memcmp(made, expected, bytes) == 0);

  uint8_t *page = malloc(page_bytes);
  memcpy(page, twin, page_bytes);
  FUZZ_CHECK(diff_apply(page, page_bytes, made, bytes));
  FUZZ_CHECK(memcmp(page, current, page_bytes) == 0);
  free(made);
  free(expected);
  free(scratch);
  free(page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input input = {data, size};
  size_t page_bytes = sizes[take_byte(&input) % (sizeof sizes / sizeof *sizes)];
  uint8_t *twin = malloc(page_bytes), *current = malloc(page_bytes);
  fill(twin, page_bytes, take_byte(&input));
  memcpy(current, twin, page_bytes);
  uint8_t how = take_byte(&input);
  change(current, page_bytes, &input, how);
  check(twin, current, page_bytes);
  check(current, twin, page_bytes);
  free(twin);
  free(current);
  return 0;
}
