/* The heap, its pages and the trap, as JavaScript sees them. */
#include <stdint.h>
#include <unistd.h>

#include "api.h"
#include "counts.h"
#include "diff.h"
#include "heap.h"
#include "mappings.h"
#include "miss_ring.h"
#include "napi_util.h"
#include "owned.h"
#include "page_table.h"
#include "pages.h"
#include "trap.h"
#include "trouble.h"
#include "views.h"

/* ---- heapCreate ---- */

static const int64_t MOST_PAGE_BYTES = INT64_C(1) << 30;

static const char *shape_mistake(struct bytes buffer, struct heap_shape shape) {
  uintptr_t machine_page = (uintptr_t)sysconf(_SC_PAGESIZE);
  if (heap_exists()) return "the heap exists already";
  if ((uintptr_t)buffer.data % machine_page != 0) return "the buffer is not aligned to the machine's page";
  if (shape.page_bytes % machine_page != 0) return "pageBytes must be a multiple of the machine's page";
  if (buffer.length == 0 || buffer.length % shape.page_bytes != 0) return "the buffer must be some whole pages long";
  if (buffer.length / shape.page_bytes >= UINT32_MAX) return "the buffer has too many pages";
  return NULL;
}

/* While anything refers to the buffer its addresses cannot be given to another one. The reference is never deleted. */
static bool keep_for_ever(napi_env env, napi_value buffer) {
  napi_ref reference;
  return napi_create_reference(env, buffer, 1, &reference) == napi_ok;
}

static napi_value heap_create_js(napi_env env, napi_callback_info info) {
  struct args args;
  struct bytes buffer;
  int64_t page_bytes, budget;
  bool trapped;
  if (!args_read(env, info, 4, &args) || !arg_bytes(&args, 0, "buffer", 0, &buffer) ||
      !arg_integer(&args, 1, "pageBytes", 64, MOST_PAGE_BYTES, &page_bytes) ||
      !arg_bool(&args, 2, "trapped", &trapped) ||
      !arg_integer(&args, 3, "mappingBudget", 1, UINT32_MAX, &budget)) {
    return NULL;
  }
  struct heap_shape shape = {buffer.length, (uint32_t)page_bytes, trapped, (uint32_t)budget};
  const char *mistake = shape_mistake(buffer, shape);
  if (mistake != NULL) return throw_error(env, mistake);
  if (!keep_for_ever(env, args.values[0])) return throw_error(env, "the buffer cannot be kept");
  int error = heap_create(buffer.data, shape);
  return error == 0 ? NULL : throw_errno(env, "heapCreate", error);
}

static napi_value heap_close_js(napi_env env, napi_callback_info info) {
  (void)info;
  if (!heap_exists()) return throw_error(env, "there is no heap yet");
  int error = heap_trapped() ? heap_close() : 0;
  return error == 0 ? NULL : throw_errno(env, "heapClose", error);
}

/* ---- pages ---- */

static bool heap_needed(napi_env env) {
  if (heap_exists()) return true;
  throw_error(env, "there is no heap yet");
  return false;
}

static bool arg_page(const struct args *args, uint32_t *page) {
  int64_t value;
  if (!heap_needed(args->env) || !arg_integer(args, 0, "page", 0, (int64_t)views.page_count - 1, &value)) return false;
  *page = (uint32_t)value;
  return true;
}

/* Lengths and the answers of the contract go back as they are; the others are exceptions. */
static napi_value answer(napi_env env, int64_t result) {
  if (result == PAGES_TROUBLE) return throw_error(env, "the trap cannot go on; trapTrouble() says why");
  if (result == PAGES_MISUSE) return throw_error(env, "the page is not in a state for this operation");
  return number(env, (double)result);
}

static napi_value close_interval_js(napi_env env, napi_callback_info info) {
  struct args args;
  uint32_t *out;
  bool keep_watched;
  if (!heap_needed(env) || !args_read(env, info, 2, &args) ||
      !arg_unsigned(&args, 0, "out", views.page_count, &out) || !arg_bool(&args, 1, "keepWatched", &keep_watched)) {
    return NULL;
  }
  return number(env, pages_close_interval(out, keep_watched));
}

static napi_value with_diff(napi_env env, napi_callback_info info, int64_t (*operation)(uint32_t, uint8_t *)) {
  struct args args;
  uint32_t page;
  struct bytes out;
  if (!args_read(env, info, 2, &args) || !arg_page(&args, &page) ||
      !arg_bytes(&args, 1, "out", diff_limit(views.page_bytes), &out)) {
    return NULL;
  }
  /* Without a trap there are no twins, and closing a page would close it for good. */
  return answer(env, heap_trapped() ? operation(page, out.data) : PAGES_NO_TWIN);
}

static napi_value make_diff_js(napi_env env, napi_callback_info info) { return with_diff(env, info, pages_make_diff); }
static napi_value renew_js(napi_env env, napi_callback_info info) { return with_diff(env, info, pages_renew); }
static napi_value invalidate_js(napi_env env, napi_callback_info info) {
  return with_diff(env, info, pages_invalidate);
}

static napi_value read_page_js(napi_env env, napi_callback_info info) {
  struct args args;
  uint32_t page;
  struct bytes out;
  int64_t at;
  if (!args_read(env, info, 3, &args) || !arg_page(&args, &page) || !arg_integer(&args, 2, "at", 0, 64, &at) ||
      !arg_bytes(&args, 1, "out", (size_t)at + views.page_bytes, &out)) {
    return NULL;
  }
  pages_read(page, out.data + at);
  return NULL;
}

static napi_value patch_page_js(napi_env env, napi_callback_info info) {
  struct args args;
  uint32_t page;
  struct bytes diff;
  if (!args_read(env, info, 2, &args) || !arg_page(&args, &page) || !arg_bytes(&args, 1, "diff", 0, &diff)) return NULL;
  return boolean(env, pages_patch(page, diff.data, diff.length) == 0);
}

static napi_value begin_fetch_js(napi_env env, napi_callback_info info) {
  struct args args;
  uint32_t page;
  if (!args_read(env, info, 1, &args) || !arg_page(&args, &page)) return NULL;
  return boolean(env, pages_begin_fetch(page));
}

static napi_value apply_diff_js(napi_env env, napi_callback_info info) {
  struct args args;
  uint32_t page;
  struct bytes diff;
  if (!args_read(env, info, 2, &args) || !arg_page(&args, &page) || !arg_bytes(&args, 1, "diff", 0, &diff)) return NULL;
  int result = pages_apply(page, diff.data, diff.length);
  return result == PAGES_MISUSE ? answer(env, result) : boolean(env, result == 0);
}

static napi_value open_page_js(napi_env env, napi_callback_info info) {
  struct args args;
  uint32_t page;
  if (!args_read(env, info, 1, &args) || !arg_page(&args, &page)) return NULL;
  int result = pages_open(page);
  return result == 0 ? NULL : answer(env, result);
}

/* ---- owned pages ---- */

static napi_value grant_js(napi_env env, napi_callback_info info) {
  struct args args;
  uint32_t page;
  bool exclusive;
  if (!args_read(env, info, 2, &args) || !arg_page(&args, &page) || !arg_bool(&args, 1, "exclusive", &exclusive)) {
    return NULL;
  }
  int result = owned_grant(page, exclusive);
  return result == 0 ? NULL : answer(env, result);
}

static napi_value unless_held(napi_env env, napi_callback_info info, int (*operation)(uint32_t)) {
  struct args args;
  uint32_t page;
  if (!args_read(env, info, 1, &args) || !arg_page(&args, &page)) return NULL;
  int result = operation(page);
  return result == 0 || result == PAGES_HELD ? boolean(env, result == 0) : answer(env, result);
}

static napi_value downgrade_js(napi_env env, napi_callback_info info) { return unless_held(env, info, owned_downgrade); }
static napi_value recall_js(napi_env env, napi_callback_info info) { return unless_held(env, info, owned_recall); }

static napi_value look(napi_env env, napi_callback_info info, bool (*at)(uint32_t)) {
  struct args args;
  uint32_t page;
  if (!args_read(env, info, 1, &args) || !arg_page(&args, &page)) return NULL;
  return boolean(env, at(page));
}

static napi_value wants_write_js(napi_env env, napi_callback_info info) { return look(env, info, owned_wants_write); }
static napi_value page_held_js(napi_env env, napi_callback_info info) { return look(env, info, owned_held); }

/* ---- the trap ---- */

static napi_value take_miss_js(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, heap_exists() ? (double)miss_ring_take() : -1);
}

static napi_value page_state_js(napi_env env, napi_callback_info info) {
  struct args args;
  uint32_t page;
  if (!args_read(env, info, 1, &args) || !arg_page(&args, &page)) return NULL;
  return number(env, state_of(page_word(page)));
}

static napi_value trap_counters_js(napi_env env, napi_callback_info info) {
  struct args args;
  double *out;
  if (!args_read(env, info, 1, &args) || !arg_doubles(&args, 0, "out", 6, &out)) return NULL;
  out[0] = (double)counts.read_faults;
  out[1] = (double)counts.write_faults;
  out[2] = (double)counts.twins;
  out[3] = (double)counts.protects;
  out[4] = heap_exists() ? mappings_in_use() : 0;
  out[5] = mappings_budget();
  return NULL;
}

static napi_value page_counters_js(napi_env env, napi_callback_info info) {
  struct args args;
  int64_t first, end;
  double *out;
  if (!heap_needed(env) || !args_read(env, info, 3, &args) ||
      !arg_integer(&args, 0, "first", 0, (int64_t)views.page_count, &first) ||
      !arg_integer(&args, 1, "end", first, (int64_t)views.page_count, &end) || !arg_doubles(&args, 2, "out", 3, &out)) {
    return NULL;
  }
  struct page_sums sums = counts_of((uint32_t)first, (uint32_t)end);
  out[0] = (double)sums.read_faults;
  out[1] = (double)sums.write_faults;
  out[2] = (double)sums.twins;
  return NULL;
}

static napi_value trap_trouble_js(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, trouble_code());
}

static napi_value handler_installed_js(napi_env env, napi_callback_info info) {
  (void)info;
  return boolean(env, trap_installed());
}

const struct api_function memory_api[] = {
    {"heapCreate", heap_create_js},
    {"heapClose", heap_close_js},
    {"closeInterval", close_interval_js},
    {"makeDiff", make_diff_js},
    {"renew", renew_js},
    {"invalidate", invalidate_js},
    {"readPage", read_page_js},
    {"patchPage", patch_page_js},
    {"beginFetch", begin_fetch_js},
    {"applyDiff", apply_diff_js},
    {"openPage", open_page_js},
    {"grant", grant_js},
    {"downgrade", downgrade_js},
    {"recall", recall_js},
    {"wantsWrite", wants_write_js},
    {"pageHeld", page_held_js},
    {"takeMiss", take_miss_js},
    {"pageState", page_state_js},
    {"trapCounters", trap_counters_js},
    {"pageCounters", page_counters_js},
    {"trapTrouble", trap_trouble_js},
    {"handlerInstalled", handler_installed_js},
    {NULL, NULL},
};
