/*
 * A diff is the bytes of a page that differ from its twin; src/core/diff.ts describes the encoding and is the
 * reference, byte for byte. Making one compares word by word into a bitmap of changed bytes and encodes from
 * that, as runs or as the bitmap itself, as diff.ts says. Applying one checks all of it before the first
 * byte is written: a diff comes from another process.
 */
#ifndef TM_DIFF_H
#define TM_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest diff of a page. */
static inline size_t diff_limit(size_t page_bytes) { return page_bytes + page_bytes / 8; }
static inline size_t diff_scratch_bytes(size_t page_bytes) { return page_bytes / 8; }

/*
 * `twin` and `current` are `page_bytes` long, a multiple of 64; `out` has room for diff_limit, `scratch` for
 * diff_scratch_bytes. Returns the length.
 */
size_t diff_make(const uint8_t *twin, const uint8_t *current, size_t page_bytes, uint8_t *out, uint64_t *scratch);

/*
 * False, and nothing written, when the diff is malformed or reaches past the page. Nobody else may write to the page
 * meanwhile.
 */
bool diff_apply(uint8_t *page, size_t page_bytes, const uint8_t *diff, size_t bytes);

#endif
