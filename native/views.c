#include "views.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

struct views views;

/* A child process that inherited the heap would keep its memory, and a fault there would wait for ever. */
static void *map(void *at, size_t bytes, int flags, int fd) {
  void *mapped = mmap(at, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (mapped == MAP_FAILED) return NULL;
  madvise(mapped, bytes, MADV_DONTFORK);
  return mapped;
}

static int memory_file(size_t bytes) {
  int fd = memfd_create("treadmarks", MFD_CLOEXEC);
  if (fd < 0) return -1;
  if (ftruncate(fd, (off_t)bytes) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

/* The program view comes last: only it destroys what stood there before. */
static int map_all(void *program, size_t bytes, int fd) {
  views.service = map(NULL, bytes, MAP_SHARED, fd);
  if (views.service == NULL) return errno;
  views.twins = map(NULL, bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
  if (views.twins == NULL) return errno;
  views.program = map(program, bytes, MAP_SHARED | MAP_FIXED, fd);
  return views.program == NULL ? errno : 0;
}

int views_map(void *program, size_t bytes, uint32_t page_bytes) {
  int fd = memory_file(bytes);
  if (fd < 0) return errno;
  int error = map_all(program, bytes, fd);
  close(fd);
  views.bytes = bytes;
  if (error != 0) {
    views_unmap();
    return error;
  }
  views.page_bytes = page_bytes;
  views.page_count = (uint32_t)(bytes / page_bytes);
  return 0;
}

void views_unmap(void) {
  if (views.program != NULL) munmap(views.program, views.bytes);
  if (views.twins != NULL) munmap(views.twins, views.bytes);
  if (views.service != NULL) munmap(views.service, views.bytes);
  views = (struct views){0};
}
