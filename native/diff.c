#include "diff.h"

#include <string.h>

#include "pack.h"
/* A test compiles the portable comparison on every machine. */
#if defined(__SSE2__) && !defined(TM_PORTABLE)
#define TM_SSE2
#include <emmintrin.h>
#endif

enum { RUNS = 0, BITMAP = 1 };

/* ---- comparing: one bit for each byte, set where twin and current differ ---- */

#ifdef TM_SSE2

static uint64_t compare_16(const uint8_t *a, const uint8_t *b) {
  __m128i left = _mm_loadu_si128((const __m128i *)a);
  __m128i right = _mm_loadu_si128((const __m128i *)b);
  return (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(left, right)) ^ 0xffff;
}

static uint64_t compare_64(const uint8_t *a, const uint8_t *b) {
  return compare_16(a, b) | compare_16(a + 16, b + 16) << 16 | compare_16(a + 32, b + 32) << 32 |
         compare_16(a + 48, b + 48) << 48;
}

#else

/* The high bit of each byte of `x` that is not zero, gathered into 8 bits in the order of the bytes. */
static uint64_t nonzero_bytes(uint64_t x) {
  const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
  uint64_t high = (((x & low) + low) | x) & ~low;
  return (high >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static uint64_t load_64(const uint8_t *at) {
  uint64_t word;
  memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

static uint64_t compare_64(const uint8_t *a, const uint8_t *b) {
  uint64_t bits = 0;
  for (unsigned i = 0; i < 64; i += 8) {
    uint64_t changed = load_64(a + i) ^ load_64(b + i);
    if (changed != 0) bits |= nonzero_bytes(changed) << i;
  }
  return bits;
}

#endif

/* Returns whether any byte differs. */
static bool compare(const uint8_t *twin, const uint8_t *current, size_t page_bytes, uint64_t *bits) {
  uint64_t changed = 0;
  for (size_t i = 0; i < page_bytes / 64; i++) {
    bits[i] = compare_64(twin + i * 64, current + i * 64);
    changed |= bits[i];
  }
  return changed != 0;
}

/* ---- runs of set bits ---- */

/* First position from `at` on whose bit is set (`flip` 0) or clear (`flip` all ones); `end` when there is none. */
static size_t seek(const uint64_t *bits, size_t at, size_t end, uint64_t flip) {
  if (at >= end) return end;
  size_t word = at / 64;
  uint64_t left = (bits[word] ^ flip) & (~UINT64_C(0) << (at % 64));
  while (left == 0) {
    if (++word == end / 64) return end;
    left = bits[word] ^ flip;
  }
  return word * 64 + (size_t)__builtin_ctzll(left);
}

struct run {
  size_t start, end;
};

/* The run after `run`, which begins as {0, 0}; false after the last. */
static bool next_run(const uint64_t *bits, size_t page_bytes, struct run *run) {
  run->start = seek(bits, run->end, page_bytes, 0);
  if (run->start == page_bytes) return false;
  run->end = seek(bits, run->start, page_bytes, ~UINT64_C(0));
  return true;
}

/* ---- encoding ---- */

static size_t varint_bytes(size_t n) {
  size_t bytes = 1;
  for (; n >= 0x80; n >>= 7) bytes++;
  return bytes;
}

static uint8_t *put_varint(uint8_t *out, size_t n) {
  for (; n >= 0x80; n >>= 7) *out++ = (uint8_t)(n | 0x80);
  *out++ = (uint8_t)n;
  return out;
}

/* How many runs there are: a run begins where a bit is set and the one before is not. */
static size_t count_runs(const uint64_t *bits, size_t page_bytes) {
  size_t count = 0;
  uint64_t before = 0;
  for (size_t i = 0; i < page_bytes / 64; i++) {
    count += bits_in(bits[i] & ~(bits[i] << 1 | before));
    before = bits[i] >> 63;
  }
  return count;
}

/* Whether runs are to be chosen, each counted with a byte more than it takes; beside the bytes that changed. */
static bool runs_are_better(const uint64_t *bits, size_t page_bytes) {
  size_t bitmap = page_bytes / 8, count = count_runs(bits, page_bytes), end = 0;
  /* Most take a byte for the gap and one for the length: where those are too many nothing else matters. */
  if (3 * count > bitmap) return false;
  size_t bytes = count;
  for (struct run run = {0, 0}; bytes <= bitmap && next_run(bits, page_bytes, &run); end = run.end) {
    bytes += varint_bytes(run.start - end) + varint_bytes(run.end - run.start);
  }
  return bytes <= bitmap;
}

static size_t encode_runs(const uint64_t *bits, const uint8_t *current, size_t page_bytes, uint8_t *out) {
  uint8_t *at = out;
  size_t end = 0;
  *at++ = RUNS;
  for (struct run run = {0, 0}; next_run(bits, page_bytes, &run); end = run.end) {
    at = put_varint(at, run.start - end);
    at = put_varint(at, run.end - run.start);
    memcpy(at, current + run.start, run.end - run.start);
    at += run.end - run.start;
  }
  return (size_t)(at - out);
}

static uint8_t *put_bitmap(uint8_t *out, uint64_t bits) {
  for (unsigned i = 0; i < 64; i += 8) *out++ = (uint8_t)(bits >> i);
  return out;
}

static size_t encode_bitmap(const uint64_t *bits, const uint8_t *current, size_t page_bytes, uint8_t *out) {
  uint8_t *at = out;
  *at++ = BITMAP;
  for (size_t i = 0; i < page_bytes / 64; i++) at = put_bitmap(at, bits[i]);
  at = pack_bytes(bits, page_bytes / 64, current, at, out + diff_limit(page_bytes));
  return (size_t)(at - out);
}

size_t diff_make(const uint8_t *twin, const uint8_t *current, size_t page_bytes, uint8_t *out, uint64_t *scratch) {
  if (!compare(twin, current, page_bytes, scratch)) return 0;
  return runs_are_better(scratch, page_bytes) ? encode_runs(scratch, current, page_bytes, out)
                                              : encode_bitmap(scratch, current, page_bytes, out);
}

/* ---- applying ---- */

/* Reads one varint of at most 5 bytes; false when it does not end in time. */
static bool get_varint(const uint8_t **at, const uint8_t *end, uint64_t *value) {
  *value = 0;
  for (unsigned shift = 0; shift < 35 && *at < end; shift += 7) {
    uint8_t byte = *(*at)++;
    *value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

/*
 * The same walk checks (`page` NULL) and writes. It checks the second time as well, so that bytes which change
 * between the two, as those of a shared buffer may, cannot lead it outside.
 */
static bool walk_runs(uint8_t *page, size_t page_bytes, const uint8_t *at, const uint8_t *end) {
  uint64_t offset = 0;
  while (at < end) {
    uint64_t gap, length;
    if (!get_varint(&at, end, &gap) || !get_varint(&at, end, &length) || length == 0) return false;
    offset += gap;
    if (offset + length > page_bytes || length > (uint64_t)(end - at)) return false;
    if (page != NULL) memcpy(page + offset, at, length);
    offset += length;
    at += length;
  }
  return true;
}

/* Whether the bitmap at `at` has as many bits as bytes follow it. */
static bool bitmap_is_sound(size_t page_bytes, const uint8_t *at, const uint8_t *end) {
  if ((size_t)(end - at) < page_bytes / 8) return false;
  size_t changed = 0;
  for (size_t i = 0; i < page_bytes / 8; i += 8) {
    uint64_t bits;
    memcpy(&bits, at + i, sizeof bits);
    changed += bits_in(bits);
  }
  return (size_t)(end - at) - page_bytes / 8 == changed;
}

/*
 * Checks all before the first byte is written. Bits that change meanwhile, as those of a shared buffer may, cannot lead
 * it outside either.
 */
bool diff_apply(uint8_t *page, size_t page_bytes, const uint8_t *diff, size_t bytes) {
  if (bytes == 0) return true;
  if (bytes > diff_limit(page_bytes)) return false;
  const uint8_t *at = diff + 1, *end = diff + bytes;
  switch (diff[0]) {
    case RUNS:
      return walk_runs(NULL, page_bytes, at, end) && walk_runs(page, page_bytes, at, end);
    case BITMAP:
      return bitmap_is_sound(page_bytes, at, end) &&
             spread_bytes(at, page_bytes / 8, page, at + page_bytes / 8, end);
    default:
      return false;
  }
}
