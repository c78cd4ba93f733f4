// SPDX-License-Identifier: Apache-2.0
#include "seal/wiping_memory.h"

#include <malloc.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace greffe {
namespace {

void* allocate(std::size_t size, const char*, int) {
    return std::malloc(size);
}

void release(void* block, const char*, int) {
    if (block == nullptr) return;
    OPENSSL_cleanse(block, malloc_usable_size(block));
    std::free(block);
}

// Always moves: realloc() would free the old block without asking.
void* resize(void* block, std::size_t size, const char* file, int line) {
    void* const moved = std::malloc(size);
    if (moved == nullptr || block == nullptr) return moved;
    std::memcpy(moved, block, std::min(size, malloc_usable_size(block)));
    release(block, file, line);
    return moved;
}

}  // namespace

bool wipeFreedOpenSslMemory() {
    return CRYPTO_set_mem_functions(allocate, resize, release) == 1;
}

}  // namespace greffe
