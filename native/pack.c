#include "pack.h"

#include <string.h>
/* A test compiles the portable way on every machine. */
#if defined(__x86_64__) && !defined(TM_PORTABLE)
#define TM_SHUFFLE
#include <tmmintrin.h>
#endif

/* ---- one by one ---- */

static inline uint8_t *pack_8(unsigned bits, const uint8_t *from, uint8_t *out) {
  for (; bits != 0; bits &= bits - 1) *out++ = from[__builtin_ctz(bits)];
  return out;
}

static inline const uint8_t *spread_8(unsigned bits, uint8_t *to, const uint8_t *bytes) {
  for (; bits != 0; bits &= bits - 1) to[__builtin_ctz(bits)] = *bytes++;
  return bytes;
}

static uint8_t *pack_plainly(const uint64_t *bits, size_t words, const uint8_t *from, uint8_t *out) {
  for (size_t i = 0; i < words * 8; i++) out = pack_8((unsigned)(bits[i / 8] >> i % 8 * 8) & 0xff, from + i * 8, out);
  return out;
}

static bool spread_plainly(const uint8_t *bits, size_t count, uint8_t *to, const uint8_t *bytes, const uint8_t *end) {
  for (size_t i = 0; i < count; i++) {
    if ((size_t)(end - bytes) < bits_in(bits[i])) return false;
    bytes = spread_8(bits[i], to + i * 8, bytes);
  }
  return true;
}

#ifdef TM_SHUFFLE

/* ---- eight at a time ---- */

enum { NOTHING = 0x80 };

/* By mask: which byte goes to place i, and NOTHING where none does. */
static uint64_t packing[256], spreading[256];
/* By mask: how many bits are set, and all ones in the bytes that are chosen. */
static uint8_t chosen[256];
static uint64_t covering[256];
static bool shuffles;

static void fill(unsigned mask) {
  uint8_t pack[8], spread[8], cover[8];
  memset(pack, NOTHING, sizeof pack);
  unsigned count = 0;
  for (uint8_t i = 0; i < 8; i++) {
    bool set = (mask >> i & 1) != 0;
    spread[i] = set ? (uint8_t)count : NOTHING;
    cover[i] = set ? 0xff : 0;
    if (set) pack[count++] = i;
  }
  memcpy(&packing[mask], pack, sizeof pack);
  memcpy(&spreading[mask], spread, sizeof spread);
  memcpy(&covering[mask], cover, sizeof cover);
  chosen[mask] = (uint8_t)count;
}

/* Before anything else runs, so that nobody needs to ask whether it has. */
__attribute__((constructor)) static void fill_tables(void) {
  __builtin_cpu_init();
  for (unsigned mask = 0; mask < 256; mask++) fill(mask);
  shuffles = __builtin_cpu_supports("ssse3");
}

#define SHUFFLING __attribute__((target("ssse3")))

SHUFFLING static inline uint64_t shuffle(const uint8_t *bytes, const uint64_t *order) {
  __m128i word = _mm_loadl_epi64((const __m128i *)bytes);
  return (uint64_t)_mm_cvtsi128_si64(_mm_shuffle_epi8(word, _mm_loadl_epi64((const __m128i *)order)));
}

/* All eight bytes are written; what is too much is written over by the next, and near the end they go one by one. */
SHUFFLING static uint8_t *pack_shuffled(const uint64_t *bits, size_t words, const uint8_t *from, uint8_t *out,
                                        const uint8_t *end) {
  for (size_t i = 0; i < words * 8; i++) {
    unsigned mask = (unsigned)(bits[i / 8] >> i % 8 * 8) & 0xff;
    if (mask == 0) continue;
    if (end - out < 8) {
      out = pack_8(mask, from + i * 8, out);
      continue;
    }
    uint64_t packed = shuffle(from + i * 8, &packing[mask]);
    memcpy(out, &packed, sizeof packed);
    out += chosen[mask];
  }
  return out;
}

SHUFFLING static bool spread_shuffled(const uint8_t *bits, size_t count, uint8_t *to, const uint8_t *bytes,
                                      const uint8_t *end) {
  size_t i = 0;
  for (; i < count && end - bytes >= 8; i++) {
    unsigned mask = bits[i];
    uint64_t word;
    memcpy(&word, to + i * 8, sizeof word);
    word = (word & ~covering[mask]) | shuffle(bytes, &spreading[mask]);
    memcpy(to + i * 8, &word, sizeof word);
    bytes += chosen[mask];
  }
  return spread_plainly(bits + i, count - i, to + i * 8, bytes, end);
}

uint8_t *pack_bytes(const uint64_t *bits, size_t words, const uint8_t *from, uint8_t *out, const uint8_t *end) {
  return shuffles ? pack_shuffled(bits, words, from, out, end) : pack_plainly(bits, words, from, out);
}

bool spread_bytes(const uint8_t *bits, size_t count, uint8_t *to, const uint8_t *bytes, const uint8_t *end) {
  return shuffles ? spread_shuffled(bits, count, to, bytes, end) : spread_plainly(bits, count, to, bytes, end);
}

#else

uint8_t *pack_bytes(const uint64_t *bits, size_t words, const uint8_t *from, uint8_t *out, const uint8_t *end) {
  (void)end;
  return pack_plainly(bits, words, from, out);
}

bool spread_bytes(const uint8_t *bits, size_t count, uint8_t *to, const uint8_t *bytes, const uint8_t *end) {
  return spread_plainly(bits, count, to, bytes, end);
}

#endif
