/**
 * Preloaded into a process (LD_PRELOAD): counts the calls that change files below a folder, and kills the process before one of them.
 * For scripts/killTest.mjs.
 *
 *   KILL_FOLDER  calls on paths below it count
 *   KILL_AT      number of the call before which the process is killed; 0 for none
 *   KILL_LOG     file that gets a letter for each call that was counted
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static void count(const char *path, const char *letter) {
  const char *folder = getenv("KILL_FOLDER");
  if (!folder || !path || strncmp(path, folder, strlen(folder)) != 0) return;
  const char *at = getenv("KILL_AT");
  const char *log = getenv("KILL_LOG");
  long number = atomic_fetch_add(&calls, 1) + 1;
  if (at && number == atol(at)) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
  }
  if (!log) return;
  int file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (file < 0) return;
  syscall(SYS_write, file, letter, 1);
  syscall(SYS_close, file);
}

static void countOpen(int file, const char *letter) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return;
  path[length] = 0;
  count(path, letter);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ON_PATH(type, name, letter, parameters, arguments) \
  type name parameters { \
    count(path, letter); \
    return NEXT(name) arguments; \
  }
#define ON_FILE(type, name, letter, parameters, arguments) \
  type name parameters { \
    countOpen(file, letter); \
    return NEXT(name) arguments; \
  }
#define OPENS(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    if (flags & (O_CREAT | O_TRUNC)) count(path, "o"); \
    return NEXT(name)(path, flags, mode); \
  }

OPENS(open)
OPENS(open64)
ON_PATH(int, rename, "r", (const char *path, const char *to), (path, to))
ON_PATH(int, unlink, "u", (const char *path), (path))
ON_PATH(int, rmdir, "d", (const char *path), (path))
ON_PATH(int, mkdir, "m", (const char *path, mode_t mode), (path, mode))
ON_FILE(ssize_t, write, "w", (int file, const void *bytes, size_t length), (file, bytes, length))
ON_FILE(ssize_t, writev, "w", (int file, const struct iovec *parts, int n), (file, parts, n))
ON_FILE(ssize_t, pwrite, "w", (int file, const void *bytes, size_t length, off_t at), (file, bytes, length, at))
ON_FILE(ssize_t, pwrite64, "w", (int file, const void *bytes, size_t length, off64_t at), (file, bytes, length, at))
ON_FILE(int, fsync, "s", (int file), (file))
ON_FILE(int, fdatasync, "s", (int file), (file))
ON_FILE(int, ftruncate, "t", (int file, off_t length), (file, length))
ON_FILE(int, ftruncate64, "t", (int file, off64_t length), (file, length))
