#include "scalar_diff.h"

static size_t put_varint(uint8_t *out, size_t at, size_t n) {
  while (n >= 0x80) {
    if (out != NULL) out[at] = (uint8_t)((n & 0x7f) | 0x80);
    at++;
    n >>= 7;
  }
  if (out != NULL) out[at] = (uint8_t)n;
  return at + 1;
}

/* With `out` NULL it only counts. */
static size_t as_runs(const uint8_t *twin, const uint8_t *current, size_t page_bytes, uint8_t *out) {
  size_t at = 0, end = 0;
  if (out != NULL) out[at] = 0;
  at++;
  for (size_t i = 0; i < page_bytes;) {
    if (twin[i] == current[i]) {
      i++;
      continue;
    }
    size_t start = i;
    while (i < page_bytes && twin[i] != current[i]) i++;
    at = put_varint(out, at, start - end);
    at = put_varint(out, at, i - start);
    for (size_t j = start; j < i; j++, at++) {
      if (out != NULL) out[at] = current[j];
    }
    end = i;
  }
  return at;
}

static size_t as_bitmap(const uint8_t *twin, const uint8_t *current, size_t page_bytes, uint8_t *out) {
  size_t at = 1 + page_bytes / 8;
  if (out != NULL) {
    out[0] = 1;
    for (size_t i = 1; i < at; i++) out[i] = 0;
  }
  for (size_t i = 0; i < page_bytes; i++) {
    if (twin[i] == current[i]) continue;
    if (out != NULL) {
      out[1 + i / 8] |= (uint8_t)(1 << i % 8);
      out[at] = current[i];
    }
    at++;
  }
  return at;
}

static size_t count_runs(const uint8_t *twin, const uint8_t *current, size_t page_bytes) {
  size_t count = 0;
  for (size_t i = 0; i < page_bytes; i++)
    if (twin[i] != current[i] && (i == 0 || twin[i - 1] == current[i - 1])) count++;
  return count;
}

size_t scalar_make(const uint8_t *twin, const uint8_t *current, size_t page_bytes, uint8_t *out) {
  size_t count = count_runs(twin, current, page_bytes);
  if (count == 0) return 0;
  size_t runs = as_runs(twin, current, page_bytes, NULL);
  if (runs + count <= as_bitmap(twin, current, page_bytes, NULL)) return as_runs(twin, current, page_bytes, out);
  return as_bitmap(twin, current, page_bytes, out);
}

static bool get_varint(const uint8_t *diff, size_t bytes, size_t *at, uint64_t *value) {
  *value = 0;
  for (int i = 0; i < 5; i++) {
    if (*at >= bytes) return false;
    uint8_t byte = diff[(*at)++];
    *value += (uint64_t)(byte % 128) << 7 * i;
    if (byte < 128) return true;
  }
  return false;
}

static bool runs(uint8_t *page, size_t page_bytes, const uint8_t *diff, size_t bytes) {
  size_t at = 1, offset = 0;
  while (at < bytes) {
    uint64_t gap, length;
    if (!get_varint(diff, bytes, &at, &gap) || !get_varint(diff, bytes, &at, &length)) return false;
    offset += gap;
    if (length < 1 || offset + length > page_bytes || at + length > bytes) return false;
    for (uint64_t i = 0; i < length; i++, offset++, at++) {
      if (page != NULL) page[offset] = diff[at];
    }
  }
  return true;
}

static bool bitmap(uint8_t *page, size_t page_bytes, const uint8_t *diff, size_t bytes) {
  size_t at = 1 + page_bytes / 8;
  if (bytes < at) return false;
  for (size_t i = 0; i < page_bytes; i++) {
    if ((diff[1 + i / 8] >> i % 8 & 1) == 0) continue;
    if (at >= bytes) return false;
    if (page != NULL) page[i] = diff[at];
    at++;
  }
  return at == bytes;
}

bool scalar_apply(uint8_t *page, size_t page_bytes, const uint8_t *diff, size_t bytes) {
  if (bytes == 0) return true;
  if (bytes > page_bytes + page_bytes / 8) return false;
  if (diff[0] == 0) return runs(NULL, page_bytes, diff, bytes) && runs(page, page_bytes, diff, bytes);
  if (diff[0] == 1) return bitmap(NULL, page_bytes, diff, bytes) && bitmap(page, page_bytes, diff, bytes);
  return false;
}
