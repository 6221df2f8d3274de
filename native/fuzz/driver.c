/*
 * A driver for where there is no libFuzzer: it makes inputs by chance alone, from a seed, and hands them to the
 * target. It takes the options of libFuzzer that scripts/fuzz.mjs uses, ignores its others, and leaves the input
 * that ended the process in a file, as libFuzzer does. Named files are run once instead.
 */
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <time.h>

#include "../test/testing.h"
#include "fuzz.h"

enum { KEPT = 64, MOST_BYTES = 65536 };

struct bytes {
  uint8_t at[MOST_BYTES];
  size_t count;
};

static struct {
  uint64_t runs, seed, max_total_time, max_len;
  const char *artifact_prefix;
} options = {UINT64_MAX, 1, UINT64_MAX, 4096, "./"};

static struct bytes present, kept[KEPT];
static uint64_t done;

static bool is_option(const char *argument, const char *name, const char **value) {
  size_t length = strlen(name);
  if (strncmp(argument, name, length) != 0) return false;
  *value = argument + length;
  return true;
}

static void read_option(const char *argument) {
  const char *value;
  if (is_option(argument, "-runs=", &value)) options.runs = strtoull(value, NULL, 10);
  else if (is_option(argument, "-seed=", &value)) options.seed = strtoull(value, NULL, 10);
  else if (is_option(argument, "-max_total_time=", &value)) options.max_total_time = strtoull(value, NULL, 10);
  else if (is_option(argument, "-max_len=", &value)) options.max_len = strtoull(value, NULL, 10);
  else if (is_option(argument, "-artifact_prefix=", &value)) options.artifact_prefix = value;
  if (options.max_len > MOST_BYTES) options.max_len = MOST_BYTES;
}

static void report(void) { fprintf(stderr, "stat::number_of_executed_units: %llu\n", (unsigned long long)done); }

/* The sanitizers call it before they end the process, and so does a check that failed. */
static void leave_input(void) {
  char path[4096];
  snprintf(path, sizeof path, "%scrash-%llu-%llu", options.artifact_prefix, (unsigned long long)options.seed,
           (unsigned long long)done);
  FILE *file = fopen(path, "wb");
  if (file == NULL) return;
  bool whole = fwrite(present.at, 1, present.count, file) == present.count;
  if (fclose(file) == 0 && whole) fprintf(stderr, "Test unit written to %s\n", path);
  report();
}

static void on_abort(int signal) {
  (void)signal;
  leave_input();
}

/* Short ones more often; most of them of bytes that mean something somewhere. */
static void invent(struct bytes *bytes, struct random *random) {
  static const uint8_t telling[] = {0, 1, 2, 3, 4, 7, 8, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xfe, 0xff};
  uint32_t bits = 1;
  while ((UINT64_C(1) << bits) < options.max_len) bits++;
  bytes->count = random_below(random, UINT32_C(1) << random_below(random, bits + 1));
  if (bytes->count > options.max_len) bytes->count = options.max_len;
  bool plain = random_below(random, 3) == 0;
  for (size_t i = 0; i < bytes->count; i++) {
    uint8_t any = (uint8_t)random_below(random, 256);
    bytes->at[i] = plain || any < 64 ? any : telling[any % sizeof telling];
  }
}

static void change(struct bytes *bytes, struct random *random) {
  for (uint32_t left = 1 + random_below(random, 6); left > 0 && bytes->count > 0; left--) {
    uint32_t at = random_below(random, (uint32_t)bytes->count);
    switch (random_below(random, 4)) {
      case 0:
        bytes->at[at] ^= (uint8_t)(1 << random_below(random, 8));
        break;
      case 1:
        bytes->at[at] = (uint8_t)random_below(random, 256);
        break;
      case 2:
        memmove(bytes->at + at, bytes->at + at + 1, bytes->count - at - 1);
        bytes->count--;
        break;
      default:
        if (bytes->count >= options.max_len) break;
        memmove(bytes->at + at + 1, bytes->at + at, bytes->count - at);
        bytes->count++;
    }
  }
}

static void next_input(struct random *random) {
  struct bytes *slot = &kept[random_below(random, KEPT)];
  if (slot->count == 0 || random_below(random, 4) == 0) invent(slot, random);
  else change(slot, random);
  present.count = slot->count;
  memcpy(present.at, slot->at, slot->count);
}

/* In memory of its own, so that the sanitizer sees who reads beyond it. */
static void run_once(void) {
  uint8_t *exact = malloc(present.count);
  memcpy(exact, present.at, present.count);
  done++;
  LLVMFuzzerTestOneInput(exact, present.count);
  free(exact);
}

static int run_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  present.count = fread(present.at, 1, MOST_BYTES, file);
  fclose(file);
  run_once();
  return 0;
}

int main(int argc, char **argv) {
  const char *file = NULL;
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] == '-') read_option(argv[i]);
    else file = argv[i];
  }
  if (file != NULL) return run_file(file);
  __sanitizer_set_death_callback(leave_input);
  signal(SIGABRT, on_abort);
  struct random random = {mix(options.seed)};
  time_t start = time(NULL);
  while (done < options.runs && (uint64_t)(time(NULL) - start) < options.max_total_time) {
    next_input(&random);
    run_once();
  }
  report();
  return 0;
}
