/*
 * Any bytes as a diff, on pages of several sizes: `diff_apply` must agree with the scalar diff whether they are one
 * and what they make of the page, must leave the page alone when it refuses, and must touch nothing else. The
 * first byte of the input is the size of the page and whether the rest is the diff itself, or a description of a
 * diff that is nearly right: numbers at their bounds, in one byte too many, with one byte of content too few.
 */
#include "../diff.h"
#include "../test/scalar_diff.h"
#include "fuzz.h"

static const uint32_t sizes[] = {64, 128, 1024, 4096, 20480};

struct diff {
  uint8_t *at;
  size_t bytes, room;
};

static void describe_byte(struct diff *diff, uint8_t byte) {
  if (diff->bytes < diff->room) diff->at[diff->bytes++] = byte;
}

/* In the shortest form, or with `more` bytes that say nothing. */
static void describe_varint(struct diff *diff, uint64_t value, unsigned more) {
  for (; value >= 0x80; value >>= 7) describe_byte(diff, (uint8_t)(value | 0x80));
  describe_byte(diff, (uint8_t)(more > 0 ? value | 0x80 : value));
  for (; more > 1; more--) describe_byte(diff, 0x80);
  if (more == 1) describe_byte(diff, 0);
}

/* `bound` is what the number may be at most. */
static uint64_t describe_number(struct input *input, uint8_t how, uint64_t bound) {
  uint8_t byte = take_byte(input);
  switch (how % 8) {
    case 0:
      return byte % 4;
    case 1:
      return byte;
    case 2:
      return bound - byte % 3;
    case 3:
      return bound + byte % 3;
    case 4:
      return (UINT64_C(1) << 32) + byte;
    case 5:
      return (UINT64_C(1) << 32) + bound - byte % 3;
    case 6:
      return (UINT64_C(1) << 35) - 1 - byte;
    default:
      return (bound + 1) * byte / 256;
  }
}

static void describe_runs(struct input *input, uint64_t page_bytes, struct diff *diff) {
  describe_byte(diff, 0);
  for (uint64_t offset = 0; input->left > 0;) {
    uint8_t how = take_byte(input), odd = take_byte(input);
    uint64_t left = page_bytes > offset ? page_bytes - offset : 0;
    uint64_t gap = describe_number(input, how, left);
    uint64_t length = describe_number(input, how / 8, left > gap ? left - gap : 0);
    describe_varint(diff, gap, odd % 16 == 1 ? 1 + odd / 32 : 0);
    describe_varint(diff, length, odd % 16 == 2 ? 1 + odd / 32 : 0);
    uint64_t content = odd % 16 == 3 && length > 0 ? length - 1 : length;
    for (; content > 0 && diff->bytes < diff->room; content--) describe_byte(diff, odd);
    offset += gap + length;
  }
}

static void describe_bitmap(struct input *input, uint64_t page_bytes, struct diff *diff) {
  unsigned content = take_byte(input) % 3; /* one byte too many, or none, or one too few */
  describe_byte(diff, 1);
  for (uint64_t i = 0; i < page_bytes / 8; i++) {
    uint8_t bits = take_byte(input);
    describe_byte(diff, bits);
    content += (unsigned)__builtin_popcount(bits);
  }
  for (; content > 1; content--) describe_byte(diff, (uint8_t)content);
}

/* May become a little longer than a diff may be. */
static uint8_t *describe(struct input *input, size_t page_bytes, size_t *bytes) {
  struct diff diff = {malloc(diff_limit(page_bytes) + 8), 0, diff_limit(page_bytes) + 8};
  if (take_byte(input) % 4 == 0) describe_bitmap(input, page_bytes, &diff);
  else describe_runs(input, page_bytes, &diff);
  *bytes = diff.bytes;
  return realloc(diff.at, diff.bytes);
}

static uint8_t *new_page(size_t bytes) {
  uint8_t *page = malloc(bytes);
  for (size_t i = 0; i < bytes; i++) page[i] = (uint8_t)(i * 37 + i / 256 + 1);
  return page;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input input = {data, size};
  uint8_t kind = take_byte(&input);
  size_t page_bytes = sizes[kind % (sizeof sizes / sizeof *sizes)];
  size_t bytes;
  uint8_t *diff = kind < 128 ? take_bytes(&input, input.left, &bytes) : describe(&input, page_bytes, &bytes);
  uint8_t *before = new_page(page_bytes), *page = new_page(page_bytes), *expected = new_page(page_bytes);

  bool good = diff_apply(page, page_bytes, diff, bytes);
  FUZZ_CHECK(scalar_apply(expected, page_bytes, diff, bytes) == good);
  FUZZ_CHECK(memcmp(page, expected, page_bytes) == 0);
  if (!good) FUZZ_CHECK(memcmp(page, before, page_bytes) == 0);

  free(diff);
  free(before);
  free(page);
  free(expected);
  return 0;
}
