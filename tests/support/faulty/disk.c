/* Loaded before libc: writing to files whose path has FANGTAN_FAULT_IN fails with FANGTAN_FAULT_ERRNO, making them, too, when
   FANGTAN_FAULT_AT is "open". Half of a first write goes through, as on a disk that fills. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int named(const char *path) {
  const char *part = getenv("FANGTAN_FAULT_IN");
  return part && *part && strstr(path, part) != NULL;
}
static int at_open(void) {
  const char *at = getenv("FANGTAN_FAULT_AT");
  return at && !strcmp(at, "open");
}
static int fails(int fd) {
  char link[64], path[4096];
  int saved = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  errno = saved;
  if (n < 0) return 0;
  path[n] = 0;
  return !at_open() && named(path);
}
static int fault(void) { return atoi(getenv("FANGTAN_FAULT_ERRNO")); }
static int halved;

ssize_t write(int fd, const void *data, size_t size) {
  static ssize_t (*next)(int, const void *, size_t);
  if (!next) next = dlsym(RTLD_NEXT, "write");
  if (!fails(fd)) return next(fd, data, size);
  if (!halved++ && size > 1) return next(fd, data, size / 2);
  errno = fault();
  return -1;
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  static ssize_t (*next)(int, const void *, size_t, off64_t);
  if (!next) next = dlsym(RTLD_NEXT, "pwrite64");
  if (!fails(fd)) return next(fd, data, size, at);
  errno = fault();
  return -1;
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

static int opening(const char *name, const char *symbol, int flags, mode_t mode) {
  int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, symbol);
  if (at_open() && (flags & O_CREAT) && named(name)) { errno = fault(); return -1; }
  return next(name, flags, mode);
}
#define OPEN(symbol) \
  int symbol(const char *name, int flags, ...) { \
    va_list more; va_start(more, flags); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0; \
    va_end(more); \
    return opening(name, #symbol, flags, mode); \
  }
OPEN(open)
OPEN(open64)
