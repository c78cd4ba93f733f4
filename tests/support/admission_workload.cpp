// SPDX-License-Identifier: Apache-2.0
// A process to be killed: admits documents FIRST to FIRST+COUNT-1 and writes "ack N" to its output once N is
// committed.
//
//   admission_workload JOURNAL SPOOL FIRST COUNT [sweep]
//
// Ends with 0, or with 3 when the journal broke. A document that cannot be added is reported as "refused N".
#include "store/journal.h"
#include "support/admission.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace greffe::admission {
namespace {

// One write, so that a line is there wholly or not at all.
void say(const std::string& line) {
    if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(4);
}

struct Blobs {
    BlobRow whole;
    std::vector<BlobRow> parts;
};

Result<Blobs> addDocument(World& world, std::uint64_t number) {
    Blobs blobs;
    const std::string content = contentOf(number);
    if (isExtended(number)) {
        GREFFE_TRY_ASSIGN(const BlobRow base, world.spool->addBytes(contentOf(number - 1)));
        GREFFE_TRY_ASSIGN(const auto extended, world.spool->addExtended(base, content));
        return Blobs{extended.whole, {base, extended.tail}};
    }
    if (number % 2 == 0) {
        GREFFE_TRY_ASSIGN(blobs.whole, world.spool->addBytes(content));
        return blobs;
    }
    GREFFE_TRY_ASSIGN(const UniqueFd source, memoryFile("source"));
    GREFFE_TRY(writeAll(source.get(), content));
    GREFFE_TRY_ASSIGN(blobs.whole, world.spool->addFromFile(source.get(), 1U << 20U));
    return blobs;
}

Status insertAll(StoreTransaction& transaction, std::uint64_t number, const Blobs& blobs) {
    const std::string id = testId(number);
    for (const BlobRow& part : blobs.parts)
        GREFFE_TRY(transaction.insertBlob(part));
    GREFFE_TRY(transaction.insertBlob(blobs.whole));
    GREFFE_TRY(transaction.insertDossier(testDossier(id)));
    GREFFE_TRY(transaction.putBranch(testBranch(id)));
    GREFFE_TRY(transaction.insertDocument(testDocument(id, id, blobs.whole.sha256)));
    AuditRow audit = testAudit(id);
    return transaction.appendAudit(audit);
}

int run(int argc, char** argv) {
    if (argc < 5) return 2;
    auto opened = World::open(argv[1], argv[2]);
    if (!opened) {
        say("cannot open: " + opened.error().text() + "\n");
        return 3;
    }
    World& world = *opened;
    const std::uint64_t first = std::strtoull(argv[3], nullptr, 10),
                        count = std::strtoull(argv[4], nullptr, 10);
    {
        Journal::Options options;
        options.maxBatch = 8;
        options.beforeCommit = [&] { return world.spool->flush(); };
        options.onBroken = [](const Error&) { _exit(3); };
        Journal journal(*world.store, options);
        for (std::uint64_t number = first; number < first + count; ++number) {
            auto blobs = addDocument(world, number);
            if (!blobs) {
                say(fmt::format("refused {} {}\n", number, blobs.error().text()));
                continue;
            }
            journal.submit(
                [number, added = *blobs](StoreTransaction& transaction) {
                    return insertAll(transaction, number, added);
                },
                [number](const Status& status) {
                    say(status ? fmt::format("ack {}\n", number)
                               : fmt::format("refused {} {}\n", number, status.error().text()));
                });
        }
    }
    if (argc > 5) {
        // In a hundred days all bytes without a row are old enough.
        const std::int64_t later = world.spool->addBytes("clock").value().createdMs + 8'640'000'000;
        auto swept = world.spool->sweep(
            [&](const Digest& digest) { return world.reader->isBlobUsed(digest); }, 86'400'000, later);
        if (!swept) return 5;
        say(fmt::format("swept {} {}\n", swept->records, swept->files));
    }
    return 0;
}

}  // namespace
}  // namespace greffe::admission

int main(int argc, char** argv) {
    return greffe::admission::run(argc, argv);
}
