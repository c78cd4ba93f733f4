// SPDX-License-Identifier: Apache-2.0
// An allocation that fails says nothing about a document, a template or a configuration: whoever reads one
// must not take it for their fault. Every allocation of each reader fails once here; the engine as a whole
// has its turn in lying_machine_test.cpp.
#include "base/json.h"
#include "messages/message_templates.h"
#include "store/schema.h"
#include "store/sqlite_store.h"
#include "support/temporary_directory.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <new>

namespace {
thread_local long allocationsLeft = -1;  // negative: there is memory
}

void* operator new(std::size_t size) {
    // One fails, and the next one finds memory again: what is made of the failure needs some itself.
    if (allocationsLeft >= 0 && --allocationsLeft < 0) throw std::bad_alloc();
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
// Under a sanitizer this one would come from its own heap, and go back to another.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace greffe {
namespace {

// How often `work` ran out of memory before it had enough. What it says itself is checked by itself.
int timesOutOfMemory(const std::function<void()>& work) {
    for (int allowed = 0;; ++allowed) {
        allocationsLeft = allowed;
        try {
            work();
            const bool hadEnough = allocationsLeft >= 0;
            allocationsLeft = -1;
            if (hadEnough) return allowed;
            ADD_FAILURE() << "allocation " << allowed << " failed, and nobody said so";
        } catch (const std::bad_alloc&) {
            allocationsLeft = -1;
        }
    }
}

TEST(AbsentMemory, IsNoFaultOfATemplate) {
    TemplatePlan plan;
    plan.name = "mine";
    plan.language = "en";
    plan.subject = "{{document_name}} has been sealed today";
    plan.text = "{{#parties}}- {{name}} of the long street\n{{/parties}}{{document_name}}";
    plan.html = "<p>{{document_name}}</p>";
    const Json view = {{"document_name", "the lease of the house.pdf"}, {"parties", {{{"name", "A"}}}}};
    const int failed = timesOutOfMemory([&] {
        const auto message = renderMessage(plan, view);
        EXPECT_TRUE(message) << message.error().text();
    });
    EXPECT_GT(failed, 20);
}

// A single value: the library's destructor of a list needs memory, and ends the process where there is none.
TEST(AbsentMemory, IsNoFaultOfAText) {
    const int failed = timesOutOfMemory([] {
        const auto json =
            parseJson("\"some words that are too long to stand where they are, \\u00e9 and others\"");
        EXPECT_TRUE(json) << json.error().text();
    });
    EXPECT_GT(failed, 2);
}

// The batch did not happen, and no single unit of work is told that it was refused.
TEST(AbsentMemory, IsNoFaultOfAUnitOfWork) {
    const TemporaryDirectory directory;
    auto store = SqliteStore::open(directory.path() + "/journal.db", schemaMigrations());
    ASSERT_TRUE(store) << store.error().text();
    const std::vector<StoreWork> works = {[](StoreTransaction&) -> Status { throw std::bad_alloc(); }};
    EXPECT_THROW(static_cast<void>((*store)->commit(works)), std::bad_alloc);
}

}  // namespace
}  // namespace greffe
