/*
 * Over-relaxation in C with MPI, the peer of apps/sor: the same plate, blocks of rows and order of sums, so the digest
 * is the same bit for bit. After each colour a process exchanges its first and last row with its neighbours.
 *
 *   mpirun -n N sor_mpi ROWS COLS ITERATIONS zero|nonzero      prints a line of JSON
 */
#include <mpi.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mpi_peer.h"

enum { RED, BLACK, MOST_ROWS = 1 << 15 };

/* Each colour is an array of its own, half as wide as the plate, and in full length, so that rows have the same
 * numbers everywhere. */
static float *red, *black;
static int rows, cols, half;
/* The rows of this process: [from, to). */
static int from, to;

static float *row_of(float *cells, int row) { return cells + (size_t)row * (size_t)half; }

static float start_of(int row, int col, bool noise) {
  if (row == 0 || col == 0 || row == rows - 1 || col == cols - 1) return 1;
  if (!noise) return 0;
  uint32_t mixed = ((uint32_t)row * 7919 ^ (uint32_t)col * 104729) * UINT32_C(0x9e3779b1);
  return (float)(mixed >> 8) / (1 << 24);
}

static void initialise(int first, int end, bool noise) {
  for (int row = first; row < end; row++) {
    for (int col = 0; col < cols; col++) {
      float temperature = start_of(row, col, noise);
      /* A page that is only to hold zeros is not touched. */
      if (temperature != 0) row_of(((row + col) & 1) == RED ? red : black, row)[col / 2] = temperature;
    }
  }
}

/*
 * In rows where `shift` is 0 cell k lies between neighbours k-1 and k, else between k and k+1. The sum is done in
 * double and rounded once, as in JavaScript.
 */
static void relax_row(float *restrict cells, const float *restrict others, size_t row, size_t shift) {
  size_t width = (size_t)half;
  size_t start = row * width + 1 - shift;
  float left = others[start - 1 + shift];
  for (size_t cell = start; cell < start + width - 1; cell++) {
    float right = others[cell + shift];
    cells[cell] = (float)(0.25 * ((double)others[cell - width] + others[cell + width] + left + right));
    left = right;
  }
}

static void relax(float *cells, const float *others, int colour) {
  int first = from > 1 ? from : 1;
  int end = to < rows - 1 ? to : rows - 1;
  for (int row = first; row < end; row++) relax_row(cells, others, (size_t)row, (size_t)((row + colour) & 1));
}

static void exchange(float *cells) {
  MPI_Request requests[4];
  int count = 0, above = peer_id - 1, below = peer_id + 1;
  if (above >= 0) {
    MPI_Irecv(row_of(cells, from - 1), half, MPI_FLOAT, above, 0, MPI_COMM_WORLD, &requests[count++]);
    MPI_Isend(row_of(cells, from), half, MPI_FLOAT, above, 0, MPI_COMM_WORLD, &requests[count++]);
  }
  if (below < peer_count) {
    MPI_Irecv(row_of(cells, to), half, MPI_FLOAT, below, 0, MPI_COMM_WORLD, &requests[count++]);
    MPI_Isend(row_of(cells, to - 1), half, MPI_FLOAT, below, 0, MPI_COMM_WORLD, &requests[count++]);
  }
  MPI_Waitall(count, requests, MPI_STATUSES_IGNORE);
}

static void iterate(int iteration) {
  (void)iteration;
  relax(red, black, RED);
  exchange(red);
  relax(black, red, BLACK);
  exchange(black);
}

static void make_plate(bool noise) {
  size_t cells = (size_t)rows * (size_t)half;
  red = peer_zeros(cells, sizeof *red);
  black = peer_zeros(cells, sizeof *black);
  from = peer_block(rows, peer_id);
  to = peer_block(rows, peer_id + 1);
  initialise(from > 0 ? from - 1 : 0, to < rows ? to + 1 : rows, noise);
}

static uint32_t digest(void) {
  size_t cells = (size_t)rows * (size_t)half;
  return peer_digest(peer_digest(PEER_DIGEST_START, red, cells), black, cells);
}

int main(int count, char **words) {
  peer_begin(count, words, 4, "sor_mpi ROWS COLS ITERATIONS zero|nonzero");
  rows = peer_number(words[1], peer_count > 3 ? peer_count : 3, MOST_ROWS);
  cols = peer_number(words[2], 4, MOST_ROWS);
  if (cols % 2 != 0) peer_refuse("COLS must be even", words[2]);
  half = cols / 2;
  int iterations = peer_number(words[3], 2, 1 << 30);
  bool noise = strcmp(words[4], "nonzero") == 0;
  if (!noise && strcmp(words[4], "zero") != 0) peer_refuse("neither zero nor nonzero", words[4]);
  make_plate(noise);
  iterate(0);
  double seconds = peer_timed(iterate, 1, iterations - 1);
  peer_gather(red, rows, half);
  peer_gather(black, rows, half);
  if (peer_id == 0) peer_tell(seconds, digest());
  free(red);
  free(black);
  MPI_Finalize();
  return 0;
}
