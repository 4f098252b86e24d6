/* Preloaded into a server under test: makes each sync take at least 2 ms, as a plain disk would, and
 * counts them in the file named by KEYSTEAD_BENCH_SYNCS. For measurements only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { SYNC_NANOSECONDS = 2000000, NANOSECONDS_PER_SECOND = 1000000000 };

static _Atomic uint64_t *syncs;

__attribute__((constructor)) static void open_counter(void) {
    const char *path = getenv("KEYSTEAD_BENCH_SYNCS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *page = mmap(NULL, sizeof *syncs, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page != MAP_FAILED)
        syncs = page;
    close(file);
}

static struct timespec begin(void) {
    struct timespec time;
    /* Timers may otherwise be 50 us late. */
    prctl(PR_SET_TIMERSLACK, 1);
    clock_gettime(CLOCK_MONOTONIC, &time);
    if (syncs)
        atomic_fetch_add(syncs, 1);
    return time;
}

/* Sleeps, since a waiting disk leaves the processor free. */
static int end(struct timespec until, int result) {
    until.tv_nsec += SYNC_NANOSECONDS;
    if (until.tv_nsec >= NANOSECONDS_PER_SECOND) {
        until.tv_nsec -= NANOSECONDS_PER_SECOND;
        until.tv_sec += 1;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0) {
    }
    return result;
}

#define SLOW(name, parameters, arguments)                                                                    \
    int name parameters {                                                                                    \
        static int(*real) parameters;                                                                        \
        if (!real)                                                                                           \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                                       \
        struct timespec start = begin();                                                                     \
        return end(start, real arguments);                                                                   \
    }

SLOW(fsync, (int file), (file))
SLOW(fdatasync, (int file), (file))
SLOW(syncfs, (int file), (file))
SLOW(msync, (void *address, size_t length, int flags), (address, length, flags))
SLOW(sync_file_range, (int file, off_t offset, off_t length, unsigned flags), (file, offset, length, flags))
