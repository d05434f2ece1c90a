/* A disk below the process: records what is written to the files of one directory and when it is synced, and fails on
   purpose. Preloaded, see shim.ts. DISK_DIR is the directory, DISK_TRACE the record, DISK_FAULT "<what> <from> <count>",
   and for a sync how many later one more fails. While the file DISK_HELD is there, no sync ends. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST 65536
#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char directory[4096], log_path[4096], held[4096], fault[32];
static long from = -1, count = 0, again = 0, writes = 0, syncs = 0, steps = 0;
static int trace = -1;
static uint32_t files[MOST]; /* by descriptor */
static int is_directory[MOST];
static struct { ino_t inode; uint32_t id; } known[MOST];
static uint32_t known_count = 0, last_id = 0;
/* What the program says of itself, in order with what it writes: no part of what may fail. */
static uint32_t record_id = 0;

__attribute__((constructor)) static void begin(void) {
  const char *given = getenv("DISK_DIR"), *to = getenv("DISK_TRACE"), *how = getenv("DISK_FAULT");
  if (!given || !to) return;
  snprintf(directory, sizeof directory, "%s/", given);
  snprintf(log_path, sizeof log_path, "%s/events.db-wal", given);
  if (getenv("DISK_HELD")) snprintf(held, sizeof held, "%s", getenv("DISK_HELD"));
  if (how) sscanf(how, "%31s %ld %ld %ld", fault, &from, &count, &again);
  trace = syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void put(char kind, uint32_t file, uint64_t at, const void *bytes, uint32_t length) {
  unsigned char head[17];
  head[0] = kind;
  memcpy(head + 1, &file, 4);
  memcpy(head + 5, &at, 8);
  memcpy(head + 13, &length, 4);
  syscall(SYS_write, trace, head, sizeof head);
  if (length > 0) syscall(SYS_write, trace, bytes, length);
}

static int ends_with(const char *path, const char *end) {
  size_t length = strlen(path), tail = strlen(end);
  return length >= tail && strcmp(path + length - tail, end) == 0;
}

static const char *name_of(const char *path) {
  if (trace < 0 || strncmp(path, directory, strlen(directory)) != 0) return NULL;
  const char *name = path + strlen(directory);
  return ends_with(name, "-shm") || ends_with(name, "-owner") ? NULL : name;
}

static uint32_t id_of(int fd, const char *name) {
  struct stat found;
  if (fstat(fd, &found) != 0) return 0;
  for (uint32_t i = 0; i < known_count; i++) if (known[i].inode == found.st_ino) return known[i].id;
  if (known_count == MOST) abort();
  known[known_count].inode = found.st_ino;
  known[known_count++].id = ++last_id;
  if (strcmp(name, "record") == 0) record_id = last_id;
  put('O', last_id, 0, name, strlen(name));
  return last_id;
}

/* The number of an inode may be used again. */
static void forget(const char *path) {
  struct stat found;
  if (stat(path, &found) != 0) return;
  for (uint32_t i = 0; i < known_count; i++) if (known[i].inode == found.st_ino) known[i--] = known[--known_count];
}

static void lose_log(void) {
  if (strcmp(fault, "unlink") == 0) {
    put('U', 0, 0, "events.db-wal", 13);
    forget(log_path);
    syscall(SYS_unlinkat, AT_FDCWD, log_path, 0);
  } else {
    put('C', 0, 0, "events.db-wal", 13);
    syscall(SYS_truncate, log_path, 0);
  }
}

/* Before each operation of SQLite's: another process may come in between here. */
static void step(void) {
  int loses = strcmp(fault, "unlink") == 0 || strcmp(fault, "cut") == 0;
  if (loses && steps++ == from) lose_log();
}

static void opened(int fd, const char *path) {
  if (fd < 0 || fd >= MOST || trace < 0) return;
  const char *name = name_of(path);
  size_t length = strlen(directory) - 1;
  int saved = errno;
  pthread_mutex_lock(&lock);
  is_directory[fd] = strncmp(path, directory, length) == 0 && (path[length] == 0 || strcmp(path + length, "/.") == 0);
  files[fd] = name && !is_directory[fd] && *name ? id_of(fd, name) : 0;
  pthread_mutex_unlock(&lock);
  errno = saved;
}

#define OPEN(function) \
  int function(const char *path, int flags, ...) { \
    REAL(int, #function, const char *, int, ...); \
    va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
    int fd = real(path, flags, mode); \
    opened(fd, path); \
    return fd; \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(function) \
  int function(int at, const char *path, int flags, ...) { \
    REAL(int, #function, int, const char *, int, ...); \
    va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
    int fd = real(at, path, flags, mode); \
    opened(fd, path); \
    return fd; \
  }
OPENAT(openat)
OPENAT(openat64)

static uint32_t tracked(int fd) { return fd >= 0 && fd < MOST ? files[fd] : 0; }

int close(int fd) {
  REAL(int, "close", int);
  if (fd >= 0 && fd < MOST) { files[fd] = 0; is_directory[fd] = 0; }
  return real(fd);
}

static int refuses_write(uint32_t file) {
  if (file == record_id) return 0;
  step();
  long now = writes++;
  return strcmp(fault, "write") == 0 && now >= from && now < from + count;
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off64_t at) {
  pthread_mutex_lock(&lock);
  ssize_t done = -1;
  if (refuses_write(files[fd])) errno = ENOSPC;
  else done = syscall(SYS_pwrite64, fd, bytes, length, at);
  int saved = errno;
  if (done > 0) put('W', files[fd], at, bytes, done);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return done;
}

#define PWRITE(function) \
  ssize_t function(int fd, const void *bytes, size_t length, off64_t at) { \
    REAL(ssize_t, #function, int, const void *, size_t, off64_t); \
    return tracked(fd) ? write_at(fd, bytes, length, at) : real(fd, bytes, length, at); \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(ssize_t, "write", int, const void *, size_t);
  if (!tracked(fd)) return real(fd, bytes, length);
  struct stat found;
  fstat(fd, &found);
  int appends = fcntl(fd, F_GETFL) & O_APPEND;
  off64_t at = appends ? found.st_size : lseek64(fd, 0, SEEK_CUR);
  ssize_t done = write_at(fd, bytes, length, at);
  if (done > 0 && !appends) lseek64(fd, at + done, SEEK_SET);
  return done;
}

static int cut(int fd, off64_t length) {
  pthread_mutex_lock(&lock);
  step();
  int done = syscall(SYS_ftruncate, fd, length), saved = errno;
  if (done == 0) put('T', files[fd], length, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return done;
}

#define FTRUNCATE(function) \
  int function(int fd, off64_t length) { \
    REAL(int, #function, int, off64_t); \
    return tracked(fd) ? cut(fd, length) : real(fd, length); \
  }
FTRUNCATE(ftruncate)
FTRUNCATE(ftruncate64)

/* The disk of this machine is not waited for: what a sync makes certain is for the record to say. */
static int confirm(int fd) {
  while (*held && access(held, F_OK) == 0) usleep(1000);
  pthread_mutex_lock(&lock);
  if (!is_directory[fd]) step();
  long now = syncs++;
  int is_due = (now >= from && now < from + count) || (again > 0 && now == from + again);
  int fails = strcmp(fault, "sync") == 0 && is_due;
  put(is_directory[fd] ? 'D' : fails ? 'F' : 'S', files[fd], 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  if (fails) errno = EIO;
  return fails ? -1 : 0;
}

#define SYNC(function) \
  int function(int fd) { \
    REAL(int, #function, int); \
    return tracked(fd) || (fd >= 0 && fd < MOST && is_directory[fd]) ? confirm(fd) : real(fd); \
  }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  const char *name = name_of(path);
  if (!name) return real(path);
  pthread_mutex_lock(&lock);
  step();
  forget(path);
  int done = real(path), saved = errno;
  if (done == 0) put('U', 0, 0, name, strlen(name));
  pthread_mutex_unlock(&lock);
  errno = saved;
  return done;
}

int rename(const char *old, const char *new) {
  REAL(int, "rename", const char *, const char *);
  const char *name = name_of(old), *next = name_of(new);
  if (!name || !next) return real(old, new);
  pthread_mutex_lock(&lock);
  forget(new);
  char names[8192];
  int length = snprintf(names, sizeof names, "%s/%s", name, next);
  int done = real(old, new), saved = errno;
  if (done == 0) put('R', 0, 0, names, length);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return done;
}
