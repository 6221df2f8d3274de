/*
 * The scalar diff is the encoding of src/core/diff.ts written down once more in C, one byte after the other and
 * without any cleverness. The tests compare diff.c with it.
 */
#ifndef TM_SCALAR_DIFF_H
#define TM_SCALAR_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t scalar_make(const uint8_t *twin, const uint8_t *current, size_t page_bytes, uint8_t *out);
bool scalar_apply(uint8_t *page, size_t page_bytes, const uint8_t *diff, size_t bytes);

#endif
