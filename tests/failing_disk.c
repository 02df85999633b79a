/* Fails chosen calls on files of a database, for a process that loads this library first.

   FAIL_SYNC=N: the Nth sync fails once with EIO.
   FULL_AT=N, FULL_UNTIL=M: from the Nth write until the Mth, there is no room (ENOSPC).
   FULL_WHILE=FILE: there is no room while the file exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int number(const char *name) {
    const char *value = getenv(name);
    return value ? atoi(value) : 0;
}

static int is_database(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, ".db") != NULL && strstr(path, "-shm") == NULL;
}

static int sync_fails(int file) {
    static int calls = 0;
    return is_database(file) && ++calls == number("FAIL_SYNC");
}

static int is_full(int file) {
    static int calls = 0;
    if (!is_database(file)) return 0;
    calls++;
    const char *marker = getenv("FULL_WHILE");
    if (marker && access(marker, F_OK) == 0) return 1;
    return number("FULL_AT") && calls >= number("FULL_AT") && calls < number("FULL_UNTIL");
}

#define FAILING(test, code) if (test) { errno = code; return -1; }

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    FAILING(sync_fails(file), EIO)
    return real(file);
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
    FAILING(sync_fails(file), EIO)
    return real(file);
}

ssize_t write(int file, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    FAILING(is_full(file), ENOSPC)
    return real(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    static ssize_t (*real)(int, const void *, size_t, off_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite");
    FAILING(is_full(file), ENOSPC)
    return real(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    FAILING(is_full(file), ENOSPC)
    return real(file, bytes, count, at);
}
