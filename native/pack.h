/*
 * Bytes chosen by a bit mask, packed together and spread out again: eight at a time by one shuffle where the processor
 * has it, and one by one where it has not. Both are what a diff in the form of a bitmap is made of.
 */
#ifndef TM_PACK_H
#define TM_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Appends to `out` the bytes of `from` whose bits are set, in `words` words of 64; as many as bits are. Nothing at `end`
 * or behind it is touched. Returns where the next byte goes.
 */
uint8_t *pack_bytes(const uint64_t *bits, size_t words, const uint8_t *from, uint8_t *out, const uint8_t *end);

/*
 * Writes bytes to those at `to` whose bits are set, in `count` bytes of eight. Nobody else may write there meanwhile: the
 * others are written with what they were. False when the bytes end too soon; nothing at `end` or behind it is read.
 */
bool spread_bytes(const uint8_t *bits, size_t count, uint8_t *to, const uint8_t *bytes, const uint8_t *end);

/* How many bits are set. */
static inline unsigned bits_in(uint64_t word) {
  word -= word >> 1 & UINT64_C(0x5555555555555555);
  word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
  word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
  return (unsigned)(word * UINT64_C(0x0101010101010101) >> 56);
}

#endif
