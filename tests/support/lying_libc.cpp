// SPDX-License-Identifier: Apache-2.0
// Loaded before the C library (LD_PRELOAD); see lies.h. Nothing here may allocate.
#include "support/told_lies.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

#define LIE extern "C" __attribute__((visibility("default")))

// glibc's own, under the names that it exports for such libraries.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

greffe::ToldLies* told = nullptr;

__attribute__((constructor)) void listen() {
    const char* path = std::getenv(greffe::kToldLiesVariable);
    const int fd = path != nullptr ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void* memory = mmap(nullptr, sizeof(greffe::ToldLies), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (memory != MAP_FAILED) told = static_cast<greffe::ToldLies*>(memory);
}

bool isRefused() {
    if (told == nullptr) return false;
    const std::uint64_t number = ++told->allocations;
    const std::uint64_t failAt = told->failAt;
    if (failAt == 0 || number < failAt || (number > failAt && told->failsForEver == 0)) return false;
    errno = ENOMEM;
    return true;
}

bool isDiskFailing(int fd) {
    if (told == nullptr || told->diskFails == 0 || fd <= STDERR_FILENO) return false;
    struct stat facts {};
    if (syscall(SYS_newfstatat, fd, "", &facts, AT_EMPTY_PATH) != 0) return false;
    if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) return false;
    ++told->diskErrors;
    errno = EIO;
    return true;
}

}  // namespace

LIE void* malloc(std::size_t size) noexcept {
    return isRefused() ? nullptr : __libc_malloc(size);
}
LIE void* calloc(std::size_t count, std::size_t size) noexcept {
    return isRefused() ? nullptr : __libc_calloc(count, size);
}
LIE void* realloc(void* old, std::size_t size) noexcept {
    return isRefused() ? nullptr : __libc_realloc(old, size);
}
LIE void* memalign(std::size_t alignment, std::size_t size) noexcept {
    return isRefused() ? nullptr : __libc_memalign(alignment, size);
}
LIE void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return isRefused() ? nullptr : __libc_memalign(alignment, size);
}
LIE int posix_memalign(void** result, std::size_t alignment, std::size_t size) noexcept {
    *result = isRefused() ? nullptr : __libc_memalign(alignment, size);
    return *result == nullptr ? ENOMEM : 0;
}

LIE ssize_t write(int fd, const void* bytes, std::size_t size) {
    return isDiskFailing(fd) ? -1 : syscall(SYS_write, fd, bytes, size);
}
LIE ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off64_t offset) {
    return isDiskFailing(fd) ? -1 : syscall(SYS_pwrite64, fd, bytes, size, offset);
}
LIE int fsync(int fd) {
    return isDiskFailing(fd) ? -1 : static_cast<int>(syscall(SYS_fsync, fd));
}
LIE int fdatasync(int fd) {
    return isDiskFailing(fd) ? -1 : static_cast<int>(syscall(SYS_fdatasync, fd));
}
LIE int syncfs(int fd) noexcept {
    return isDiskFailing(fd) ? -1 : static_cast<int>(syscall(SYS_syncfs, fd));
}

LIE int clock_gettime(clockid_t clock, timespec* now) noexcept {
    using Real = int (*)(clockid_t, timespec*);
    static const Real real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "clock_gettime"));
    const int result = real(clock, now);
    if (result == 0 && told != nullptr && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += told->wallAheadSeconds;
    return result;
}
LIE int gettimeofday(timeval* now, void*) noexcept {
    timespec exact{};
    const int result = clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return result;
}
LIE std::time_t time(std::time_t* result) noexcept {
    timespec exact{};
    clock_gettime(CLOCK_REALTIME, &exact);
    if (result != nullptr) *result = exact.tv_sec;
    return exact.tv_sec;
}
