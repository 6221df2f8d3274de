/*
 * Tests of diff.c against the scalar diff, on seeded random pages of all densities and on broken diffs. Every
 * buffer is exactly as long as it may be used, so that the address sanitizer sees the first byte beyond.
 */
#include <string.h>
#include <stdlib.h>

#include "../diff.h"
#include "scalar_diff.h"
#include "testing.h"

enum { ROUNDS = 400, FUZZES = 4000 };
static const size_t sizes[] = {64, 4096, 16384};

struct pages {
  size_t bytes;
  uint8_t *twin, *current, *fast, *scalar;
  uint64_t *scratch;
};

static struct pages make_pages(size_t bytes) {
  return (struct pages){bytes,
                        malloc(bytes),
                        malloc(bytes),
                        malloc(diff_limit(bytes)),
                        malloc(diff_limit(bytes)),
                        malloc(diff_scratch_bytes(bytes))};
}

static void free_pages(struct pages *pages) {
  free(pages->twin);
  free(pages->current);
  free(pages->fast);
  free(pages->scalar);
  free(pages->scratch);
}

static void randomize(uint8_t *bytes, size_t count, struct random *random) {
  for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)random_below(random, 256);
}

/* Changes stretches of up to `longest` bytes, on average `per_mille` of the page. */
static void change(struct pages *pages, struct random *random, uint32_t per_mille, uint32_t longest) {
  memcpy(pages->current, pages->twin, pages->bytes);
  for (size_t i = 0; i < pages->bytes;) {
    size_t length = 1 + random_below(random, longest);
    bool hit = random_below(random, 1000) < per_mille;
    for (; length > 0 && i < pages->bytes; length--, i++) {
      if (hit) pages->current[i] = (uint8_t)(pages->twin[i] + 1 + random_below(random, 255));
    }
  }
}

static void compare_and_apply(struct pages *pages) {
  size_t fast = diff_make(pages->twin, pages->current, pages->bytes, pages->fast, pages->scratch);
  size_t scalar = scalar_make(pages->twin, pages->current, pages->bytes, pages->scalar);
  CHECK(fast == scalar && memcmp(pages->fast, pages->scalar, fast) == 0);
  CHECK(fast <= diff_limit(pages->bytes));
  uint8_t *exact = malloc(fast + 1), *page = malloc(pages->bytes);
  memcpy(exact + 1, pages->fast, fast);
  memcpy(page, pages->twin, pages->bytes);
  CHECK(diff_apply(page, pages->bytes, exact + 1, fast));
  CHECK(memcmp(page, pages->current, pages->bytes) == 0);
  free(exact);
  free(page);
}

static void random_pages(void) {
  static const uint32_t densities[] = {1, 10, 50, 100, 125, 250, 500, 750, 900, 990, 1000};
  static const uint32_t lengths[] = {1, 2, 3, 8, 9, 64, 200, 5000};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    struct pages pages = make_pages(sizes[s]);
    struct random random = {s};
    for (uint32_t round = 0; round < ROUNDS; round++) {
      randomize(pages.twin, pages.bytes, &random);
      change(&pages, &random, densities[random_below(&random, 11)], lengths[random_below(&random, 8)]);
      compare_and_apply(&pages);
    }
    free_pages(&pages);
  }
}

static void edge_pages(void) {
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    struct pages pages = make_pages(sizes[s]);
    memset(pages.twin, 0, pages.bytes);
    memset(pages.current, 0, pages.bytes);
    compare_and_apply(&pages);
    CHECK(diff_make(pages.twin, pages.current, pages.bytes, pages.fast, pages.scratch) == 0);
    for (size_t i = 0; i < pages.bytes; i++) pages.current[i] = i % 2;
    compare_and_apply(&pages);
    for (size_t i = 0; i < pages.bytes; i++) pages.current[i] = i % 64 != 63;
    compare_and_apply(&pages);
    memset(pages.current, 1, pages.bytes);
    compare_and_apply(&pages);
    pages.current[pages.bytes - 1] = 0;
    compare_and_apply(&pages);
    memset(pages.current, 0, pages.bytes);
    pages.current[pages.bytes - 1] = 1;
    compare_and_apply(&pages);
    free_pages(&pages);
  }
}

/* Each bit of a byte that alone differs is found: the comparison may not confuse neighbours. */
static void single_bits(void) {
  struct pages pages = make_pages(64);
  for (size_t i = 0; i < 64 * 8; i++) {
    memset(pages.twin, (int)i & 0xff, 64);
    memcpy(pages.current, pages.twin, 64);
    pages.current[i / 8] ^= (uint8_t)(1 << i % 8);
    compare_and_apply(&pages);
  }
  free_pages(&pages);
}

/* Both must agree whether the diff is good, and a bad one must leave the page alone. */
static bool agree(const uint8_t *diff, size_t bytes, size_t page_bytes) {
  uint8_t *exact = malloc(bytes + 1), *fast = calloc(1, page_bytes), *scalar = calloc(1, page_bytes);
  memcpy(exact + 1, diff, bytes);
  bool good = diff_apply(fast, page_bytes, exact + 1, bytes);
  CHECK(scalar_apply(scalar, page_bytes, exact + 1, bytes) == good);
  CHECK(memcmp(fast, scalar, page_bytes) == 0);
  for (size_t i = 0; !good && i < page_bytes; i++) CHECK(fast[i] == 0);
  free(exact);
  free(fast);
  free(scalar);
  return good;
}

static void malformed(void) {
  static const struct {
    size_t bytes;
    uint8_t diff[10];
  } bad[] = {
      {1, {2}},                                       /* no such kind */
      {2, {0, 1}},                                    /* gap without length */
      {3, {0, 1, 0}},                                 /* empty run */
      {3, {0, 0, 1}},                                 /* run without its bytes */
      {4, {0, 0, 2, 7}},                              /* with too few */
      {6, {0, 0, 1, 7, 0, 1}},                        /* a good run, then one without its bytes */
      {5, {0, 0x80, 0x20, 1, 7}},                     /* starts at the end of the page */
      {6, {0, 0xff, 0x1f, 2, 7, 7}},                  /* reaches past it */
      {9, {0, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 1, 7}}, /* varint of six bytes */
      {8, {0, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 7}},   /* gap of 35 bits */
      {8, {0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f, 7}},   /* length of 35 bits */
      {3, {0, 0x80, 0x80}},                           /* varint without an end */
      {1, {1}},                                       /* bitmap that is missing */
      {10, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},           /* bitmap too short */
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(!agree(bad[i].diff, bad[i].bytes, 4096));
  CHECK(agree((const uint8_t[]){0}, 1, 4096));
  CHECK(agree((const uint8_t[]){0, 0xff, 0x1f, 1, 7}, 5, 4096));
}

static void malformed_bitmaps(void) {
  uint8_t diff[1 + 512 + 4096 + 1] = {1, 0x81};
  CHECK(agree(diff, 1 + 512 + 2, 4096));
  CHECK(!agree(diff, 1 + 512 + 1, 4096));
  CHECK(!agree(diff, 1 + 512 + 3, 4096));
  CHECK(!agree(diff, 1 + 511, 4096));
  memset(diff + 1, 0xff, 512);
  CHECK(!agree(diff, 1 + 512 + 4096, 4096)); /* right, but longer than a diff may be */
  diff[1] = 0xfe;
  CHECK(agree(diff, 1 + 512 + 4095, 4096));
}

/* A good diff with a few bytes changed, cut or added. */
static void fuzzed(void) {
  struct pages pages = make_pages(4096);
  struct random random = {77};
  size_t good = 0;
  for (uint32_t round = 0; round < FUZZES; round++) {
    randomize(pages.twin, pages.bytes, &random);
    change(&pages, &random, 1 + random_below(&random, 600), 1 + random_below(&random, 40));
    size_t bytes = diff_make(pages.twin, pages.current, pages.bytes, pages.fast, pages.scratch);
    for (uint32_t i = random_below(&random, 4); i > 0 && bytes > 0; i--) {
      uint32_t near = random_below(&random, 2) ? (uint32_t)bytes : (bytes < 12 ? (uint32_t)bytes : 12);
      pages.fast[random_below(&random, near)] = (uint8_t)random_below(&random, 256);
    }
    if (random_below(&random, 3) == 0) bytes = random_below(&random, (uint32_t)bytes + 1);
    good += agree(pages.fast, bytes, pages.bytes);
  }
  CHECK(good > FUZZES / 20 && good < FUZZES);
  free_pages(&pages);
}

static void random_bytes(void) {
  uint8_t diff[4608];
  struct random random = {99};
  for (uint32_t round = 0; round < FUZZES; round++) {
    size_t bytes = random_below(&random, random_below(&random, 2) ? 30 : sizeof diff);
    randomize(diff, bytes, &random);
    diff[0] = (uint8_t)random_below(&random, 3);
    agree(diff, bytes, 4096);
  }
}

int main(int argc, char **argv) {
  static const struct test tests[] = {
      {"fast diff equals the scalar one on random pages, and applying it gives the page", random_pages},
      {"the same on pages of special shapes", edge_pages},
      {"a single changed bit anywhere is found", single_bits},
      {"malformed runs are refused and nothing is written", malformed},
      {"malformed bitmaps are refused and nothing is written", malformed_bitmaps},
      {"damaged diffs never reach outside and both agree on them", fuzzed},
      {"random bytes never reach outside and both agree on them", random_bytes},
  };
  return run_tests(tests, sizeof tests / sizeof *tests, argc > 1 ? argv[1] : NULL);
}
