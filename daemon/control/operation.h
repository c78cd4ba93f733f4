// SPDX-License-Identifier: Apache-2.0
// The operations of the control socket: one table, one row each. What a row promises (parameters, answer,
// errors) stands in README.md, and a test holds the two together.
#pragma once

#include "control/background_jobs.h"
#include "control/control_server.h"
#include "control/house.h"
#include "dossier/operator_moves.h"
#include "spool/blob_spool.h"
#include "store/journal.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// What operations work with. Lives on the control thread, as they do.
struct ControlDesk {
    House& house;
    Store& store;
    Journal& journal;
    BlobSpool& spool;
    UlidSource& ids;
    const Clock& clock;
    std::string spoolDirectory;           // settings.spool as it is in force
    std::chrono::milliseconds idleLimit;  // how long a dossier under way is waited for
    std::unique_ptr<StoreReader> reader;
    ControlServer::Post post;  // to the control thread
    BackgroundJobs jobs{4};
    std::size_t hooksAside = 0;  // webhooks that are looked at again in a moment (event_operations.cpp)

    std::int64_t nowMs() const { return toUnixMs(clock.wall()); }
};

// One request on its way, and who makes it.
struct OperationCall {
    Json params;
    std::string actor;  // "operator:anne"
    std::vector<UniqueFd> descriptors;
    std::shared_ptr<ControlReply> reply;
};

struct ParameterSpec {
    enum class Kind { Text, Number, Flag, Object };
    std::string_view name;
    Kind kind = Kind::Text;
    bool isRequired = false;
};

struct Operation {
    std::string_view name;
    std::vector<ParameterSpec> parameters;
    void (*run)(ControlDesk& desk, const std::shared_ptr<OperationCall>& call);
};

std::span<const Operation> operationTable();
const Operation* findOperation(std::string_view name);

// Checks a request against its row and runs it. What is wrong with it goes to the reply.
void runOperation(ControlDesk& desk, ControlCall call);

// Everything that moves and lists look at. Errc::NotFound when there is no such dossier.
Result<DossierRows> readDossierRows(StoreReader& reader, const std::string& id);

// --- the rows, by subject (one file each)
// ---------------------------------------------------------------------

std::vector<Operation> houseOperations();    // status, reload, shape, config.show, metrics
std::vector<Operation> dossierOperations();  // dossier.list, .show, .explain, quarantine.list, task.list
std::vector<Operation> moveOperations();  // dossier.retry, .resolve, .cancel, quarantine.release, task.answer
std::vector<Operation> eventOperations();   // event.send, hook.receive
std::vector<Operation> importOperations();  // dossier.import
std::vector<Operation> fetchOperations();   // dossier.fetch
std::vector<Operation> careOperations();    // backup, audit.verify

}  // namespace greffe
