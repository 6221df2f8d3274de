#include "page_set.h"

#include <stdlib.h>

#include "fail_point.h"

static uint32_t words_for(uint32_t bits) { return bits / 64 + (bits % 64 != 0); }

bool page_set_create(struct page_set *set, uint32_t pages) {
  set->page_words = words_for(pages);
  set->word_words = words_for(set->page_words);
  set->pages = calloc(set->page_words, sizeof *set->pages);
  set->words = calloc(set->word_words, sizeof *set->words);
  return set->pages != NULL && set->words != NULL;
}

void page_set_destroy(struct page_set *set) {
  free((void *)set->pages);
  free((void *)set->words);
  *set = (struct page_set){0};
}

/* First the page, then the word: taking goes the other way round, so it either sees the page or leaves the word. */
void page_set_add(struct page_set *set, uint32_t page) {
  uint32_t word = page / 64;
  atomic_fetch_or(&set->pages[word], UINT64_C(1) << (page % 64));
  FAIL_POINT("entry:half");
  atomic_fetch_or(&set->words[word / 64], UINT64_C(1) << (word % 64));
}

void page_set_remove(struct page_set *set, uint32_t page) {
  atomic_fetch_and(&set->pages[page / 64], ~(UINT64_C(1) << (page % 64)));
}

static void take_word(struct page_set *set, uint32_t word, void (*visit)(uint32_t, void *), void *context) {
  uint64_t bits = atomic_exchange(&set->pages[word], 0);
  for (; bits != 0; bits &= bits - 1) visit(word * 64 + (uint32_t)__builtin_ctzll(bits), context);
}

void page_set_take(struct page_set *set, void (*visit)(uint32_t, void *), void *context) {
  for (uint32_t i = 0; i < set->word_words; i++) {
    if (atomic_load(&set->words[i]) == 0) continue;
    uint64_t words = atomic_exchange(&set->words[i], 0);
    for (; words != 0; words &= words - 1) take_word(set, i * 64 + (uint32_t)__builtin_ctzll(words), visit, context);
  }
}
