/** Bugs in the C part: native/pages.c, watch.c, miss_ring.c, page_set.c and diff.c. */
import { type Mutant, mutantsOf } from './mutant.js'

export const native: readonly Mutant[] = [
  ...mutantsOf('native/pages.c', 'notices_test', [
    {
      name: 'native-diff-before-mprotect',
      about: 'A page is compared while it is still open: what is written between diff and mprotect is in no diff.',
      find: `  uint32_t trouble = mappings_protect(page, access);
  if (trouble != TROUBLE_NONE) return give_up(page, NOTED, trouble);
  FAIL_POINT("close:protected");
  size_t bytes = diff_of(page, out);
  FAIL_POINT("close:diffed");`,
      replace: `  size_t bytes = diff_of(page, out);
  FAIL_POINT("close:diffed");
  uint32_t trouble = mappings_protect(page, access);
  if (trouble != TROUBLE_NONE) return give_up(page, NOTED, trouble);
  FAIL_POINT("close:protected");`,
    },
    {
      name: 'native-no-busy-state',
      about: 'A page that is closed gets its next state at once: a handler makes a new twin under the diff.',
      find: 'return page_claim(page, NOTED, CLOSING) ? close_claimed',
      replace: 'return page_claim(page, NOTED, after) ? close_claimed',
    },
    {
      name: 'native-twinning-page-skipped',
      about: 'An interval that closes does not wait for a page whose twin is being made, and takes it off the list.',
      find: '  while (state_of(word = page_word(page)) == TWINNING) page_sleep(page, word, 0);\n',
      replace: '  word = page_word(page);\n  (void)word;\n',
    },
    {
      name: 'native-listed-after-opening',
      about:
        'A page is open for writing before it stands in the dirty list: an interval that closes between does not name it.',
      find: `  page_set_add(&dirty, page);
  FAIL_POINT("write:listed");
  uint32_t trouble = mappings_protect(page, ACCESS_WRITE);`,
      replace: `  uint32_t trouble = mappings_protect(page, ACCESS_WRITE);
  FAIL_POINT("write:listed");
  page_set_add(&dirty, page);`,
    },
    {
      name: 'native-patched-without-a-claim',
      about: 'A clean page is patched without being claimed: a twin that is made meanwhile holds half of the patch.',
      find: 'if (page_claim(page, word, CLOSING)) return patch_clean(page, diff, bytes)',
      replace: 'return patch_clean(page, diff, bytes)',
    },
  ]),
  ...mutantsOf('native/pages.c', 'watch_test', [
    {
      name: 'native-twin-not-renewed',
      about:
        'A diff is made of a page that stays open, and its twin stays as it was: the next diff has old bytes again.',
      find: '  memcpy(views_twin(page), aside, views.page_bytes);\n  watch_add',
      replace: '  watch_add',
    },
  ]),
  ...mutantsOf('native/watch.c', 'watch_test', [
    {
      name: 'native-watched-page-closed-blindly',
      about: 'A page that had not changed is closed without being compared once more.',
      find: 'if (trouble == TROUBLE_NONE && !changed(page)) {',
      replace: 'if (trouble == TROUBLE_NONE) {',
    },
  ]),
  ...mutantsOf('native/pages.c', 'pages_test', [
    {
      name: 'native-open-before-the-twin',
      about: 'A write fault opens the page and copies the twin then: what another thread writes between is in no diff.',
      find: `  memcpy(views_twin(page), views_service(page), views.page_bytes);
  FAIL_POINT("write:twinned");
  page_set_add(&dirty, page);
  FAIL_POINT("write:listed");
  uint32_t trouble = mappings_protect(page, ACCESS_WRITE);`,
      replace: `  FAIL_POINT("write:twinned");
  page_set_add(&dirty, page);
  uint32_t trouble = mappings_protect(page, ACCESS_WRITE);
  FAIL_POINT("write:listed");
  memcpy(views_twin(page), views_service(page), views.page_bytes);`,
    },
  ]),
  ...mutantsOf('native/miss_ring.c', 'pages_test', [
    {
      name: 'native-short-ring',
      about: 'The ring of misses has room for half of the pages, which is more than there are threads, usually.',
      find: 'while (size < pages) size *= 2;',
      replace: 'while (size < pages / 2) size *= 2;',
    },
  ]),
  ...mutantsOf('native/page_set.c', 'wake_test', [
    {
      name: 'native-word-before-page',
      about:
        'The dirty list is entered from above: who takes it between finds nothing there, and clears the way to it.',
      find: `  atomic_fetch_or(&set->pages[word], UINT64_C(1) << (page % 64));
  FAIL_POINT("entry:half");
  atomic_fetch_or(&set->words[word / 64], UINT64_C(1) << (word % 64));`,
      replace: `  atomic_fetch_or(&set->words[word / 64], UINT64_C(1) << (word % 64));
  FAIL_POINT("entry:half");
  atomic_fetch_or(&set->pages[word], UINT64_C(1) << (page % 64));`,
    },
  ]),
  ...mutantsOf('native/diff.c', 'diff_test', [
    {
      name: 'native-diff-of-4-bytes',
      about: 'The fast comparison goes by 4 bytes at a time: neighbours in a word destroy each other.',
      find: '_mm_cmpeq_epi8(left, right)',
      replace: '_mm_cmpeq_epi32(left, right)',
    },
  ]),
]
