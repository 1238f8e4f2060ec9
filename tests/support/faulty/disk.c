/* Loaded before libc: writing to files whose path has FANGTAN_FAULT_IN fails with FANGTAN_FAULT_ERRNO, making them, too, when
   FANGTAN_FAULT_AT is "open". Half of a first write goes through, as on a disk that fills. FANGTAN_FAULT_AFTER=n lets the
   first n changes through.

   With FANGTAN_FAULT_KILL=n a process is killed there before its nth change instead: a write (half of it goes through), a new
   length, a new name, a removal. FANGTAN_FAULT_TERM=n asks it to end there. FANGTAN_FAULT_SHORT=1 lets half of each write
   through. FANGTAN_FAULT_CLOCK=s moves the clock by s seconds behind FANGTAN_FAULT_AFTER. With FANGTAN_FAULT_COUNT=FILE each
   change adds a byte to that file. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int named(const char *path) {
  const char *part = getenv("FANGTAN_FAULT_IN");
  return part && *part && strstr(path, part) != NULL;
}
static int at_open(void) {
  const char *at = getenv("FANGTAN_FAULT_AT");
  return at && !strcmp(at, "open");
}
static int under(int fd) {
  char link[64], path[4096];
  int saved = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  errno = saved;
  if (n < 0) return 0;
  path[n] = 0;
  return named(path);
}
static int halved, changes;
static int number(const char *name) { const char *value = getenv(name); return value ? atoi(value) : 0; }
static int after(void) { return __atomic_load_n(&changes, __ATOMIC_RELAXED) > number("FANGTAN_FAULT_AFTER"); }

/* A change that is about to be made; whether the process is killed there. */
static int last(void) {
  const char *count = getenv("FANGTAN_FAULT_COUNT");
  if (count) {
    int saved = errno, fd = syscall(SYS_openat, AT_FDCWD, count, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    syscall(SYS_write, fd, ".", 1);
    syscall(SYS_close, fd);
    errno = saved;
  }
  int at = __atomic_add_fetch(&changes, 1, __ATOMIC_RELAXED);
  if (at == number("FANGTAN_FAULT_TERM")) kill(getpid(), SIGTERM);
  return at == number("FANGTAN_FAULT_KILL");
}
static int fails(void) { return getenv("FANGTAN_FAULT_ERRNO") && !at_open() && after(); }
static int fault(void) { return number("FANGTAN_FAULT_ERRNO"); }
static size_t shortly(size_t size) { return number("FANGTAN_FAULT_SHORT") && size > 1 ? size / 2 : size; }
static void die(void) { kill(getpid(), SIGKILL); }

ssize_t write(int fd, const void *data, size_t size) {
  static ssize_t (*next)(int, const void *, size_t);
  if (!next) next = dlsym(RTLD_NEXT, "write");
  if (!under(fd)) return next(fd, data, size);
  if (last()) { next(fd, data, size / 2); die(); }
  if (!fails()) return next(fd, data, shortly(size));
  if (!halved++ && size > 1) return next(fd, data, size / 2);
  errno = fault();
  return -1;
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  static ssize_t (*next)(int, const void *, size_t, off64_t);
  if (!next) next = dlsym(RTLD_NEXT, "pwrite64");
  if (!under(fd)) return next(fd, data, size, at);
  if (last()) { next(fd, data, size / 2, at); die(); }
  if (!fails()) return next(fd, data, shortly(size), at);
  errno = fault();
  return -1;
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

int rename(const char *old, const char *new) {
  static int (*next)(const char *, const char *);
  if (!next) next = dlsym(RTLD_NEXT, "rename");
  if (named(new) && last()) die();
  return next(old, new);
}
int unlink(const char *name) {
  static int (*next)(const char *);
  if (!next) next = dlsym(RTLD_NEXT, "unlink");
  if (named(name) && last()) die();
  return next(name);
}
int ftruncate64(int fd, off64_t length) {
  static int (*next)(int, off64_t);
  if (!next) next = dlsym(RTLD_NEXT, "ftruncate64");
  if (under(fd) && last()) die();
  return next(fd, length);
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int opening(const char *name, const char *symbol, int flags, mode_t mode) {
  int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, symbol);
  if (getenv("FANGTAN_FAULT_ERRNO") && at_open() && (flags & O_CREAT) && named(name)) { errno = fault(); return -1; }
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

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*next)(clockid_t, struct timespec *);
  if (!next) next = dlsym(RTLD_NEXT, "clock_gettime");
  int done = next(clock, now);
  if (!done && clock == CLOCK_REALTIME && after()) now->tv_sec += number("FANGTAN_FAULT_CLOCK");
  return done;
}
