/*
 * Any sequence of additions, removals and takings, on sets of any size: what is taken is what a plain array of
 * flags holds, in ascending order, and nothing stays behind. The first two bytes of the input are the number of
 * pages; then an operation stands in three bytes.
 */
#include "../page_set.h"
#include "fuzz.h"

enum { MOST_PAGES = 9000 };

struct model {
  uint32_t pages;
  bool in[MOST_PAGES];
  /* The first page that has not been visited. */
  uint32_t next;
};

static void visit(uint32_t page, void *context) {
  struct model *model = context;
  FUZZ_CHECK(page < model->pages && page >= model->next);
  for (; model->next < page; model->next++) FUZZ_CHECK(!model->in[model->next]);
  FUZZ_CHECK(model->in[page]);
  model->in[page] = false;
  model->next = page + 1;
}

static void take_all(struct page_set *set, struct model *model) {
  model->next = 0;
  page_set_take(set, visit, model);
  for (; model->next < model->pages; model->next++) FUZZ_CHECK(!model->in[model->next]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input input = {data, size};
  static struct model model;
  struct page_set set;
  memset(&model, 0, sizeof model);
  model.pages = 1 + take_below(&input, MOST_PAGES);
  FUZZ_CHECK(page_set_create(&set, model.pages));
  while (input.left > 0) {
    uint8_t operation = take_byte(&input);
    uint32_t page = take_below(&input, model.pages);
    if (operation % 8 == 7) take_all(&set, &model);
    else if (operation % 4 == 3) page_set_remove(&set, page);
    else page_set_add(&set, page);
    if (operation % 8 != 7) model.in[page] = operation % 4 != 3;
  }
  take_all(&set, &model);
  take_all(&set, &model);
  page_set_destroy(&set);
  return 0;
}
