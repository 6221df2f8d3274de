/* What the peers with MPI share: blocks, digest, the clock and the line of JSON, all as apps/lib has them. */
#ifndef TM_BENCH_MPI_PEER_H
#define TM_BENCH_MPI_PEER_H

#include <stddef.h>
#include <stdint.h>

/* The hash of nothing. */
#define PEER_DIGEST_START UINT32_C(0x811c9dc5)

/* Who this process is, and how many there are; known after peer_begin. */
extern int peer_id, peer_count;

/* Starts MPI; unless there are so many arguments, says `usage`. */
void peer_begin(int count, char **words, int expected, const char *usage);

/* For arguments that cannot be: all processes have the same ones and end, and process 0 says why. */
_Noreturn void peer_refuse(const char *why, const char *what);

/* A whole number from `least` to `most`; another is refused. */
int peer_number(const char *text, int least, int most);

/* Memory for so many of these, all zero; pages that nobody touches are not there. */
void *peer_zeros(size_t count, size_t bytes);

/* Where the block of process `id` begins; it ends where the next one's begins. */
int peer_block(int total, int id);

/* Process 0 gets everybody's block of rows of so many words; all have the array in full length. */
void peer_gather(void *words, int rows, int words_in_row);

/* Seconds that these iterations take, until the last process has done its part. */
double peer_timed(void (*iterate)(int iteration), int first, int last);

/* FNV-1a over 32-bit words, continuing from `hash`. */
uint32_t peer_digest(uint32_t hash, const void *words, size_t count);

/* Process 0 prints the outcome. */
void peer_tell(double seconds, uint32_t digest);

#endif
