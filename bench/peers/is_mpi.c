/*
 * Integer sort in C with MPI, the peer of apps/is: the same keys and the same way of the counts, so the digest of the
 * ranks is the same. Each process adds its counts to those of the one before and sends them on; the last has the sums,
 * and all get them from it.
 *
 *   mpirun -n N is_mpi KEYS BUCKETS ITERATIONS      prints a line of JSON
 */
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#include "mpi_peer.h"

enum { MOST_KEYS = 1 << 26, MOST_BUCKETS = 1 << 22 };

static int buckets, iterations;
/* The keys of this process: [from, to) of all. */
static int from, to;
static int32_t *keys, *ranks, *counts, *received, *smaller;

/* The random numbers of the NAS benchmarks: x becomes 5^13 x mod 2^46, and x / 2^46 is the number. */
static const uint64_t MULTIPLIER = 1220703125, MASK = (UINT64_C(1) << 46) - 1;
static const uint64_t SEED = 314159265;

static uint64_t power(uint64_t base, uint64_t exponent) {
  uint64_t result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = result * base & MASK;
    base = base * base & MASK;
  }
  return result;
}

/* 46 bits fit a double, so the quotient is exact. */
static double next(uint64_t *x) {
  *x = *x * MULTIPLIER & MASK;
  return (double)*x * 0x1p-46;
}

/* Each is the sum of four random numbers, so that those in the middle are frequent. */
static void make_keys(void) {
  uint64_t x = power(MULTIPLIER, 4 * (uint64_t)from) * SEED & MASK;
  for (int i = 0; i < to - from; i++) {
    double sum = next(&x);
    for (int more = 1; more < 4; more++) sum += next(&x);
    keys[i] = (int32_t)(buckets / 4.0 * sum);
  }
}

static void change(int number, int32_t key) {
  if (number >= from && number < to) keys[number - from] = key;
}

static void count_keys(void) {
  memset(counts, 0, (size_t)buckets * sizeof *counts);
  for (int i = 0; i < to - from; i++) counts[keys[i]]++;
}

/* Along the row of processes, and from the last to all. */
static void add_up(void) {
  int last = peer_count - 1;
  if (peer_id > 0) {
    MPI_Recv(received, buckets, MPI_INT32_T, peer_id - 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    for (int i = 0; i < buckets; i++) counts[i] += received[i];
  }
  if (peer_id < last) MPI_Send(counts, buckets, MPI_INT32_T, peer_id + 1, 0, MPI_COMM_WORLD);
  MPI_Bcast(counts, buckets, MPI_INT32_T, last, MPI_COMM_WORLD);
}

static void rank_keys(void) {
  int32_t sum = 0;
  for (int i = 0; i < buckets; i++) {
    smaller[i] = sum;
    sum += counts[i];
  }
  for (int i = 0; i < to - from; i++) ranks[from + i] = smaller[keys[i]];
}

/* Two keys are others in each iteration, so that no ranking is like the one before. */
static void iterate(int iteration) {
  change(iteration, iteration);
  change(iteration + iterations, buckets - iteration);
  count_keys();
  add_up();
  rank_keys();
}

static void make_room(int total) {
  from = peer_block(total, peer_id);
  to = peer_block(total, peer_id + 1);
  keys = peer_zeros((size_t)(to - from), sizeof *keys);
  /* In full length, so that all fit into process 0. */
  ranks = peer_zeros((size_t)total, sizeof *ranks);
  counts = peer_zeros((size_t)buckets, sizeof *counts);
  received = peer_zeros((size_t)buckets, sizeof *received);
  smaller = peer_zeros((size_t)buckets, sizeof *smaller);
}

static void free_room(void) {
  int32_t *all[] = {keys, ranks, counts, received, smaller};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

int main(int count, char **words) {
  peer_begin(count, words, 3, "is_mpi KEYS BUCKETS ITERATIONS");
  iterations = peer_number(words[3], 1, MOST_BUCKETS - 1);
  int least = 2 * iterations + 1 > peer_count ? 2 * iterations + 1 : peer_count;
  int total = peer_number(words[1], least, MOST_KEYS);
  buckets = peer_number(words[2], iterations + 1, MOST_BUCKETS);
  make_room(total);
  make_keys();
  iterate(1);
  double seconds = peer_timed(iterate, 1, iterations);
  peer_gather(ranks, total, 1);
  if (peer_id == 0) peer_tell(seconds, peer_digest(PEER_DIGEST_START, ranks, (size_t)total));
  free_room();
  MPI_Finalize();
  return 0;
}
