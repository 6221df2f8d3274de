#include "mpi_peer.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int peer_id, peer_count;

void peer_refuse(const char *why, const char *what) {
  if (peer_id == 0) fprintf(stderr, "%s: %s\n", why, what);
  MPI_Finalize();
  exit(2);
}

void peer_begin(int count, char **words, int expected, const char *usage) {
  MPI_Init(&count, &words);
  MPI_Comm_rank(MPI_COMM_WORLD, &peer_id);
  MPI_Comm_size(MPI_COMM_WORLD, &peer_count);
  if (count != expected + 1) peer_refuse("usage", usage);
}

int peer_number(const char *text, int least, int most) {
  char *end = NULL;
  long value = strtol(text, &end, 10);
  if (end == text || *end != '\0' || value < least || value > most) peer_refuse("not a number in range", text);
  return (int)value;
}

void *peer_zeros(size_t count, size_t bytes) {
  void *memory = calloc(count, bytes);
  if (memory != NULL || count == 0) return memory;
  perror("calloc");
  MPI_Abort(MPI_COMM_WORLD, 1);
  abort();
}

int peer_block(int total, int id) { return (int)((int64_t)total * id / peer_count); }

void peer_gather(void *words, int rows, int words_in_row) {
  int *counts = peer_zeros((size_t)peer_count, sizeof *counts);
  int *places = peer_zeros((size_t)peer_count, sizeof *places);
  for (int id = 0; id < peer_count; id++) {
    places[id] = peer_block(rows, id) * words_in_row;
    counts[id] = peer_block(rows, id + 1) * words_in_row - places[id];
  }
  /* Those of process 0 lie where they belong. */
  const void *own = peer_id == 0 ? MPI_IN_PLACE : (const uint32_t *)words + places[peer_id];
  MPI_Gatherv(own, counts[peer_id], MPI_UINT32_T, words, counts, places, MPI_UINT32_T, 0, MPI_COMM_WORLD);
  free(counts);
  free(places);
}

double peer_timed(void (*iterate)(int iteration), int first, int last) {
  MPI_Barrier(MPI_COMM_WORLD);
  double began = MPI_Wtime();
  for (int i = first; i <= last; i++) iterate(i);
  MPI_Barrier(MPI_COMM_WORLD);
  return MPI_Wtime() - began;
}

uint32_t peer_digest(uint32_t hash, const void *words, size_t count) {
  const unsigned char *bytes = words;
  for (size_t i = 0; i < count; i++) {
    uint32_t word;
    memcpy(&word, bytes + i * sizeof word, sizeof word);
    hash = (hash ^ word) * UINT32_C(0x01000193);
  }
  return hash;
}

void peer_tell(double seconds, uint32_t digest) {
  if (peer_id != 0) return;
  printf("{\"seconds\":%.9f,\"result\":{\"digest\":\"%08x\"}}\n", seconds, (unsigned)digest);
}
