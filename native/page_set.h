/*
 * A page set is a bitmap of pages that many threads add to and the service takes from: the dirty list. A
 * second bitmap says which words of the first may hold something, so that taking costs little in a large
 * heap. It cannot overflow, needs no allocation in a handler, an entry can be withdrawn, and pages come out
 * in ascending order.
 */
#ifndef TM_PAGE_SET_H
#define TM_PAGE_SET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct page_set {
  _Atomic uint64_t *pages;
  _Atomic uint64_t *words;
  uint32_t page_words;
  uint32_t word_words;
};

bool page_set_create(struct page_set *set, uint32_t pages);
void page_set_destroy(struct page_set *set);

void page_set_add(struct page_set *set, uint32_t page);
void page_set_remove(struct page_set *set, uint32_t page);
/* Takes all pages out; `visit` is called for each. A page added meanwhile is taken now or next time. */
void page_set_take(struct page_set *set, void (*visit)(uint32_t page, void *context), void *context);

#endif
